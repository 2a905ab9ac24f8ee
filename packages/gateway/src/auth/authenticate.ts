import { HeliosError, roleIncludes } from '@heliosiq/model';
import type { Principal, Role } from '@heliosiq/model';
import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { SharedAuthenticator } from './authenticator.ts';
import { loopbackPrincipal } from './loopback-session.ts';
import type { LoopbackSession, RequestOrigin } from './loopback-session.ts';
import { createRequestCredential } from './request-credential.ts';

/** What of a request tells who sent it. */
export interface AskingRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly socket: Socket;
  /** Address of the sender. */
  readonly ip: string;
}

export interface AuthenticateDeps {
  readonly authenticator: SharedAuthenticator;
  readonly loopbackSession?: LoopbackSession | undefined;
}

const noCredential = { kind: 'none', why: 'No credential was given' } as const;

/**
 * Finds out who sent a request, by its credential or the loopback session. Fails with `unauthenticated`, with
 * `rate-limited` above the address' limit of that, or with `forbidden` when the role does not include what is needed.
 */
export function createAuthenticate({ authenticator, loopbackSession }: AuthenticateDeps) {
  const credentialOf = createRequestCredential();

  function principalOf(request: AskingRequest): Principal | Promise<Principal> {
    const credential = credentialOf(request.headers, request.socket);
    const local =
      credential === undefined && loopbackSession !== undefined
        ? loopbackPrincipal(loopbackSession, originOf(request))
        : undefined;
    if (local !== undefined) return local;
    const shown = credential ?? noCredential;
    return authenticator.known(shown) ?? authenticator.authenticate(shown, request.ip);
  }

  return (request: AskingRequest, need: Role): Principal | Promise<Principal> => {
    const principal = principalOf(request);
    return principal instanceof Promise ? principal.then((found) => withRole(found, need)) : withRole(principal, need);
  };
}

function withRole(principal: Principal, need: Role): Principal {
  if (roleIncludes(principal.role, need)) return principal;
  throw new HeliosError('forbidden', `This needs the role ${need}; the credential has the role ${principal.role}`, {
    field: 'authorization',
    cure: `Use a credential of the role ${need}`,
  });
}

function originOf(request: AskingRequest): RequestOrigin {
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
