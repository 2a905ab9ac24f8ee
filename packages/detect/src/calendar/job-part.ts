import { type AnomalyEvent, HeliosError, type SeriesRef, type TenantId } from '@heliosiq/model';
import type { Gauge, Logger, Meter, SeriesRegistry, StateStore } from '@heliosiq/ports';
import { type DetectPart, type PartBatch, type PartRecord, rowsByTime } from '../detect-part.ts';
import { createPartitionState } from '../partition-state.ts';
import { anomalyEventOfJob } from './anomaly-of-job.ts';
import { type JobSettings, jobDefaults } from './job-settings.ts';
import { type JobTable, chunkOf, createJobTable, seriesPerChunk } from './job-table.ts';
import { type JobChange, type JobWatch, createJobWatch } from './job-watch.ts';

/** Scope of the states in the store; a new layout of the state takes a new scope and learns anew. */
export const jobScope = 'detect-jobs-1';

/** Numbers beside the table: event time, and when jobs were last looked for. */
const AT = { clock: 0, checkedAt: 1 } as const;
const HEAD_NUMBERS = 2;
/** Samples farther ahead of the moment at which the log took them are a sender's error. */
const futureMsMax = 300_000;

interface Held {
  readonly tenantId: TenantId;
  readonly partition: number;
  readonly table: JobTable;
  readonly head: Float64Array;
  readonly watch: JobWatch;
  readonly dirty: Set<number>;
  turnedAway: number;
}

export interface JobPartDeps {
  readonly registry: SeriesRegistry;
  readonly states: StateStore;
  readonly meter: Meter;
  readonly logger: Logger;
  readonly settings?: Partial<JobSettings>;
}

/** Learns what recurs by the day in every series, and tells what did not come. */
export function createJobPart(deps: JobPartDeps): DetectPart {
  const settings = { ...jobDefaults, ...deps.settings };
  const unwatched: Gauge = deps.meter.gauge({
    name: 'heliosiq_detect_jobs_unwatched_series',
    help: 'Samples of series that are not watched for recurring jobs because a partition of the tenant has too many.',
  });
  const state = createPartitionState(deps.states, jobScope);
  const held = new Map<string, Held>();

  async function heldOf(tenantId: TenantId, partition: number): Promise<Held> {
    const key = `${tenantId} ${partition}`;
    const found = held.get(key);
    if (found !== undefined) return found;
    const { table, head } = await restored(tenantId, partition);
    const watch = createJobWatch(table, settings);
    const each = { tenantId, partition, table, head, watch, dirty: new Set<number>(), turnedAway: 0 };
    held.set(key, each);
    return each;
  }

  async function restored(tenantId: TenantId, partition: number) {
    const fresh = { table: createJobTable(), head: new Float64Array(HEAD_NUMBERS) };
    const stored = await state.load({ tenantId, partition });
    if (stored === undefined || stored.head.length !== HEAD_NUMBERS) return fresh;
    try {
      const table = createJobTable();
      for (const chunk of stored.chunks) table.append(chunk);
      return { table, head: stored.head };
    } catch (error) {
      if (!(error instanceof HeliosError)) throw error;
      deps.logger.warn(
        { partition, reason: error.message },
        'a stored table of jobs cannot be read and is learnt anew',
      );
      return fresh;
    }
  }

  function observe(each: Held, record: PartRecord, series: PartBatch['series']): JobChange[] {
    const { columns, appendedAt } = record;
    const { table, head, watch, dirty } = each;
    const changes: JobChange[] = [];
    // In the order of time, whatever the order of the record: what a series does depends on its own samples alone.
    for (const row of rowsByTime(record)) {
      const at = columns.times[row] ?? 0;
      const value = columns.values[row] ?? Number.NaN;
      const ref = columns.refs[row] ?? 0;
      if (!Number.isFinite(value) || at > appendedAt + futureMsMax || !series.has(ref)) continue;
      let place = table.find(ref);
      if (place === -1 && table.size() >= settings.seriesMax) {
        each.turnedAway += 1;
        continue;
      }
      if (place === -1) place = table.add(ref);
      const change = watch.observe(place, at, value);
      if (change !== undefined) changes.push(change);
      dirty.add(chunkOf(place));
      head[AT.clock] = Math.max(head[AT.clock] ?? 0, at);
    }
    const clock = head[AT.clock] ?? 0;
    if (clock < (head[AT.checkedAt] ?? 0) + settings.checkMs) return changes;
    head[AT.checkedAt] = clock;
    for (const change of watch.check(clock)) {
      changes.push(change);
      dirty.add(chunkOf(table.find(change.ref)));
    }
    return changes;
  }

  async function eventsOf({ tenantId, series }: PartBatch, changes: readonly JobChange[]): Promise<AnomalyEvent[]> {
    const missing = changes.flatMap(({ ref }) => (series.has(ref) ? [] : [ref]));
    const known: ReadonlyMap<number, SeriesRef> =
      missing.length === 0 ? series : new Map([...series, ...(await deps.registry.describe(tenantId, missing))]);
    return changes.flatMap((change) => {
      const whose = known.get(change.ref);
      return whose === undefined ? [] : [anomalyEventOfJob(tenantId, change, whose)];
    });
  }

  return {
    async observe(batch) {
      const each = await heldOf(batch.tenantId, batch.partition);
      const found: AnomalyEvent[] = [];
      for (const record of batch.records) {
        const changes = observe(each, record, batch.series);
        if (changes.length > 0) found.push(...(await eventsOf(batch, changes)));
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
        await state.save(each, each.head, { total, changed });
        each.dirty.clear();
      }
      unwatched.set(turnedAway);
    },
    forget: () => held.clear(),
  };
}
