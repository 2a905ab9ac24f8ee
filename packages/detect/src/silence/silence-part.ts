import { type AnomalyEvent, HeliosError, type SeriesRef, type TenantId } from '@heliosiq/model';
import type { Gauge, Logger, Meter, SeriesRegistry, StateStore } from '@heliosiq/ports';
import type { DetectPart, PartBatch, PartRecord } from '../detect-part.ts';
import { createPartitionState } from '../partition-state.ts';
import { anomalyEventOfSilence } from './anomaly-of-silence.ts';
import { type SilenceSettings, silenceDefaults } from './silence-settings.ts';
import { type SilenceTable, createSilenceTable, slotsPerChunk } from './silence-table.ts';
import { type SilenceChange, type SilenceWatch, WATCH_NUMBERS, createSilenceWatch } from './silence-watch.ts';

/** Scope of the states in the store; a new layout of the state takes a new scope and learns anew. */
export const silenceScope = 'detect-silence-1';

interface Held {
  readonly tenantId: TenantId;
  readonly partition: number;
  readonly table: SilenceTable;
  readonly numbers: Float64Array;
  readonly watch: SilenceWatch;
  /** Chunks of the table that changed since they were saved. */
  readonly dirty: Set<number>;
}

export interface SilencePartDeps {
  readonly registry: SeriesRegistry;
  readonly states: StateStore;
  readonly meter: Meter;
  readonly logger: Logger;
  readonly settings?: Partial<SilenceSettings>;
}

/** Watches all series for silence, partition by partition, by the time of the samples: replay behaves as live. */
export function createSilencePart(deps: SilencePartDeps): DetectPart {
  const settings = { ...silenceDefaults, ...deps.settings };
  const unwatched: Gauge = deps.meter.gauge({
    name: 'heliosiq_detect_silence_unwatched_series',
    help: 'Appearances of series that are not watched for silence because a partition of the tenant has too many.',
  });
  const state = createPartitionState(deps.states, silenceScope);
  const held = new Map<string, Held>();

  async function heldOf(tenantId: TenantId, partition: number): Promise<Held> {
    const key = `${tenantId} ${partition}`;
    const found = held.get(key);
    if (found !== undefined) return found;
    const { table, numbers } = await restored(tenantId, partition);
    const watch = createSilenceWatch(table, numbers, settings);
    const each = { tenantId, partition, table, numbers, watch, dirty: new Set<number>() };
    held.set(key, each);
    return each;
  }

  async function restored(tenantId: TenantId, partition: number) {
    const fresh = { table: createSilenceTable(), numbers: new Float64Array(WATCH_NUMBERS) };
    const stored = await state.load({ tenantId, partition });
    if (stored === undefined || stored.head.length !== WATCH_NUMBERS) return fresh;
    try {
      const table = createSilenceTable();
      for (const chunk of stored.chunks) table.append(chunk);
      return { table, numbers: stored.head };
    } catch (error) {
      if (!(error instanceof HeliosError)) throw error;
      deps.logger.warn(
        { partition, reason: error.message },
        'a stored table of silence cannot be read and is learnt anew',
      );
      return fresh;
    }
  }

  /** The series of a record in the order of their first samples there, each with its times in ascending order. */
  function timesBySeries({ columns, appendedAt }: PartRecord): Map<number, number[]> {
    const timesOf = new Map<number, number[]>();
    for (let row = 0; row < columns.refs.length; row += 1) {
      const at = columns.times[row] ?? 0;
      if (!Number.isFinite(columns.values[row] ?? Number.NaN) || at > appendedAt + settings.futureMsMax) continue;
      const ref = columns.refs[row] ?? 0;
      const times = timesOf.get(ref);
      if (times === undefined) timesOf.set(ref, [at]);
      else times.push(at);
    }
    for (const times of timesOf.values()) times.sort((a, b) => a - b);
    return timesOf;
  }

  async function eventsOf(
    { tenantId, series }: PartBatch,
    changes: readonly SilenceChange[],
  ): Promise<readonly AnomalyEvent[]> {
    const refs = new Set(changes.flatMap((change) => change.refs.slice(0, 1000)));
    const missing = [...refs].filter((ref) => !series.has(ref));
    const known: ReadonlyMap<number, SeriesRef> =
      missing.length === 0 ? series : new Map([...series, ...(await deps.registry.describe(tenantId, missing))]);
    return changes.flatMap((change) => anomalyEventOfSilence(tenantId, change, known) ?? []);
  }

  return {
    async observe(batch) {
      const each = await heldOf(batch.tenantId, batch.partition);
      const found: AnomalyEvent[] = [];
      for (const record of batch.records) {
        const changes: SilenceChange[] = [];
        for (const [ref, times] of timesBySeries(record)) {
          const series = batch.series.get(ref);
          if (series === undefined) continue;
          changes.push(...each.watch.arrived(ref, times, series));
          each.dirty.add(Math.floor(each.table.slotOf(ref) / slotsPerChunk));
        }
        changes.push(...each.watch.settled());
        if (changes.length > 0) {
          // What is told marks series that are not in the record.
          for (const { refs } of changes) {
            for (const ref of refs) each.dirty.add(Math.floor(each.table.slotOf(ref) / slotsPerChunk));
          }
          found.push(...(await eventsOf(batch, changes)));
        }
        await batch.breathe();
      }
      return found;
    },

    async save() {
      let turnedAway = 0;
      for (const { tenantId, partition, table, numbers, watch, dirty } of held.values()) {
        turnedAway += watch.unwatched();
        dirty.delete(-1);
        if (dirty.size === 0) continue;
        const changed = [...dirty].map((chunk) => [chunk, table.pack(chunk)] as const);
        const total = Math.ceil(table.size() / slotsPerChunk);
        await state.save({ tenantId, partition }, numbers, { total, changed });
        dirty.clear();
      }
      unwatched.set(turnedAway);
    },

    forget: () => held.clear(),
  };
}
