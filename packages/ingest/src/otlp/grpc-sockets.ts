import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { HeliosError, errorTable } from '@heliosiq/model';
import { subjectOf } from '../intake/certificate-subject.ts';

/** Certificates in PEM. */
export interface GrpcTls {
  readonly certificate: string;
  readonly key: string;
  /** With these a sender may show a certificate of theirs; one that they did not sign is as good as none. */
  readonly clientAuthorities?: string | undefined;
}

export interface GrpcSocketsOptions {
  readonly tls?: GrpcTls | undefined;
  readonly connectionsMax: number;
  readonly handshakeTimeoutMs: number;
}

/** Where a connection comes from. */
export interface Remote {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

/** Accepts connections for a gRPC server, whose own sockets can only ask for certificates from all senders or from none. */
export interface GrpcSockets {
  /** Answers the port. Rejects with `port-in-use`. */
  listen(address: { readonly host: string; readonly port: number }): Promise<number>;
  /** The subject (RFC 4514) of the verified certificate that a connection has shown. */
  certificateSubject(remote: Remote): string | undefined;
  /** Takes no more connections. */
  close(): void;
}

export function createGrpcSockets(options: GrpcSocketsOptions, serve: (socket: Socket) => void): GrpcSockets {
  const { tls, connectionsMax, handshakeTimeoutMs } = options;
  const subjects = new Map<string, string>();

  function serveTls(socket: TLSSocket): void {
    const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
    if (certificate !== undefined) {
      const key = keyOf(socket);
      subjects.set(key, subjectOf(certificate));
      socket.once('close', () => subjects.delete(key));
    }
    serve(socket);
  }

  const server: Server =
    tls === undefined
      ? createServer(serve)
      : createTlsServer(
          {
            cert: tls.certificate,
            key: tls.key,
            ALPNProtocols: ['h2'],
            handshakeTimeout: handshakeTimeoutMs,
            // Those without a certificate may show a token.
            rejectUnauthorized: false,
            requestCert: tls.clientAuthorities !== undefined,
            ...(tls.clientAuthorities === undefined ? {} : { ca: tls.clientAuthorities }),
          },
          serveTls,
        );
  server.maxConnections = connectionsMax;

  return {
    listen: ({ host, port }) =>
      new Promise((resolve, reject) => {
        server.once('error', (cause: NodeJS.ErrnoException) => {
          const isTaken = cause.code === 'EADDRINUSE';
          const message = `${errorTable['port-in-use'].title}: ${host}:${port}`;
          reject(isTaken ? new HeliosError('port-in-use', message, { cause, cure: 'Choose another' }) : cause);
        });
        // The cast holds for a TCP listener.
        server.listen({ host, port }, () => resolve((server.address() as AddressInfo).port));
      }),
    certificateSubject: (remote) => subjects.get(keyOf(remote)),
    close: () => void server.close(),
  };
}

function keyOf({ remoteAddress = '', remotePort = 0 }: Remote): string {
  return `${remoteAddress} ${remotePort}`;
}
