import type { TenantId } from '@heliosiq/model';
import { signalLanes } from '@heliosiq/model/signal-lane.ts';
import type { StateStore } from '@heliosiq/ports';

/** Whose state: what a part of the stage knows of one partition of a tenant. */
export interface PartitionKey {
  readonly tenantId: TenantId;
  readonly partition: number;
}

/** A state in numbered chunks of which only the changed ones are written, and a head that belongs to all of them. */
export interface PartitionState {
  /** Undefined where nothing is stored. A chunk that is missing is empty. */
  load(key: PartitionKey): Promise<{ readonly head: Float64Array; readonly chunks: readonly Uint8Array[] } | undefined>;
  /** The heads that are stored of a tenant, by partition. */
  heads(tenantId: TenantId): Promise<ReadonlyMap<number, Float64Array>>;
  /** Writes head and chunks in one transaction, so that they are of one moment. */
  save(
    key: PartitionKey,
    head: Float64Array,
    chunks: { readonly total: number; readonly changed: readonly (readonly [number, Uint8Array])[] },
  ): Promise<void>;
}

const keysPerRead = 500;

export function createPartitionState(states: StateStore, scope: string): PartitionState {
  return {
    async load({ tenantId, partition }) {
      const [entry] = await states.get(tenantId, scope, [`${partition}`]);
      if (entry === undefined || entry.bytes.length % 8 !== 0 || entry.bytes.length === 0) return undefined;
      const [total = 0, ...head] = numbersOf(entry.bytes);
      const chunks: Uint8Array[] = [];
      for (let from = 0; from < total; from += keysPerRead) {
        const keys = Array.from(
          { length: Math.min(keysPerRead, total - from) },
          (_, at) => `${partition}-${from + at}`,
        );
        const stored = new Map((await states.get(tenantId, scope, keys)).map(({ key, bytes }) => [key, bytes]));
        chunks.push(...keys.map((key) => stored.get(key) ?? new Uint8Array()));
      }
      return { head: Float64Array.from(head), chunks };
    },
    async heads(tenantId) {
      const keys = Array.from({ length: signalLanes }, (_, partition) => `${partition}`);
      const entries = await states.get(tenantId, scope, keys);
      const whole = entries.filter(({ bytes }) => bytes.length > 0 && bytes.length % 8 === 0);
      return new Map(whole.map(({ key, bytes }) => [Number(key), numbersOf(bytes).subarray(1)]));
    },
    async save({ tenantId, partition }, head, { total, changed }) {
      const bytes = new Uint8Array(Float64Array.of(total, ...head).buffer);
      await states.put(tenantId, scope, [
        { key: `${partition}`, bytes },
        ...changed.map(([chunk, part]) => ({ key: `${partition}-${chunk}`, bytes: part })),
      ]);
    },
  };
}

const numbersOf = (bytes: Uint8Array): Float64Array => new Float64Array(Uint8Array.from(bytes).buffer);
