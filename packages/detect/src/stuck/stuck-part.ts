import type { AnomalyEvent } from '@heliosiq/model';
import type { Logger, Meter, StateStore } from '@heliosiq/ports';
import { type DetectPart, type PartBatch, type PartRecord, samplesByTime } from '../detect-part.ts';
import { type HeldTable, createHeldTables } from '../held-tables.ts';
import { anomalyEventOfStuck } from './anomaly-of-stuck.ts';
import { type StuckSettings, stuckDefaults } from './stuck-settings.ts';
import { createStuckTable } from './stuck-table.ts';
import { type StuckWatch, createStuckWatch } from './stuck-watch.ts';

/** Scope of the states in the store; a new layout of the state takes a new scope and learns anew. */
export const stuckScope = 'detect-stuck-1';

/** Samples farther ahead of the moment at which the log took them are a sender's error. */
const futureMsMax = 300_000;

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
  const tables = createHeldTables({
    ...{ states: deps.states, scope: stuckScope, logger: deps.logger, unwatched },
    createTable: createStuckTable,
    createWatch: (table) => createStuckWatch(table, settings),
    headNumbers: 0,
    seriesMax: settings.seriesMax,
    lostMessage: 'a stored table of repeated values cannot be read and is learnt anew',
  });

  function observe(
    { watch, placesOf }: HeldTable<StuckWatch>,
    record: PartRecord,
    { tenantId, series }: PartBatch,
  ): AnomalyEvent[] {
    const { columns, rows, appendedAt } = record;
    const found: AnomalyEvent[] = [];
    const placeOf = placesOf(series);
    // In the order of time, whatever the order of the record: what a series does depends on its own samples alone.
    for (const index of samplesByTime(record)) {
      const at = columns.times[index] ?? 0;
      const value = columns.values[index] ?? Number.NaN;
      if (!Number.isFinite(value) || at > appendedAt + futureMsMax) continue;
      const row = rows[index] ?? -1;
      const place = placeOf(row, columns.refs[index] ?? 0);
      if (place === -1) continue;
      const change = watch.observe(place, at, value);
      const whose = change === undefined ? undefined : series.at(row);
      if (change !== undefined && whose !== undefined) found.push(anomalyEventOfStuck(tenantId, change, whose));
    }
    return found;
  }

  return {
    async observe(batch) {
      const each = await tables.of(batch.tenantId, batch.partition);
      const found: AnomalyEvent[] = [];
      for (const record of batch.records) {
        found.push(...observe(each, record, batch));
        await batch.breathe();
      }
      return found;
    },
    save: tables.save,
    forget: tables.forget,
  };
}
