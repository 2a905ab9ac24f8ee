import { hash } from 'node:crypto';
import { HeliosError, Role, TenantId } from '@heliosiq/model';
import type { Principal } from '@heliosiq/model';
import { createLocalJWKSet, createRemoteJWKSet, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import type { JSONWebKeySet, JWTPayload, JWTVerifyGetKey } from 'jose';
import type { IsTenant } from './known-tenants.ts';

/** Which JSON Web Tokens are trusted. Each algorithm belongs to one source of keys, so that none can stand in for another. */
export interface JwtSettings {
  readonly issuer: string;
  readonly audience: string;
  /** HS256: at least 32 bytes. */
  readonly secret?: string;
  /** RS256 and ES256: where the public keys are, or the keys themselves. */
  readonly jwksUrl?: string;
  readonly jwks?: JSONWebKeySet;
  /** Default `tenant`. */
  readonly tenantClaim?: string;
  /** Default `role`. */
  readonly roleClaim?: string;
}

/** Finds out who a JSON Web Token speaks for. */
export interface JsonWebTokens {
  /** Rejects with `unauthenticated`, `forbidden` (a tenant or role that is not known here) or `unavailable` (no keys). */
  principalOf(token: string): Promise<Principal>;
}

const publicKeyAlgorithms = ['RS256', 'ES256'];
const clockToleranceS = 5;
const requestTimeoutMs = 5000;
/** A token that was verified is not verified again for so long: a sender shows the same one with every request. */
const verifiedForMs = 5000;
const verifiedMax = 1000;

export function createJsonWebTokens(
  settings: JwtSettings,
  { isTenant, now }: { readonly isTenant: IsTenant; readonly now: () => number },
): JsonWebTokens {
  const { issuer, audience, tenantClaim = 'tenant', roleClaim = 'role' } = settings;
  const secret = secretOf(settings);
  const publicKeys = publicKeysOf(settings);
  const verified = new Map<string, { readonly claims: JWTPayload; readonly until: number }>();

  async function claimsOf(token: string): Promise<JWTPayload> {
    const tokenHash = hash('sha256', token);
    const known = verified.get(tokenHash);
    if (known !== undefined && known.until > now()) return known.claims;
    verified.delete(tokenHash);
    const claims = await verify(token);
    const expiresAt = ((claims.exp ?? 0) + clockToleranceS) * 1000;
    const oldest = verified.size >= verifiedMax ? verified.keys().next().value : undefined;
    if (oldest !== undefined) verified.delete(oldest);
    verified.set(tokenHash, { claims, until: Math.min(expiresAt, now() + verifiedForMs) });
    return claims;
  }

  async function verify(token: string): Promise<JWTPayload> {
    const { alg } = decodeProtectedHeader(token);
    const checks = {
      issuer,
      audience,
      requiredClaims: ['exp'],
      clockTolerance: clockToleranceS,
      currentDate: new Date(now()),
    };
    if (alg === 'HS256' && secret !== undefined) {
      return (await jwtVerify(token, secret, { ...checks, algorithms: ['HS256'] })).payload;
    }
    if (publicKeys !== undefined && alg !== undefined && publicKeyAlgorithms.includes(alg)) {
      return (await jwtVerify(token, publicKeys, { ...checks, algorithms: publicKeyAlgorithms })).payload;
    }
    throw invalid(`The token's algorithm ${JSON.stringify(alg)} is not one that is trusted here`);
  }

  return {
    async principalOf(token) {
      const claims = await claimsOf(token).catch((error: unknown) => {
        throw faultOf(error);
      });
      const tenant = TenantId.safeParse(claims[tenantClaim]);
      if (!tenant.success) throw forbidden(`claim ${tenantClaim}`, `The token names no tenant in "${tenantClaim}"`);
      if (!(await isTenant(tenant.data)))
        throw forbidden(`claim ${tenantClaim}`, `There is no tenant "${tenant.data}"`);
      const role = Role.safeParse(claims[roleClaim]);
      if (!role.success) {
        throw forbidden(`claim ${roleClaim}`, `The token's "${roleClaim}" is not one of ${Role.options.join(', ')}`);
      }
      return { tenantId: tenant.data, actor: `jwt:${(claims.sub ?? 'unnamed').slice(0, 200)}`, role: role.data };
    },
  };
}

function secretOf({ secret }: JwtSettings): Uint8Array | undefined {
  if (secret === undefined) return undefined;
  const bytes = new TextEncoder().encode(secret);
  if (bytes.length >= 32) return bytes;
  throw new HeliosError('config-invalid', 'The JWT secret is shorter than 32 bytes', {
    cure: 'Use 32 random bytes or more',
  });
}

function publicKeysOf({ jwks, jwksUrl }: JwtSettings): JWTVerifyGetKey | undefined {
  if (jwks !== undefined) return createLocalJWKSet(jwks);
  return jwksUrl === undefined
    ? undefined
    : createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: requestTimeoutMs });
}

function faultOf(error: unknown): HeliosError {
  if (error instanceof HeliosError) return error;
  if (error instanceof errors.JWTExpired) return invalid('The token has expired');
  if (error instanceof errors.JWTClaimValidationFailed)
    return invalid(`The token's "${error.claim}" is not what is expected here`);
  if (
    error instanceof errors.JOSEError &&
    !(error instanceof errors.JWKSTimeout) &&
    error.code !== 'ERR_JOSE_GENERIC'
  ) {
    return invalid('The token cannot be verified');
  }
  if (error instanceof TypeError && error.message.includes('Token')) return invalid('The token cannot be read');
  return new HeliosError('unavailable', 'The keys that verify tokens cannot be fetched', {
    cause: error,
    retryAfterS: 5,
  });
}

function invalid(message: string): HeliosError {
  return new HeliosError('unauthenticated', message, {
    field: 'authorization',
    cure: 'Ask the issuer for a new token',
  });
}

function forbidden(field: string, message: string): HeliosError {
  return new HeliosError('forbidden', message, { field, cure: 'Ask an administrator for access' });
}
