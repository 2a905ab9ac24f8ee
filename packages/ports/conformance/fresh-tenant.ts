import { randomUUID } from 'node:crypto';
import { TenantId } from '@heliosiq/model';

/** A tenant that no other test has used, so that suites can share one store. */
export function freshTenant(): TenantId {
  return TenantId.parse(`t-${randomUUID()}`);
}
