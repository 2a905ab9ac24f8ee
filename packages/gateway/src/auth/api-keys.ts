import { randomBytes } from 'node:crypto';
import { HeliosError, newApiKeyId } from '@heliosiq/model';
import type { ApiKey, ApiKeyId, Principal, Role, TenantId } from '@heliosiq/model';
import { sha256Hex } from '@heliosiq/model/content-id.ts';
import type { TenantStore } from '@heliosiq/ports';

/** `hk_<id>_<secret>`: a UUIDv7 and 32 random bytes as base64url. */
const keyForm = /^hk_([0-9a-f-]{36})_([A-Za-z0-9_-]{43})$/;
const cachedForMs = 30_000;
const cachedMax = 10_000;

/** A new key and the only copy of its secret. */
export interface CreatedApiKey {
  readonly key: ApiKey;
  /** What goes into `Authorization: Bearer …`. */
  readonly secret: string;
}

export interface NewApiKey {
  readonly tenantId: TenantId;
  readonly name: string;
  readonly role: Role;
}

/** Makes and stores an API key; only the SHA-256 of its secret part is kept. */
export async function createApiKey(
  { tenants, now }: { readonly tenants: TenantStore; readonly now: () => number },
  { tenantId, name, role }: NewApiKey,
): Promise<CreatedApiKey> {
  const key: ApiKey = { id: newApiKeyId(), tenantId, name, role, createdAt: now() };
  const secret = randomBytes(32).toString('base64url');
  await tenants.addKey(tenantId, key, sha256Hex(secret));
  return { key, secret: `hk_${key.id}_${secret}` };
}

/** Finds out whose API key a token is. */
export interface ApiKeys {
  /** Undefined when the token is no API key at all; rejects with `unauthenticated` when it is one that is not valid. */
  principalOf(token: string): Promise<Principal | undefined>;
  /** Revokes a key; in this process it is refused from now on. False when there was no such live key. */
  revoke(tenantId: TenantId, id: ApiKeyId): Promise<boolean>;
}

/** Checks keys against the store, remembering good ones for at most 30 s: so long may a revoked key live in another process. */
export function createApiKeys({
  tenants,
  now,
}: {
  readonly tenants: TenantStore;
  readonly now: () => number;
}): ApiKeys {
  const known = new Map<string, { readonly key: ApiKey; readonly until: number }>();

  async function keyOf(secretHash: string): Promise<ApiKey | undefined> {
    const cached = known.get(secretHash);
    if (cached !== undefined && cached.until > now()) return cached.key;
    known.delete(secretHash);
    const key = await tenants.findKey(secretHash);
    if (key === undefined || key.revokedAt !== undefined) return undefined;
    await tenants.touchKey(key.tenantId, key.id, now());
    const oldest = known.size >= cachedMax ? known.keys().next().value : undefined;
    if (oldest !== undefined) known.delete(oldest);
    known.set(secretHash, { key, until: now() + cachedForMs });
    return key;
  }

  return {
    async principalOf(token) {
      if (!token.startsWith('hk_')) return undefined;
      const [, id, secret = ''] = keyForm.exec(token) ?? [];
      const key = id === undefined ? undefined : await keyOf(sha256Hex(secret));
      if (key === undefined || key.id !== id) {
        throw new HeliosError('unauthenticated', 'The API key is unknown or revoked', {
          field: 'authorization',
          cure: 'Make a new key with an admin key, or look for a copying mistake',
        });
      }
      return { tenantId: key.tenantId, actor: `key:${key.id}`, role: key.role };
    },

    async revoke(tenantId, id) {
      for (const [secretHash, { key }] of known) if (key.id === id) known.delete(secretHash);
      const isRevoked = await tenants.revokeKey(tenantId, id, now());
      for (const [secretHash, { key }] of known) if (key.id === id) known.delete(secretHash);
      return isRevoked;
    },
  };
}
