/** The tables of what is derived from samples, and of keeping it in bounds. Times are milliseconds since the epoch. */
export interface GoldTables {
  rollup_minute: RollupTable;
  rollup_hour: RollupTable;
  rollup_day: RollupTable;
  retention_entry: RetentionEntryTable;
  lease: LeaseTable;
}

/** A page of buckets of one series; partitioned by month of `start_at`, see `month-partitions.ts`. */
export interface RollupTable {
  tenant_id: string;
  /** The 32 hexadecimal digits of the series' id as 16 bytes. */
  series_id: string;
  start_at: number;
  end_at: number;
  days: number;
  samples: number;
  revision: number;
  bytes: Buffer;
}

export interface RetentionEntryTable {
  tenant_id: string;
  id: string;
  at: number;
  kind: string;
  actor: string;
  before_at: number;
  items: number;
  bytes: number;
  duration_ms: number;
  fault: string | null;
}

/** Belongs to no tenant. */
export interface LeaseTable {
  name: string;
  holder: string;
  until_at: Date;
}
