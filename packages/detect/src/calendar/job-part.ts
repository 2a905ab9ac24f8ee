import type { AnomalyEvent } from '@heliosiq/model';
import type { Gauge, Logger, Meter, SeriesRegistry, StateStore } from '@heliosiq/ports';
import { type DetectPart, type PartBatch, type PartRecord, samplesByTime } from '../detect-part.ts';
import { type HeldTable, createHeldTables } from '../held-tables.ts';
import { lookupWith } from '../series-rows.ts';
import { anomalyEventOfJob } from './anomaly-of-job.ts';
import { type JobSettings, jobDefaults } from './job-settings.ts';
import { createJobTable } from './job-table.ts';
import { type JobChange, type JobWatch, createJobWatch } from './job-watch.ts';

/** Scope of the states in the store; a new layout of the state takes a new scope and learns anew. */
export const jobScope = 'detect-jobs-1';

/** Numbers beside the table: event time, and when jobs were last looked for. */
const AT = { clock: 0, checkedAt: 1 } as const;
const HEAD_NUMBERS = 2;
/** Samples farther ahead of the moment at which the log took them are a sender's error. */
const futureMsMax = 300_000;

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
  const tables = createHeldTables({
    ...{ states: deps.states, scope: jobScope, logger: deps.logger, unwatched },
    createTable: createJobTable,
    createWatch: (table) => createJobWatch(table, settings),
    headNumbers: HEAD_NUMBERS,
    seriesMax: settings.seriesMax,
    lostMessage: 'a stored table of jobs cannot be read and is learnt anew',
  });

  function observe(each: HeldTable<JobWatch>, record: PartRecord, series: PartBatch['series']): JobChange[] {
    const { columns, rows, appendedAt } = record;
    const { table, head, watch } = each;
    const placeOf = each.placesOf(series);
    let clock = head[AT.clock] ?? 0;
    const changes: JobChange[] = [];
    // In the order of time, whatever the order of the record: what a series does depends on its own samples alone.
    for (const index of samplesByTime(record)) {
      const at = columns.times[index] ?? 0;
      const value = columns.values[index] ?? Number.NaN;
      if (!Number.isFinite(value) || at > appendedAt + futureMsMax) continue;
      const place = placeOf(rows[index] ?? -1, columns.refs[index] ?? 0);
      if (place === -1) continue;
      const change = watch.observe(place, at, value);
      if (change !== undefined) changes.push(change);
      clock = Math.max(clock, at);
    }
    head[AT.clock] = clock;
    if (clock < (head[AT.checkedAt] ?? 0) + settings.checkMs) return changes;
    head[AT.checkedAt] = clock;
    for (const change of watch.check(clock)) {
      changes.push(change);
      each.changed(table.find(change.ref));
    }
    return changes;
  }

  async function eventsOf(batch: PartBatch, changes: readonly JobChange[]): Promise<AnomalyEvent[]> {
    const known = await lookupWith(
      deps.registry,
      batch,
      changes.map(({ ref }) => ref),
    );
    return changes.flatMap((change) => {
      const whose = known.get(change.ref);
      return whose === undefined ? [] : [anomalyEventOfJob(batch.tenantId, change, whose)];
    });
  }

  return {
    async observe(batch) {
      const each = await tables.of(batch.tenantId, batch.partition);
      const found: AnomalyEvent[] = [];
      for (const record of batch.records) {
        const changes = observe(each, record, batch.series);
        if (changes.length > 0) found.push(...(await eventsOf(batch, changes)));
        await batch.breathe();
      }
      return found;
    },
    save: tables.save,
    forget: tables.forget,
  };
}
