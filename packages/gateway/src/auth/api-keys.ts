import { hash, randomBytes } from 'node:crypto';
import { HeliosError, newApiKeyId } from '@heliosiq/model';
import type { ApiKey, ApiKeyId, Principal, Role, TenantId } from '@heliosiq/model';
import type { Logger, TenantStore } from '@heliosiq/ports';

/** `hk_<id>_<secret>`: a UUIDv7 and 32 random bytes as base64url. */
const keyForm = /^hk_[0-9a-f-]{36}_[A-Za-z0-9_-]{43}$/;
const idAt = 3;
const secretAt = 40;
const checkedEveryMs = 5000;
/** How long a key may be used on while the store cannot be asked; nobody can revoke one there meanwhile either. */
const trustedUncheckedMs = 60_000;
const touchedEveryMs = 60_000;
const knownMax = 10_000;

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
  await tenants.addKey(tenantId, key, hash('sha256', secret));
  return { key, secret: `hk_${key.id}_${secret}` };
}

/** Finds out whose API key a token is. */
export interface ApiKeys {
  /** Undefined when the token is no API key at all; rejects with `unauthenticated` when it is one that is not valid. */
  principalOf(token: string): Promise<Principal | undefined>;
  /** Whose key a token is, where it is one that need not be checked again yet; undefined for any other. */
  known(token: string): Principal | undefined;
  /** Revokes a key; in this process it is refused from now on. False when there was no such live key. */
  revoke(tenantId: TenantId, id: ApiKeyId): Promise<boolean>;
}

export interface ApiKeysDeps {
  readonly tenants: TenantStore;
  readonly logger: Logger;
  readonly now: () => number;
}

interface KnownKey {
  readonly id: ApiKeyId;
  readonly principal: Principal;
  readonly checkedAt: number;
  readonly touchedAt: number;
}

/**
 * Checks keys against the store, each at most every 5 s however many requests carry it: so long may a key live in
 * other processes after it was revoked in one.
 */
export function createApiKeys({ tenants, logger, now }: ApiKeysDeps): ApiKeys {
  const known = new Map<string, KnownKey>();
  const lookups = new Map<string, Promise<KnownKey | undefined>>();
  /** Counts revocations, so that a look-up that was under way during one is not remembered. */
  let revocations = 0;

  async function lookUp(secretHash: string): Promise<KnownKey | undefined> {
    const before = known.get(secretHash);
    const revocationsBefore = revocations;
    const at = now();
    let key: ApiKey | undefined;
    try {
      key = await tenants.findKey(secretHash);
    } catch (error) {
      if (before !== undefined && before.checkedAt + trustedUncheckedMs > at && known.get(secretHash) === before)
        return before;
      throw error;
    }
    known.delete(secretHash);
    if (key === undefined || key.revokedAt !== undefined) return undefined;
    const { id, tenantId, role } = key;
    const isTouched = before !== undefined && before.touchedAt + touchedEveryMs > at;
    const principal: Principal = { tenantId, actor: `key:${id}`, role };
    const found: KnownKey = { id, principal, checkedAt: at, touchedAt: isTouched ? before.touchedAt : at };
    if (!isTouched) touch(key, at);
    if (revocations === revocationsBefore) remember(secretHash, found);
    return found;
  }

  function remember(secretHash: string, found: KnownKey): void {
    const oldest = known.size >= knownMax ? known.keys().next().value : undefined;
    if (oldest !== undefined) known.delete(oldest);
    known.set(secretHash, found);
  }

  /** Not waited for, and no fault of the request when it fails: it says when a key was last used, for people to read. */
  function touch({ tenantId, id }: ApiKey, at: number): void {
    tenants.touchKey(tenantId, id, at).catch((error: unknown) => logger.warn({ error, key: id }, 'key-use-not-noted'));
  }

  /** A key that was checked so lately that it holds. */
  function fresh(secretHash: string): KnownKey | undefined {
    const remembered = known.get(secretHash);
    return remembered !== undefined && remembered.checkedAt + checkedEveryMs > now() ? remembered : undefined;
  }

  async function find(secretHash: string): Promise<KnownKey | undefined> {
    const remembered = fresh(secretHash);
    if (remembered !== undefined) return remembered;
    const underWay = lookups.get(secretHash);
    if (underWay !== undefined) return underWay;
    const lookup = lookUp(secretHash).finally(() => lookups.delete(secretHash));
    lookups.set(secretHash, lookup);
    return lookup;
  }

  function forget(id: ApiKeyId): void {
    revocations++;
    for (const [secretHash, key] of known) if (key.id === id) known.delete(secretHash);
  }

  return {
    async principalOf(token) {
      if (!token.startsWith('hk_')) return undefined;
      const found = keyForm.test(token) ? await find(secretHashOf(token)) : undefined;
      if (found !== undefined && isIdOf(token, found)) return found.principal;
      throw new HeliosError('unauthenticated', 'The API key is unknown or revoked', {
        field: 'authorization',
        cure: 'Make a new key with an admin key, or look for a copying mistake',
      });
    },

    known(token) {
      const found = keyForm.test(token) ? fresh(secretHashOf(token)) : undefined;
      return found !== undefined && isIdOf(token, found) ? found.principal : undefined;
    },

    async revoke(tenantId, id) {
      forget(id);
      const isRevoked = await tenants.revokeKey(tenantId, id, now());
      forget(id);
      return isRevoked;
    },
  };
}

function secretHashOf(key: string): string {
  return hash('sha256', key.slice(secretAt));
}

function isIdOf(key: string, { id }: KnownKey): boolean {
  return key.startsWith(id, idAt);
}
