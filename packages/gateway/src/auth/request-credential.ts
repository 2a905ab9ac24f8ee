import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Credential } from '@heliosiq/ports';
import type { UnusableCredential } from './authenticator.ts';

const bearer = /^Bearer +([\x21-\x7e]{1,8192})$/i;
const basic = /^Basic +([A-Za-z0-9+/_-]{1,16384}={0,2})$/i;

/**
 * What a request shows for who sent it: `Authorization: Bearer` or `Basic` (RFC 6750, RFC 7617), else a client
 * certificate that was verified at the handshake; undefined for none.
 */
export function createRequestCredential(): (
  headers: IncomingHttpHeaders,
  socket: Socket,
) => Credential | UnusableCredential | undefined {
  const certificates = new WeakMap<Socket, Credential>();

  return ({ authorization }, socket) => {
    if (authorization === undefined) {
      const known = certificates.get(socket);
      if (known !== undefined) return known;
      const subject = verifiedSubject(socket);
      if (subject === undefined) return undefined;
      const credential: Credential = { kind: 'certificate', subject };
      certificates.set(socket, credential);
      return credential;
    }
    const token = bearer.exec(authorization)?.[1];
    if (token !== undefined) return { kind: 'token', token };
    const pair = basic.exec(authorization)?.[1];
    if (pair === undefined)
      return unusable('The authorization header is neither "Bearer TOKEN" nor "Basic" with user and key in Base64');
    const text = Buffer.from(pair, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    if (colon === -1) return unusable('The Basic credential has no colon between user and password');
    return { kind: 'password', user: text.slice(0, colon), password: text.slice(colon + 1) };
  };
}

function verifiedSubject(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const subject = socket.getPeerX509Certificate()?.subject;
  // A name of one part has no line end, by which the form of lines is known.
  return subject === undefined ? undefined : `${subject}\n`;
}

function unusable(why: string): UnusableCredential {
  return { kind: 'none', why };
}
