import { type AnomalyEvent, HeliosError, type TenantId } from '@heliosiq/model';
import type { Logger, Meter, StateStore } from '@heliosiq/ports';
import { type DetectPart, type PartBatch, type PartRecord, rowsByTime } from '../detect-part.ts';
import { createPartitionState } from '../partition-state.ts';
import { anomalyEventOfStuck } from './anomaly-of-stuck.ts';
import { type StuckSettings, stuckDefaults } from './stuck-settings.ts';
import { type StuckTable, chunkOf, createStuckTable, seriesPerChunk } from './stuck-table.ts';
import { type StuckWatch, createStuckWatch } from './stuck-watch.ts';

/** Scope of the states in the store; a new layout of the state takes a new scope and learns anew. */
export const stuckScope = 'detect-stuck-1';

/** Samples farther ahead of the moment at which the log took them are a sender's error. */
const futureMsMax = 300_000;

interface Held {
  readonly tenantId: TenantId;
  readonly partition: number;
  readonly table: StuckTable;
  readonly watch: StuckWatch;
  /** Chunks of the table that changed since they were saved. */
  readonly dirty: Set<number>;
  turnedAway: number;
}

export interface StuckPartDeps {
  readonly states: StateStore;
  readonly meter: Meter;
  readonly logger: Logger;
  readonly settings?: Partial<StuckSettings>;
}

/** Watches all series for values that are repeated far longer than they ever were. */
export function createStuckPart(deps: StuckPartDeps): DetectPart {
  const settings = { ...stuckDefaults, ...deps.settings };
  const unwatched = deps.meter.gauge({
    name: 'heliosiq_detect_stuck_unwatched_series',
    help: 'Samples of series that are not watched for stuck values because a partition of the tenant has too many.',
  });
  const state = createPartitionState(deps.states, stuckScope);
  const held = new Map<string, Held>();

  async function heldOf(tenantId: TenantId, partition: number): Promise<Held> {
    const key = `${tenantId} ${partition}`;
    const found = held.get(key);
    if (found !== undefined) return found;
    const table = await restored(tenantId, partition);
    const watch = createStuckWatch(table, settings);
    const each = { tenantId, partition, table, watch, dirty: new Set<number>(), turnedAway: 0 };
    held.set(key, each);
    return each;
  }

  async function restored(tenantId: TenantId, partition: number): Promise<StuckTable> {
    const stored = await state.load({ tenantId, partition });
    const table = createStuckTable();
    try {
      for (const chunk of stored?.chunks ?? []) table.append(chunk);
      return table;
    } catch (error) {
      if (!(error instanceof HeliosError)) throw error;
      deps.logger.warn(
        { partition, reason: error.message },
        'a stored table of repeated values cannot be read and is learnt anew',
      );
      return createStuckTable();
    }
  }

  function observe(each: Held, record: PartRecord, { tenantId, series }: PartBatch): AnomalyEvent[] {
    const { columns, appendedAt } = record;
    const { table, watch, dirty } = each;
    const found: AnomalyEvent[] = [];
    // In the order of time, whatever the order of the record: what a series does depends on its own samples alone.
    for (const row of rowsByTime(record)) {
      const at = columns.times[row] ?? 0;
      const value = columns.values[row] ?? Number.NaN;
      const ref = columns.refs[row] ?? 0;
      const whose = series.get(ref);
      if (!Number.isFinite(value) || at > appendedAt + futureMsMax || whose === undefined) continue;
      let place = table.find(ref);
      if (place === -1) {
        if (table.size() >= settings.seriesMax) {
          each.turnedAway += 1;
          continue;
        }
        place = table.add(ref);
      }
      const change = watch.observe(place, at, value);
      if (change !== undefined) found.push(anomalyEventOfStuck(tenantId, change, whose));
      dirty.add(chunkOf(place));
    }
    return found;
  }

  return {
    async observe(batch) {
      const each = await heldOf(batch.tenantId, batch.partition);
      const found: AnomalyEvent[] = [];
      for (const record of batch.records) {
        found.push(...observe(each, record, batch));
        await batch.breathe();
      }
      return found;
    },
    async save() {
      let turnedAway = 0;
      for (const each of held.values()) {
        turnedAway += each.turnedAway;
        if (each.dirty.size === 0) continue;
        const changed = [...each.dirty].map((chunk) => [chunk, each.table.pack(chunk)] as const);
        const total = Math.ceil(each.table.size() / seriesPerChunk);
        await state.save(each, new Float64Array(), { total, changed });
        each.dirty.clear();
      }
      unwatched.set(turnedAway);
    },
    forget: () => held.clear(),
  };
}
