import type { Role } from '@heliosiq/model';

/** The tables of tenants, their keys and what was answered to them. Times are milliseconds since the epoch. */
export interface TenantTables {
  tenant: TenantTable;
  api_key: ApiKeyTable;
  idempotent_answer: IdempotentAnswerTable;
}

export interface TenantTable {
  tenant_id: string;
  name: string;
  created_at: number;
}

export interface ApiKeyTable {
  tenant_id: string;
  id: string;
  name: string;
  role: Role;
  /** SHA-256 of the secret, 64 hexadecimal digits. */
  secret_hash: string;
  created_at: number;
  last_used_at: number | null;
  revoked_at: number | null;
}

export interface IdempotentAnswerTable {
  tenant_id: string;
  key: string;
  request_hash: string;
  status: number;
  body: string;
  answered_at: number;
}
