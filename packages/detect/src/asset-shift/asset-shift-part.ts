import { type AnomalyEvent, HeliosError, type TenantId } from '@heliosiq/model';
import type { Logger, SeriesRegistry, StateStore } from '@heliosiq/ports';
import { type DetectPart, type PartBatch, type PartRecord, samplesByTime } from '../detect-part.ts';
import { createRowColumn, lookupWith } from '../series-rows.ts';
import { anomalyEventOfShift } from './anomaly-of-shift.ts';
import { assetShiftDefaults } from './asset-shift-settings.ts';
import { type ShiftChange, observeSample } from './asset-shift-watch.ts';
import { type ShiftState, createShiftState, packShiftState, shiftStateBytes, unpackShiftState } from './shift-state.ts';

/** Scope of the states in the store; a new layout of the state takes a new scope and learns anew. */
export const shiftScope = 'detect-asset-shift-1';

const heldOverheadBytes = 300;
const entriesPerWrite = 200;
const keysPerRead = 1000;
/** So many samples are taken in before others are asked whether they need the event loop. */
const samplesPerBreath = 50;

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
  /** The assets of series, by their rows. */
  const heldByRow = createRowColumn<Held>();
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

  /** What is known of the assets of a record's series, by the rows of the series. */
  async function heldOf({ tenantId, series }: PartBatch, { rows }: PartRecord): Promise<readonly (Held | undefined)[]> {
    const column = heldByRow.of(series);
    const fresh = new Map<number, string>();
    for (const row of rows) {
      const asset = column[row] === undefined ? series.at(row)?.asset : undefined;
      if (asset !== undefined) fresh.set(row, asset);
    }
    if (fresh.size === 0) return column;
    await load(tenantId, [...new Set(fresh.values())]);
    for (const [row, asset] of fresh) column[row] = held.get(keyOf(tenantId, asset));
    return column;
  }

  function changed(each: Held): void {
    const key = keyOf(each.tenantId, each.asset);
    held.delete(key);
    held.set(key, each);
    each.dirty = true;
  }

  /** Takes in samples of a record in the order of time, of which each asset sees its own. */
  function observe(
    { columns, rows }: PartRecord,
    order: Int32Array,
    column: readonly (Held | undefined)[],
  ): ShiftChange[] {
    const changes: ShiftChange[] = [];
    for (const index of order) {
      const each = column[rows[index] ?? -1];
      if (each === undefined) throw new HeliosError('internal', 'the state of an asset was not loaded');
      if (!each.dirty) changed(each);
      const sample = {
        ref: columns.refs[index] ?? 0,
        at: columns.times[index] ?? 0,
        value: columns.values[index] ?? Number.NaN,
      };
      const { state: before } = each;
      const hadFirst = before.first !== undefined;
      const { state, change } = observeSample(before, sample, settings);
      if (state !== before || (state.first !== undefined) !== hadFirst) keep(each, state);
      if (change !== undefined) changes.push(change);
    }
    return changes;
  }

  async function eventsOf(batch: PartBatch, changes: readonly ShiftChange[]): Promise<AnomalyEvent[]> {
    const refs = changes.flatMap(({ episode }) => [episode.leadRef, ...episode.shares.map(({ ref }) => ref)]);
    const known = await lookupWith(registry, batch, refs);
    return changes.flatMap((change) => anomalyEventOfShift(batch.tenantId, change, known) ?? []);
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
    if (heldBytes > heldBytesMax) heldByRow.clear();
    for (const [key, each] of held) {
      if (heldBytes <= heldBytesMax) return;
      held.delete(key);
      heldBytes -= each.bytes;
    }
  }

  return {
    async observe(batch) {
      const found: AnomalyEvent[] = [];
      for (const record of batch.records) {
        const column = await heldOf(batch, record);
        const order = samplesByTime(record);
        const changes: ShiftChange[] = [];
        for (let from = 0; from < order.length; from += samplesPerBreath) {
          const some = observe(record, order.subarray(from, from + samplesPerBreath), column);
          if (some.length > 0) changes.push(...some);
          const turn = batch.breathe();
          if (turn !== undefined) await turn;
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
      heldByRow.clear();
      held.clear();
      heldBytes = 0;
    },
  };
}
