import { once } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import type { Socket } from 'node:net';
import { answerClientError, listenFault, makeServer } from './make-server.ts';
import type { ServerOptions } from './make-server.ts';

/** A second address of the same doors, where only some paths are. */
export interface FurtherAddress {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly paths: readonly string[];
}

/** Servers besides the main one, which hand their requests to the same application. */
export interface FurtherAddresses {
  /** The port that it got. Rejects with `port-in-use`. */
  listen(address: FurtherAddress): Promise<number>;
  /** True for a path that is not served at the address through which the connection came. */
  isHidden(socket: Socket, path: string): boolean;
  servers(): readonly Server[];
  /** Takes nothing new, lets requests under way finish for `drainMs`, and closes. */
  close(): Promise<void>;
}

export function createFurtherAddresses(handle: RequestListener, options: ServerOptions): FurtherAddresses {
  const servers: Server[] = [];
  const pathsOf = new WeakMap<Socket, ReadonlySet<string>>();

  async function closeOne(server: Server): Promise<void> {
    const closed = once(server, 'close');
    server.close();
    server.closeIdleConnections();
    const overdue = setTimeout(() => server.closeAllConnections(), options.settings.drainMs);
    await closed.finally(() => clearTimeout(overdue));
  }

  return {
    async listen({ host, port, paths }) {
      const served = new Set(paths);
      const server = makeServer(handle, options);
      server.on('clientError', answerClientError);
      server.on(options.tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) =>
        pathsOf.set(socket, served),
      );
      server.listen({ host, port });
      await once(server, 'listening').catch((error: unknown) => {
        throw listenFault(error, host, port);
      });
      servers.push(server);
      const address = server.address();
      return typeof address === 'object' && address !== null ? address.port : port;
    },

    isHidden: (socket, path) => pathsOf.get(socket)?.has(path) === false,

    servers: () => servers,

    async close() {
      await Promise.all(servers.splice(0).map(closeOne));
    },
  };
}
