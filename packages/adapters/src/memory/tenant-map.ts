import type { TenantId } from '@heliosiq/model';

/** What a store in memory holds, one value per tenant. */
export interface TenantMap<Value> {
  /** The tenant's value, made at the first call. */
  of(tenantId: TenantId): Value;
  entries(): IterableIterator<[TenantId, Value]>;
}

/** An empty map whose values are made on demand. */
export function createTenantMap<Value>(make: () => Value): TenantMap<Value> {
  const byTenant = new Map<TenantId, Value>();
  return {
    of(tenantId) {
      let value = byTenant.get(tenantId);
      if (value === undefined) {
        value = make();
        byTenant.set(tenantId, value);
      }
      return value;
    },
    entries: () => byTenant.entries(),
  };
}
