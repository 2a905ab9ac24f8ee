import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { HeliosError } from '@heliosiq/model';
import type { TenantId } from '@heliosiq/model';
import type { Logger } from '@heliosiq/ports';
import { plainAddress } from './source-tenants.ts';
import type { OpenTransport } from './syslog-listener.ts';
import type { ArrivedFrame, SyslogStore } from './syslog-store.ts';

export interface SyslogUdpDeps {
  readonly store: SyslogStore;
  readonly tenantOf: (address: string) => TenantId | undefined;
  readonly logger: Logger;
  readonly messageBytesMax: number;
  readonly queuedMax: number;
}

const transport = 'udp';
const gatherMs = 20;
const batchMax = 2000;
const receiveBufferBytes = 4 * 2 ** 20;

interface Queue {
  frames: ArrivedFrame[];
  isDraining: boolean;
}

/**
 * Opens syslog over UDP (RFC 5426): one message a datagram. Nobody can be told to wait, so what does not fit into a
 * tenant's queue is shed and counted. Rejects with `port-in-use`.
 */
export async function listenUdp(
  deps: SyslogUdpDeps,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<OpenTransport> {
  const { store, tenantOf, logger, messageBytesMax, queuedMax } = deps;
  const queues = new Map<TenantId, Queue>();
  const draining = new Set<Promise<void>>();

  function take(bytes: Buffer, sender: string): void {
    const address = plainAddress(sender);
    const tenantId = tenantOf(address);
    if (tenantId === undefined) return store.shed.add(1, { transport, reason: 'unknown-source' });
    const queue = queues.get(tenantId) ?? { frames: [], isDraining: false };
    queues.set(tenantId, queue);
    if (queue.frames.length >= queuedMax) return store.shed.add(1, { transport, reason: 'queue-full' });
    const isCut = bytes.length > messageBytesMax;
    queue.frames.push({ bytes: isCut ? bytes.subarray(0, messageBytesMax) : bytes, isCut, address });
    if (queue.isDraining) return undefined;
    queue.isDraining = true;
    const drained = drain(tenantId, queue).finally(() => draining.delete(drained));
    draining.add(drained);
    return undefined;
  }

  async function drain(tenantId: TenantId, queue: Queue): Promise<void> {
    while (queue.frames.length > 0) {
      // A moment, so that what comes together is stored together.
      if (queue.frames.length < batchMax) await new Promise((resolve) => void setTimeout(resolve, gatherMs));
      await store.storePatiently(tenantId, queue.frames.splice(0, batchMax), transport);
    }
    queue.isDraining = false;
  }

  const socket = createSocket({ type: isIPv6(host) ? 'udp6' : 'udp4', recvBufferSize: receiveBufferBytes });
  socket.on('message', (bytes, { address }) => take(bytes, address));
  await new Promise<void>((resolve, reject) => {
    socket.once('error', (cause: NodeJS.ErrnoException) => {
      const code = cause.code === 'EADDRINUSE' ? 'port-in-use' : 'config-invalid';
      const message = `Syslog cannot listen on ${host}:${port} over UDP (${cause.code ?? cause.message})`;
      reject(new HeliosError(code, message, { cause, cure: 'choose another port' }));
    });
    socket.bind(port, host, resolve);
  });
  socket.on('error', (error) => logger.warn({ error }, 'syslog-udp-error'));
  return {
    url: `udp://${isIPv6(host) ? `[${host}]` : host}:${socket.address().port}`,
    async close() {
      await new Promise<void>((resolve) => void socket.close(() => resolve()));
      await Promise.all(draining);
    },
  };
}
