import type { DiscreteSignal, EdgeKind, Severity } from '@heliosiq/model';
import type { JsonColumn } from './json-column.ts';

/** The tables of discrete signals and of what they speak about. Times are milliseconds since the epoch. */
export interface SignalTables {
  signal: SignalTable;
  asset: AssetTable;
  asset_edge: AssetEdgeTable;
}

/** Partitioned by month of `at`; see `month-partitions.ts`. */
export interface SignalTable {
  tenant_id: string;
  kind: DiscreteSignal['kind'];
  id: string;
  at: number;
  asset: string;
  /** What `SignalFilter.text` is looked for in. */
  search_text: string;
  document: JsonColumn<DiscreteSignal>;
  /** Of a log that was given one. */
  pattern: string | null;
  /** Of a log; null in rows that are older than the column. */
  severity: Severity | null;
}

export interface AssetTable {
  tenant_id: string;
  id: string;
  class: string | null;
  labels: JsonColumn<Readonly<Record<string, string>>>;
}

export interface AssetEdgeTable {
  tenant_id: string;
  from_asset: string;
  to_asset: string;
  kind: EdgeKind;
}
