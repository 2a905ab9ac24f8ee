import { type AnomalyEvent, HeliosError, type SeriesRef, type TenantId } from '@heliosiq/model';
import type { Logger, SeriesRegistry, StateStore } from '@heliosiq/ports';
import { type DetectPart, type PartBatch, type PartRecord, samplesByAsset } from '../detect-part.ts';
import { anomalyEventOfShift } from './anomaly-of-shift.ts';
import { assetShiftDefaults } from './asset-shift-settings.ts';
import { type ShiftChange, observeSample } from './asset-shift-watch.ts';
import { type ShiftState, createShiftState, packShiftState, shiftStateBytes, unpackShiftState } from './shift-state.ts';

/** Scope of the states in the store; a new layout of the state takes a new scope and learns anew. */
export const shiftScope = 'detect-asset-shift-1';

const heldOverheadBytes = 300;
const entriesPerWrite = 200;
const keysPerRead = 1000;

interface Held {
  readonly tenantId: TenantId;
  readonly asset: string;
  state: ShiftState;
  bytes: number;
  dirty: boolean;
}

export interface AssetShiftPartDeps {
  readonly registry: SeriesRegistry;
  readonly states: StateStore;
  readonly logger: Logger;
  /** Memory for states between saves, about; the others wait in the state store. */
  readonly heldBytesMax: number;
}

/** Watches assets with several series as one thing. All samples of an asset come by one partition, in order. */
export function createAssetShiftPart({ registry, states, logger, heldBytesMax }: AssetShiftPartDeps): DetectPart {
  const settings = assetShiftDefaults;
  // A Map keeps insertion order; a state that is used again is put at its end.
  const held = new Map<string, Held>();
  let heldBytes = 0;
  const keyOf = (tenantId: TenantId, asset: string): string => `${tenantId} ${asset}`;

  function keep(each: Held, state: ShiftState): void {
    const bytes = shiftStateBytes(state) + heldOverheadBytes;
    heldBytes += bytes - each.bytes;
    each.bytes = bytes;
    each.state = state;
  }

  function restored(bytes: Uint8Array | undefined, asset: string): ShiftState {
    const fresh = createShiftState(0, settings.learnRows);
    if (bytes === undefined) return fresh;
    try {
      return unpackShiftState(bytes, settings.learnRows);
    } catch (error) {
      if (!(error instanceof HeliosError)) throw error;
      logger.warn({ asset, reason: error.message }, 'the stored state of an asset cannot be read and is learnt anew');
      return fresh;
    }
  }

  async function load(tenantId: TenantId, assets: readonly string[]): Promise<void> {
    const missing = assets.filter((asset) => !held.has(keyOf(tenantId, asset)));
    for (let start = 0; start < missing.length; start += keysPerRead) {
      const keys = missing.slice(start, start + keysPerRead);
      const stored = new Map((await states.get(tenantId, shiftScope, keys)).map(({ key, bytes }) => [key, bytes]));
      for (const asset of keys) {
        const state = restored(stored.get(asset), asset);
        const each = { tenantId, asset, state, bytes: 0, dirty: false };
        keep(each, state);
        held.set(keyOf(tenantId, asset), each);
      }
    }
  }

  function observe(each: Held, { columns }: PartRecord, rows: readonly number[]): ShiftChange[] {
    const changes: ShiftChange[] = [];
    let { state } = each;
    for (const row of rows) {
      const sample = {
        ref: columns.refs[row] ?? 0,
        at: columns.times[row] ?? 0,
        value: columns.values[row] ?? Number.NaN,
      };
      const step = observeSample(state, sample, settings);
      state = step.state;
      if (step.change !== undefined) changes.push(step.change);
    }
    keep(each, state);
    return changes;
  }

  async function eventsOf({ tenantId, series }: PartBatch, changes: readonly ShiftChange[]): Promise<AnomalyEvent[]> {
    const refs = new Set(changes.flatMap(({ episode }) => [episode.leadRef, ...episode.shares.map(({ ref }) => ref)]));
    const missing = [...refs].filter((ref) => !series.has(ref));
    const known: ReadonlyMap<number, SeriesRef> =
      missing.length === 0 ? series : new Map([...series, ...(await registry.describe(tenantId, missing))]);
    return changes.flatMap((change) => anomalyEventOfShift(tenantId, change, known) ?? []);
  }

  async function write(): Promise<void> {
    const byTenant = Map.groupBy(
      [...held.values()].filter(({ dirty }) => dirty),
      ({ tenantId }) => tenantId,
    );
    for (const [tenantId, changed] of byTenant) {
      for (let start = 0; start < changed.length; start += entriesPerWrite) {
        const part = changed.slice(start, start + entriesPerWrite);
        const entries = part.map(({ asset, state }) => ({ key: asset, bytes: packShiftState(state) }));
        await states.put(tenantId, shiftScope, entries);
        for (const each of part) each.dirty = false;
      }
    }
  }

  function letGo(): void {
    for (const [key, each] of held) {
      if (heldBytes <= heldBytesMax) return;
      held.delete(key);
      heldBytes -= each.bytes;
    }
  }

  return {
    async observe(batch) {
      const found: AnomalyEvent[] = [];
      const { tenantId, records, series, breathe } = batch;
      for (const record of records) {
        const byAsset = samplesByAsset(record, series);
        await load(tenantId, [...byAsset.keys()]);
        const changes: ShiftChange[] = [];
        for (const [asset, rows] of byAsset) {
          const key = keyOf(tenantId, asset);
          const each = held.get(key);
          if (each === undefined) throw new HeliosError('internal', `the state of asset ${asset} was not loaded`);
          held.delete(key);
          held.set(key, each);
          each.dirty = true;
          changes.push(...observe(each, record, rows));
          await breathe();
        }
        if (changes.length > 0) found.push(...(await eventsOf(batch, changes)));
        // States may be ahead of the offsets: samples that they have seen change nothing when they come again.
        if (heldBytes > heldBytesMax) {
          await write();
          letGo();
        }
      }
      return found;
    },
    async save() {
      await write();
      letGo();
    },
    forget() {
      held.clear();
      heldBytes = 0;
    },
  };
}
