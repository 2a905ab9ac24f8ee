import type { Tuning } from '@heliosiq/model';
import type { JsonColumn } from './json-column.ts';

/** The table of what people told detection. */
export interface TuningTables {
  detection_tuning: TuningTable;
}

export interface TuningTable {
  tenant_id: string;
  id: string;
  created_at: number;
  document: JsonColumn<Tuning>;
}
