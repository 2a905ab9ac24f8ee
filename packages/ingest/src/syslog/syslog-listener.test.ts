import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { HeliosError, TenantId } from '@heliosiq/model';
import type { DiscreteSignal } from '@heliosiq/model';
import type { Logger, Meter } from '@heliosiq/ports';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { TelemetryIntake } from '../intake/telemetry-intake.ts';
import { createSyslogListener } from './syslog-listener.ts';
import type { SyslogSettings } from './syslog-listener.ts';

const acme = TenantId.parse('acme');
const zeta = TenantId.parse('zeta');
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function open(settings: Partial<SyslogSettings> = {}, storeMore: () => Promise<void> = () => Promise.resolve()) {
  const stored: { readonly tenantId: TenantId; readonly signal: DiscreteSignal }[] = [];
  const counts = new Map<string, number>();
  const meter: Meter = {
    counter: ({ name }) => ({
      add: (amount, labels) => {
        const key = `${name} ${Object.values(labels ?? {}).join(' ')}`;
        counts.set(key, (counts.get(key) ?? 0) + amount);
      },
    }),
    gauge: () => ({ set() {} }),
    histogram: () => ({ observe() {} }),
  };
  const telemetry: TelemetryIntake = {
    async store({ tenantId, signals }) {
      await storeMore();
      stored.push(...signals.map((signal) => ({ tenantId, signal })));
      return { stored: signals.length, refusedSamples: 0, refusedSeries: 0 };
    },
  };
  const listener = createSyslogListener({
    telemetry,
    meter,
    logger: silent,
    now: () => Date.now(),
    settings: { host: '127.0.0.1', tcpPort: 0, udpPort: 0, tenant: acme, ...settings },
  });
  const { url } = await listener.listen();
  closing.push(() => listener.close());
  const portOf = (transport: string) => Number(new RegExp(`${transport}://[^ ]*:(\\d+)`).exec(url)?.[1]);
  return {
    listener,
    stored,
    counts,
    portOf,
    bodies: () => stored.map(({ signal }) => 'body' in signal && signal.body),
  };
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

describe('syslog over TCP', () => {
  it('stores every message of a connection in order, equal ones each on their own', async () => {
    const { stored, bodies, portOf } = await open();
    const socket = await connected(portOf('tcp'));
    socket.end('<13>same\n<13>same\n8 <13>last');
    await vi.waitFor(() => expect(bodies()).toEqual(['same', 'same', 'last']), { timeout: 30_000 });
    expect(new Set(stored.map(({ signal }) => signal.id)).size).toBe(3);
  });

  it('holds the sender back while the quota does, and drops nothing', { timeout: 120_000 }, async () => {
    let refusals = 3;
    let isOpen = false;
    const { bodies, portOf } = await open({}, async () => {
      if (!isOpen) await vi.waitFor(() => expect(isOpen).toBe(true), { timeout: 30_000 });
      if (refusals-- > 0) throw new HeliosError('rate-limited', 'too much', { retryAfterS: 0.05 });
    });
    const socket = await connected(portOf('tcp'));
    const total = 100_000;
    const lines = Array.from({ length: total }, (_, index) => `<13>${'x'.repeat(200)} ${index}\n`);
    // 20 MB are more than the buffers of both sides hold: the write is not taken until the listener reads on.
    const isTaken = socket.write(lines.join(''));
    expect(isTaken).toBe(false);
    const drained = once(socket, 'drain');
    expect(bodies()).toEqual([]);
    isOpen = true;
    await drained;
    socket.end();
    await vi.waitFor(() => expect(bodies()).toHaveLength(total), { timeout: 50_000 });
    expect(bodies().at(-1)).toBe(`${'x'.repeat(200)} ${total - 1}`);
  });

  it('is closed to senders whose tenant nothing names, and knows tenants by network', async () => {
    const unknown = await open({ tenant: undefined, sources: { '10.0.0.0/8': acme } });
    const refused = await connected(unknown.portOf('tcp'));
    refused.resume();
    await once(refused, 'close');
    const known = await open({ sources: { '127.0.0.0/8': acme, '127.0.0.1': zeta } });
    (await connected(known.portOf('tcp'))).end('<13>x\n');
    await vi.waitFor(() => expect(known.stored.map(({ tenantId }) => tenantId)).toEqual([zeta]), { timeout: 30_000 });
  });

  it('when it closes, stores what senders have sent until then', async () => {
    const { listener, bodies, portOf } = await open();
    const socket = await connected(portOf('tcp'));
    socket.on('end', () => socket.end('<13>after your end\n'));
    socket.resume();
    socket.write('<13>before\n');
    await vi.waitFor(() => expect(bodies()).toEqual(['before']), { timeout: 30_000 });
    await listener.close();
    expect(bodies()).toEqual(['before', 'after your end']);
    expect(await listener.close()).toBeUndefined();
  });

  it('of one connection with garbage leaves the others alone', async () => {
    const { bodies, portOf } = await open();
    const [bad, good] = [await connected(portOf('tcp')), await connected(portOf('tcp'))];
    bad.write(Buffer.from([0xff, 0x00, 0x0a, 0x3c, 0x39, 0x39, 0x39, 0x0a, 0x80]));
    bad.resetAndDestroy();
    good.end('<13>fine\n');
    await vi.waitFor(() => expect(bodies()).toContain('fine'), { timeout: 30_000 });
  });
});

describe('syslog over UDP', () => {
  async function send(port: number, messages: readonly string[]): Promise<void> {
    const socket = createSocket('udp4');
    for (const message of messages) {
      await new Promise<void>((resolve, reject) => {
        socket.send(message, port, '127.0.0.1', (error) => (error === null ? resolve() : reject(error)));
      });
    }
    socket.close();
  }

  it('stores a message a datagram', async () => {
    const { bodies, portOf } = await open();
    await send(portOf('udp'), ['<13>one', '<13>two\nlines']);
    await vi.waitFor(() => expect(bodies()).toEqual(['one', 'two\nlines']), { timeout: 30_000 });
  });

  it('sheds what does not fit into its queue, and counts it', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const { counts, stored, portOf } = await open({ udpQueuedMax: 10 }, () => held);
    await send(
      portOf('udp'),
      Array.from({ length: 50 }, (_, index) => `<13>${index}`),
    );
    await vi.waitFor(() => expect(counts.get('heliosiq_syslog_shed_total udp queue-full')).toBeGreaterThan(0), {
      timeout: 30_000,
    });
    release();
    await vi.waitFor(
      () => {
        const shed = counts.get('heliosiq_syslog_shed_total udp queue-full') ?? 0;
        expect(stored.length + shed).toBe(50);
      },
      { timeout: 30_000 },
    );
  });
});

describe('a port that is taken', () => {
  it('is told as such, and leaves nothing open', async () => {
    const { portOf } = await open();
    await expect(open({ tcpPort: portOf('tcp') })).rejects.toMatchObject({ code: 'port-in-use' });
  });
});
