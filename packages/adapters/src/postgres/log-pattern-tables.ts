import type { PatternExample, StoredLogPattern } from '@heliosiq/ports';
import type { JsonColumn } from './json-column.ts';

/** The tables of the catalogue of log patterns. Times are milliseconds since the epoch. */
export interface LogPatternTables {
  log_pattern: LogPatternTable;
}

export interface LogPatternTable {
  tenant_id: string;
  id: string;
  template: string;
  skeleton: JsonColumn<StoredLogPattern['skeleton']>;
  places: number[];
  former_ids: string[];
  first_at: number;
  last_at: number;
  example: JsonColumn<PatternExample>;
}
