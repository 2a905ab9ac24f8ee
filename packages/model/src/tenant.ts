import { z } from 'zod';
import { ApiKeyId, TenantId } from './ids.ts';
import { Timestamp } from './signal.ts';

/** What a principal may do: a viewer reads, an operator also writes signals and handles incidents, an admin also manages keys. */
export const Role = z.enum(['viewer', 'operator', 'admin']);
export type Role = z.infer<typeof Role>;

/** True when `have` includes everything that `need` may do. */
export function roleIncludes(have: Role, need: Role): boolean {
  return Role.options.indexOf(have) >= Role.options.indexOf(need);
}

export const Tenant = z.object({ id: TenantId, name: z.string(), createdAt: Timestamp });
export type Tenant = z.infer<typeof Tenant>;

/** Who asks: the tenant comes from the credential, never from the request's body. */
export const Principal = z.object({
  tenantId: TenantId,
  /** Stable name for audit, e.g. `key:0199…` or `jwt:alice@example.org`. */
  actor: z.string(),
  role: Role,
});
export type Principal = z.infer<typeof Principal>;

/** An API key as listed; its secret is nowhere. */
export const ApiKey = z.object({
  id: ApiKeyId,
  tenantId: TenantId,
  name: z.string().min(1).max(100),
  role: Role,
  createdAt: Timestamp,
  lastUsedAt: Timestamp.optional(),
  revokedAt: Timestamp.optional(),
});
export type ApiKey = z.infer<typeof ApiKey>;
