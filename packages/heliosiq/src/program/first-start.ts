import { createApiKey } from '@heliosiq/gateway';
import type { TenantId } from '@heliosiq/model';
import type { TenantStore } from '@heliosiq/ports';

/**
 * Makes the tenant and its first admin key if they are not there; returns the secret of a key made now, which nobody
 * can read again. A start that was cut off between the two is made good by the next one.
 */
export async function ensureFirstTenant(
  tenants: TenantStore,
  tenantId: TenantId,
  now: () => number,
): Promise<string | undefined> {
  await tenants.addTenant({ id: tenantId, name: tenantId, createdAt: now() });
  const keys = await tenants.keys(tenantId);
  if (keys.length > 0) return undefined;
  const { secret } = await createApiKey({ tenants, now }, { tenantId, name: 'first admin key', role: 'admin' });
  return secret;
}
