import type { Forgetful, RetentionKind } from '@heliosiq/ports';
import type { Database } from './database.ts';
import { createPostgresAnomalyRetention, createPostgresIncidentRetention } from './finding-retention.ts';
import { createPostgresRollupStore } from './rollup-store.ts';
import { createPostgresSeriesRetention } from './series-retention.ts';
import { createPostgresSignalRetention } from './signal-retention.ts';

/** What forgets each kind of what is kept in PostgreSQL. */
export function createPostgresForgetting(database: Database): Partial<Readonly<Record<RetentionKind, Forgetful>>> {
  const rollups = createPostgresRollupStore(database);
  return {
    sample: createPostgresSeriesRetention(database),
    'rollup-minute': rollups.forgetful('minute'),
    'rollup-hour': rollups.forgetful('hour'),
    'rollup-day': rollups.forgetful('day'),
    event: createPostgresSignalRetention(database, 'event'),
    log: createPostgresSignalRetention(database, 'log'),
    change: createPostgresSignalRetention(database, 'change'),
    alert: createPostgresSignalRetention(database, 'alert'),
    anomaly: createPostgresAnomalyRetention(database),
    incident: createPostgresIncidentRetention(database),
  };
}
