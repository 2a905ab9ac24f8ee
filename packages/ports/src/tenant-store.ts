import type { ApiKey, ApiKeyId, Tenant, TenantId } from '@heliosiq/model';

/** Tenants and their API keys. Secrets arrive and stay as SHA-256 hashes. */
export interface TenantStore {
  /** Adds a tenant; false when it was there. */
  addTenant(tenant: Tenant): Promise<boolean>;
  /** By id, at most 10,000. */
  tenants(): Promise<readonly Tenant[]>;
  addKey(tenantId: TenantId, key: ApiKey, secretHash: string): Promise<void>;
  /** Newest first, at most 1,000, revoked ones too. */
  keys(tenantId: TenantId): Promise<readonly ApiKey[]>;
  /** False when there is no such key or it is revoked already. */
  revokeKey(tenantId: TenantId, id: ApiKeyId, at: number): Promise<boolean>;
  /** The one lookup that comes before a tenant is known: the key is found by the hash of its secret alone. */
  findKey(secretHash: string): Promise<ApiKey | undefined>;
  /** Remembers, at most once a minute, that a key was used. */
  touchKey(tenantId: TenantId, id: ApiKeyId, at: number): Promise<void>;
}
