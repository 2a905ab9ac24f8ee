import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { HeliosError, errorTable } from '@heliosiq/model';
import type { GatewaySettings } from '../gateway-settings.ts';
import { problemMediaType, problemOf } from './problem.ts';
import type { ServerTls } from './tls.ts';

export interface ServerOptions {
  readonly settings: GatewaySettings;
  readonly tls: ServerTls | undefined;
}

/** A server with this house's limits of time and connections; HTTPS where there is a certificate. */
export function makeServer(handle: RequestListener, { settings, tls }: ServerOptions): Server {
  const limits = {
    headersTimeout: settings.headersTimeoutMs,
    requestTimeout: settings.requestTimeoutMs,
    keepAliveTimeout: settings.keepAliveMs,
    connectionsCheckingInterval: 2000,
  };
  const server =
    tls === undefined
      ? createServer(limits, handle)
      : createTlsServer({ ...limits, ...tls, handshakeTimeout: settings.headersTimeoutMs }, handle);
  server.maxConnections = settings.connectionsMax;
  return server;
}

/** Tells a sender whose bytes are no HTTP, or came too slowly, and hangs up. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  const status = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request';
  const fault = new HeliosError('invalid-request', 'The request is not HTTP that can be read, or came too slowly');
  const { body } = problemOf(fault, { requestId: randomUUID(), instance: '/' });
  const head = `HTTP/1.1 ${status}\r\ncontent-type: ${problemMediaType}\r\ncontent-length: ${Buffer.byteLength(body)}`;
  const isHandshake = error.code?.startsWith('ERR_SSL') === true || error.code?.startsWith('ERR_TLS') === true;
  if (socket.writable && !isHandshake) socket.end(`${head}\r\nconnection: close\r\n\r\n${body}`);
  else socket.destroy();
}

/** What a failed `listen` is told. */
export function listenFault(error: unknown, host: string, port: number): unknown {
  const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  if (!isTaken) return error;
  return new HeliosError('port-in-use', `${errorTable['port-in-use'].title}: ${host}:${port}`, {
    cause: error,
    cure: 'Choose another with --port, or stop the program that has it',
  });
}
