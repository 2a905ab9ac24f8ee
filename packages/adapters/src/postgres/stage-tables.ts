import type { Delivery } from '@heliosiq/ports';

/** The tables in which stages keep what must survive a restart. Times are milliseconds since the epoch. */
export interface StageTables {
  stage_state: StageStateTable;
  delivery: DeliveryTable;
  rule_file: RuleFileTable;
}

export interface StageStateTable {
  tenant_id: string;
  scope: string;
  key: string;
  bytes: Buffer;
}

export interface DeliveryTable {
  tenant_id: string;
  id: string;
  target: string;
  incident_id: string;
  body: string;
  created_at: number;
  attempts: number;
  next_attempt_at: number;
  status: Delivery['status'];
  last_error: string | null;
}

export interface RuleFileTable {
  tenant_id: string;
  name: string;
  content: string;
  updated_at: number;
  updated_by: string;
}
