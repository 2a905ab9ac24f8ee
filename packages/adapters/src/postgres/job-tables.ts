import type { JobState } from '@heliosiq/ports';
import type { ColumnType, Generated } from 'kysely';

/** The tables of jobs. */
export interface JobTables {
  job: JobTable;
  job_run: JobRunTable;
}

export interface JobTable {
  tenant_id: string;
  name: string;
  about: string;
  every_ms: number;
  next_at: number;
  holder: string | null;
  held_until: Generated<number>;
  running_since: number | null;
  requested_by: string | null;
  last_run: ColumnType<JobState['lastRun'] | null, string | null, string | null>;
}

export interface JobRunTable {
  tenant_id: string;
  id: string;
  job: string;
  started_at: number;
  duration_ms: number;
  outcome: string;
  detail: string;
  actor: string;
}
