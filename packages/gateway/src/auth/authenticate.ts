import { HeliosError, roleIncludes } from '@heliosiq/model';
import type { Principal, Role } from '@heliosiq/model';
import type { FastifyRequest } from 'fastify';
import type { ApiKeys } from './api-keys.ts';
import type { JsonWebTokens } from './json-web-tokens.ts';
import { loopbackPrincipal } from './loopback-session.ts';
import type { LoopbackSession, RequestOrigin } from './loopback-session.ts';

export interface Doors {
  readonly apiKeys: ApiKeys;
  readonly jsonWebTokens?: JsonWebTokens | undefined;
  readonly loopbackSession?: LoopbackSession | undefined;
}

/**
 * Who asks, by `Authorization: Bearer` (API key or JWT) or the loopback session. Rejects with `unauthenticated`, or
 * `forbidden` when the role does not include what is needed.
 */
export async function authenticate(doors: Doors, request: FastifyRequest, need: Role): Promise<Principal> {
  const principal = await principalOf(doors, request);
  if (roleIncludes(principal.role, need)) return principal;
  throw new HeliosError('forbidden', `This needs the role ${need}; the credential has the role ${principal.role}`, {
    field: 'authorization',
    cure: `Use a credential of the role ${need}`,
  });
}

async function principalOf(
  { apiKeys, jsonWebTokens, loopbackSession }: Doors,
  request: FastifyRequest,
): Promise<Principal> {
  const header = request.headers.authorization;
  if (header === undefined) {
    const principal = loopbackSession && loopbackPrincipal(loopbackSession, originOf(request));
    if (principal !== undefined) return principal;
    throw unauthenticated('No credential was given');
  }
  const token = /^Bearer +([\x21-\x7e]{1,8192})$/i.exec(header)?.[1];
  if (token === undefined) throw unauthenticated('The authorization header is not of the form "Bearer TOKEN"');
  const principal = (await apiKeys.principalOf(token)) ?? (await jsonWebTokens?.principalOf(token));
  if (principal !== undefined) return principal;
  throw unauthenticated('The token is not an API key, and no other tokens are trusted here');
}

function originOf(request: FastifyRequest): RequestOrigin {
  const { headers, method, socket } = request;
  const fetchSite = headers['sec-fetch-site'];
  return {
    method,
    remoteAddress: socket.remoteAddress,
    localPort: socket.localPort,
    host: headers.host,
    origin: headers.origin,
    fetchSite: typeof fetchSite === 'string' ? fetchSite : undefined,
    isForwarded: headers['x-forwarded-for'] !== undefined || headers['forwarded'] !== undefined,
  };
}

function unauthenticated(message: string): HeliosError {
  return new HeliosError('unauthenticated', message, {
    field: 'authorization',
    cure: 'Send "Authorization: Bearer hk_…" with an API key',
  });
}
