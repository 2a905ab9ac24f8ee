import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { HeliosError, roleIncludes } from '@heliosiq/model';
import type { TenantId } from '@heliosiq/model';
import type { Authenticator, Logger, Meter } from '@heliosiq/ports';
import { subjectOf } from '../intake/certificate-subject.ts';
import { plainAddress } from './source-tenants.ts';
import { createSyslogFraming } from './syslog-framing.ts';
import type { OpenTransport, SyslogTls } from './syslog-listener.ts';
import type { SyslogStore } from './syslog-store.ts';

export interface SyslogTcpDeps {
  readonly store: SyslogStore;
  readonly authenticator?: Authenticator;
  readonly tenantOf: (address: string) => TenantId | undefined;
  readonly meter: Meter;
  readonly logger: Logger;
  readonly messageBytesMax: number;
  readonly connectionsMax: number;
}

export interface SyslogTcpAddress {
  readonly host: string;
  readonly port: number;
  readonly tls?: SyslogTls;
}

/** A sender that was asked to end has this long to send what it has begun. */
const graceMs = 2000;

/** Opens syslog over TCP, or over TLS. Rejects with `port-in-use`. */
export async function listenTcp(deps: SyslogTcpDeps, { host, port, tls }: SyslogTcpAddress): Promise<OpenTransport> {
  const { store, authenticator, tenantOf, meter, logger, messageBytesMax, connectionsMax } = deps;
  const transport = tls === undefined ? 'tcp' : 'tls';
  const connections = new Map<Socket, Promise<void>>();
  const gauge = meter.gauge({
    name: 'heliosiq_syslog_connections',
    help: 'Open connections of syslog senders.',
    labels: ['transport'],
  });

  async function tenantOfSender(socket: Socket, address: string): Promise<TenantId | undefined> {
    const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
    if (certificate === undefined || authenticator === undefined) return tenantOf(address);
    const subject = subjectOf(certificate);
    const principal = await authenticator.authenticate({ kind: 'certificate', subject }, address);
    return roleIncludes(principal.role, 'operator') ? principal.tenantId : undefined;
  }

  async function serve(socket: Socket): Promise<void> {
    const address = plainAddress(socket.remoteAddress ?? 'unknown');
    try {
      const tenantId = await tenantOfSender(socket, address);
      if (tenantId === undefined) throw new HeliosError('forbidden', `No tenant takes syslog from ${address}`);
      const framing = createSyslogFraming(messageBytesMax);
      const arrived = (frames: ReturnType<typeof framing.push>) => frames.map((frame) => ({ ...frame, address }));
      // One chunk at a time: while it is being stored the socket is not read, and TCP holds the sender back.
      for await (const chunk of socket) {
        // The cast holds: no encoding is set, so a socket gives buffers.
        await store.storePatiently(tenantId, arrived(framing.push(chunk as Buffer)), transport);
      }
      await store.storePatiently(tenantId, arrived(framing.end()), transport);
    } catch (error) {
      const isRefusal = error instanceof HeliosError;
      if (isRefusal) logger.warn({ address, transport, error }, 'syslog-sender-refused');
      else logger.debug({ address, transport, error }, 'syslog-connection-broken');
    } finally {
      socket.destroy();
    }
  }

  function accept(socket: Socket): void {
    socket.on('error', () => undefined); // told to the loop that reads the socket
    if (connections.size >= connectionsMax) {
      logger.warn({ transport, connectionsMax }, 'syslog-too-many-connections');
      socket.destroy();
      return;
    }
    socket.setKeepAlive(true, 60_000);
    const done = serve(socket).finally(() => {
      connections.delete(socket);
      gauge.set(connections.size, { transport });
    });
    connections.set(socket, done);
    gauge.set(connections.size, { transport });
  }

  const server =
    tls === undefined
      ? createServer({ allowHalfOpen: true }, accept)
      : createTlsServer(
          {
            cert: tls.cert,
            key: tls.key,
            handshakeTimeout: 10_000,
            ...(tls.clientCa === undefined ? {} : { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true }),
          },
          accept,
        );
  server.on('tlsClientError', (error: Error) => logger.debug({ error }, 'syslog-handshake-failed'));
  const bound = await bind(server, host, port);
  return {
    url: `${transport}://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    async close() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      // Our end makes a good sender finish and close; what it has sent until then is read and stored.
      for (const socket of connections.keys()) socket.end();
      const timer = setTimeout(() => {
        for (const socket of connections.keys()) socket.destroy();
      }, graceMs);
      await Promise.all(connections.values());
      clearTimeout(timer);
      await closed;
    },
  };
}

function bind(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const isTaken = cause.code === 'EADDRINUSE';
      const message = `Syslog cannot listen on ${host}:${port} (${cause.code ?? cause.message})`;
      reject(
        new HeliosError(isTaken ? 'port-in-use' : 'config-invalid', message, { cause, cure: 'choose another port' }),
      );
    });
    server.listen(port, host, () => {
      // The cast holds: a server that listens on a host and port has such an address.
      resolve((server.address() as AddressInfo).port);
    });
  });
}
