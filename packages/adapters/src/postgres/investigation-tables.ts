import type { Investigation, KnownCause } from '@heliosiq/model';
import type { JsonColumn } from './json-column.ts';

/** The tables that investigations read and write besides their answers. Times are milliseconds since the epoch. */
export interface InvestigationTables {
  trace_part: TracePartTable;
  investigation: InvestigationTable;
  known_cause: KnownCauseTable;
}

export interface TracePartTable {
  tenant_id: string;
  /** The minute of its spans. */
  at: number;
  id: string;
  spans: number;
  /** As `trace-part-coding.ts` writes them. */
  bytes: Buffer;
}

export interface InvestigationTable {
  tenant_id: string;
  id: string;
  incident_id: string;
  status: Investigation['status'];
  started_at: number;
  updated_at: number;
  document: JsonColumn<Investigation>;
}

export interface KnownCauseTable {
  tenant_id: string;
  incident_id: string;
  marked_at: number;
  document: JsonColumn<KnownCause>;
}
