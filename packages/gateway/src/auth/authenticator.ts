import { HeliosError } from '@heliosiq/model';
import type { ApiKeyId, Principal, Role, TenantId } from '@heliosiq/model';
import type { Authenticator, Credential, Logger, Meter, TenantStore } from '@heliosiq/ports';
import { createMinuteLimit } from '../http/minute-limit.ts';
import { createApiKeys } from './api-keys.ts';
import { canonicalSubject } from './certificate-subject.ts';
import { createJsonWebTokens } from './json-web-tokens.ts';
import type { JwtSettings } from './json-web-tokens.ts';
import { createKnownTenants } from './known-tenants.ts';

/** Whom a client certificate speaks for. */
export interface CertificateClient {
  /** As in RFC 4514, e.g. `CN=plant-7,O=Acme`. */
  readonly subject: string;
  readonly tenant: TenantId;
  readonly role: Role;
}

export interface AuthenticatorDeps {
  readonly tenants: TenantStore;
  readonly meter: Meter;
  readonly logger: Logger;
  readonly now: () => number;
  readonly jwt?: JwtSettings;
  readonly clients?: readonly CertificateClient[];
  /** Bad credentials of one sender in a minute; beyond it `rate-limited`. Default 600. */
  readonly badCredentialsPerMinute?: number;
}

/** Something in the place of a credential that is none. */
export interface UnusableCredential {
  readonly kind: 'none';
  readonly why: string;
}

/** The one place that knows credentials, for HTTP and for every other way in; its memory of keys is shared by all. */
export interface SharedAuthenticator extends Authenticator {
  /**
   * Rejects with `unauthenticated`; with `rate-limited` above the limit of bad credentials of one sender, who is named
   * by `from`: an address or a client id.
   */
  authenticate(credential: Credential | UnusableCredential, from?: string): Promise<Principal>;
  /** Whose credential it is, where that was checked a moment ago; undefined for all that `authenticate` has to find out. */
  known(credential: Credential | UnusableCredential): Principal | undefined;
  /** Revokes a key; from now on no way into this process takes it. False when there was no such live key. */
  revokeKey(tenantId: TenantId, id: ApiKeyId): Promise<boolean>;
}

/**
 * Takes API keys and JWTs as tokens, API keys as passwords, and listed subjects of client certificates. A user name
 * beside a password means nothing, except that one which is a tenant's id must be the id of the key's own tenant.
 */
export function createAuthenticator(deps: AuthenticatorDeps): SharedAuthenticator {
  const { meter, jwt, badCredentialsPerMinute = 600 } = deps;
  const apiKeys = createApiKeys(deps);
  const isTenant = createKnownTenants(deps);
  const jsonWebTokens = jwt && createJsonWebTokens(jwt, { isTenant, now: deps.now });
  const certificates = certificatesOf(deps.clients ?? []);
  const perSender = createMinuteLimit({ perMinute: badCredentialsPerMinute, limit: 'address', meter });
  const refused = meter.counter({
    name: 'heliosiq_credentials_refused_total',
    help: 'Credentials that were not valid, by kind.',
    labels: ['kind'],
  });

  async function ofToken(token: string): Promise<Principal> {
    const principal = (await apiKeys.principalOf(token)) ?? (await jsonWebTokens?.principalOf(token));
    if (principal !== undefined) return principal;
    throw unauthenticated('The token is not an API key, and no other tokens are trusted here');
  }

  async function ofPassword(user: string, password: string): Promise<Principal> {
    const principal = await ofToken(password);
    if (user === principal.tenantId || !(await isTenant(user))) return principal;
    throw unauthenticated('The user name is a tenant, and the key is not one of its keys');
  }

  function ofCertificate(subject: string): Principal {
    const principal = certificates.get(canonicalSubject(subject) ?? '');
    if (principal !== undefined) return principal;
    throw unauthenticated("The client certificate's subject is not one that is known here");
  }

  async function principalOf(credential: Credential | UnusableCredential): Promise<Principal> {
    if (credential.kind === 'none') throw unauthenticated(credential.why);
    if (credential.kind === 'token') return ofToken(credential.token);
    if (credential.kind === 'password') return ofPassword(credential.user, credential.password);
    return ofCertificate(credential.subject);
  }

  return {
    async authenticate(credential, from) {
      try {
        return await principalOf(credential);
      } catch (error) {
        if (error instanceof HeliosError && error.code === 'unauthenticated') {
          refused.add(1, { kind: credential.kind });
          if (from !== undefined) perSender.consume(from);
        }
        throw error;
      }
    },

    known: (credential) => (credential.kind === 'token' ? apiKeys.known(credential.token) : undefined),

    revokeKey: (tenantId, id) => apiKeys.revoke(tenantId, id),
  };
}

function certificatesOf(clients: readonly CertificateClient[]): ReadonlyMap<string, Principal> {
  const principals = new Map<string, Principal>();
  for (const { subject, tenant, role } of clients) {
    const canonical = canonicalSubject(subject);
    if (canonical === undefined || principals.has(canonical)) {
      const reason = canonical === undefined ? 'is not a name as in RFC 4514' : 'is listed twice';
      throw new HeliosError('config-invalid', `The client certificate subject "${subject}" ${reason}`, {
        cure: 'Write it like CN=plant-7,O=Acme, once',
      });
    }
    principals.set(canonical, { tenantId: tenant, actor: `certificate:${canonical}`, role });
  }
  return principals;
}

function unauthenticated(message: string): HeliosError {
  return new HeliosError('unauthenticated', message, {
    field: 'authorization',
    cure: 'Send "Authorization: Bearer hk_…" with an API key',
  });
}
