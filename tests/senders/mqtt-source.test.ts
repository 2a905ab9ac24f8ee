import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import mqtt from 'mqtt';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import type { EventLog } from '@heliosiq/ports';
import { createSeriesBook } from '../../packages/ingest/src/intake/series-book.ts';
import { createTelemetryIntake } from '../../packages/ingest/src/intake/telemetry-intake.ts';
import { unlimitedQuota } from '../../packages/ingest/src/intake/tenant-quota.ts';
import { createMqttSource } from '../../packages/ingest/src/mqtt/mqtt-source.ts';
import type { MqttSourceOptions } from '../../packages/ingest/src/mqtt/mqtt-source.ts';
import { startMosquitto } from '../support/mosquitto-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { acme, memoryMqttStores, openMqttDoor, storedSamples } from './mqtt-door.ts';
import type { MqttStores } from './mqtt-door.ts';

const mosquitto = process.env['HELIOS_TEST_MOSQUITTO'];
const waits = { timeout: 90_000, interval: 50 };

/** A source at work; `stop` lets it finish, `kill` makes it unable to acknowledge anything more. */
function startSource(url: string, stores: MqttStores, changes: Partial<MqttSourceOptions> = {}) {
  const meter = createMemoryMeter();
  let isDead = false;
  const never = new Promise<never>(() => undefined);
  const log: EventLog = Object.create(stores.log, {
    append: {
      // A program that was killed stores and acknowledges nothing: its appends never come back.
      value: (...args: Parameters<EventLog['append']>) =>
        isDead ? never : stores.log.append(...args).then(() => (isDead ? never : undefined)),
    },
  });
  const telemetry = createTelemetryIntake({ log, registry: stores.registry, quota: unlimitedQuota });
  const source = createMqttSource({
    name: 'plant',
    tenantId: acme,
    url,
    clientId: 'heliosiq-plant',
    topics: ['plant/#'],
    templates: ['plant/{asset}/{metric}'],
    telemetry,
    series: createSeriesBook(1000),
    state: stores.state,
    meter,
    logger: createMemoryLogger(),
    now: Date.now,
    ...changes,
  });
  const controller = new AbortController();
  const ended = source.run(controller.signal);
  return {
    isConnected: () => meter.value('heliosiq_ingest_mqtt_source_connected', { source: 'plant' }) === 1,
    async stop() {
      controller.abort();
      await ended;
    },
    /** What was taken is never stored and never acknowledged, and there is no second connection. */
    die() {
      isDead = true;
      controller.abort();
    },
  };
}

async function openBroker() {
  const folder = await temporaryFolder();
  const broker = await startMosquitto({ program: mosquitto ?? '', folder: folder.path });
  onTestFinished(async () => {
    await broker[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });
  return broker;
}

/** Publishes numbers with QoS 1; resolves when the broker has acknowledged all. */
async function publish(
  url: string,
  values: readonly number[],
  topicOf: (value: number) => string = () => 'plant/press/strokes',
): Promise<void> {
  const sender = await mqtt.connectAsync(url, { protocolVersion: 5 });
  await Promise.all(values.map((value) => sender.publishAsync(topicOf(value), String(value), { qos: 1 })));
  await sender.endAsync();
}

const count = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);

const valuesOf = async (stores: MqttStores): Promise<readonly number[]> =>
  (await storedSamples(stores)).map(({ value }) => value).sort((a, b) => a - b);

describe.skipIf(mosquitto === undefined)('the MQTT source (needs HELIOS_TEST_MOSQUITTO)', () => {
  it('takes what other clients publish to the broker, once each', async () => {
    const broker = await openBroker();
    const stores = memoryMqttStores();
    const source = startSource(broker.url, stores);
    onTestFinished(() => source.stop());
    await vi.waitFor(() => expect(source.isConnected()).toBe(true), waits);
    await publish(broker.url, count(0, 500));
    await vi.waitFor(async () => expect(await storedSamples(stores)).toHaveLength(500), waits);
    expect(await storedSamples(stores)).toMatchObject(count(0, 500).map(() => ({ asset: 'press', metric: 'strokes' })));
  });

  it('loses and doubles nothing when it dies in the middle and comes back', async () => {
    const broker = await openBroker();
    const stores = memoryMqttStores();
    const first = startSource(broker.url, stores);
    await vi.waitFor(() => expect(first.isConnected()).toBe(true), waits);
    const published = publish(broker.url, count(0, 1000));
    await vi.waitFor(async () => expect((await storedSamples(stores)).length).toBeGreaterThan(20), {
      ...waits,
      interval: 1,
    });
    first.die();
    await published;
    // Its successor takes the session over; the broker closes the connection of the one that hangs.
    const second = startSource(broker.url, stores);
    onTestFinished(() => second.stop());
    await vi.waitFor(async () => expect((await storedSamples(stores)).length).toBeGreaterThanOrEqual(1000), waits);
    await second.stop();
    expect(await valuesOf(stores)).toEqual(count(0, 1000));
  });

  it('gets what was published while it was away, and while the broker was restarted', async () => {
    const broker = await openBroker();
    const stores = memoryMqttStores();
    const before = startSource(broker.url, stores);
    await vi.waitFor(() => expect(before.isConnected()).toBe(true), waits);
    await before.stop();
    await publish(broker.url, count(0, 100));
    await broker.stop('SIGTERM');
    const after = startSource(broker.url, stores);
    onTestFinished(() => after.stop());
    await broker.start();
    await vi.waitFor(() => expect(after.isConnected()).toBe(true), waits);
    await publish(broker.url, count(100, 200));
    await vi.waitFor(async () => expect((await storedSamples(stores)).length).toBeGreaterThanOrEqual(200), waits);
    expect(await valuesOf(stores)).toEqual(count(0, 200));
  });

  it('shares the messages of a group among its members', async () => {
    const broker = await openBroker();
    const stores = memoryMqttStores();
    const members = ['one', 'two'].map((clientId) =>
      startSource(broker.url, stores, { clientId, topics: ['$share/heliosiq/plant/#'] }),
    );
    onTestFinished(async () => void (await Promise.all(members.map((member) => member.stop()))));
    await vi.waitFor(() => expect(members.every((member) => member.isConnected())).toBe(true), waits);
    await publish(broker.url, count(0, 300), (value) => `plant/press-${value}/strokes`);
    await vi.waitFor(async () => expect(await storedSamples(stores)).toHaveLength(300), waits);
    expect(await valuesOf(stores)).toEqual(count(0, 300));
  });
});

describe('the MQTT source and brokers that differ', () => {
  it('acknowledges to the broker only what is durable', async () => {
    const stores = memoryMqttStores();
    const seen: string[] = [];
    // A broker of three packets: CONNACK, SUBACK and one message of QoS 1; it writes down what comes back.
    const server = createServer((socket) => {
      socket.on('data', (chunk) => {
        const type = (chunk[0] ?? 0) >> 4;
        if (type === 1) socket.write(Buffer.from([0x20, 3, 0, 0, 0]));
        if (type === 8) {
          socket.write(Buffer.from([0x90, 4, chunk[2] ?? 0, chunk[3] ?? 0, 0, 1]));
          const topic = Buffer.from('plant/press/strokes');
          socket.write(
            Buffer.concat([
              Buffer.from([0x32, topic.length + 6, 0, topic.length]),
              topic,
              Buffer.from([0, 77, 0, 0x37]),
            ]),
          );
        }
        if (type === 4) seen.push(`puback ${chunk[3]}`);
      });
      socket.on('error', () => undefined);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const log: EventLog = Object.create(stores.log, {
      append: {
        async value(...args: Parameters<EventLog['append']>) {
          seen.push('append');
          await held;
          await stores.log.append(...args);
          seen.push('durable');
        },
      },
    });
    const { port } = server.address() as AddressInfo; // the cast holds for a TCP server
    const source = startSource(`mqtt://127.0.0.1:${port}`, { ...stores, log });
    onTestFinished(() => source.stop());
    await vi.waitFor(() => expect(seen).toEqual(['append']), waits);
    letGo();
    await vi.waitFor(() => expect(seen).toEqual(['append', 'durable', 'puback 77']), waits);
  });

  it('falls back to MQTT 3.1.1 where the broker refuses MQTT 5', async () => {
    const versions: number[] = [];
    const server = createServer((socket) => {
      socket.once('data', (chunk) => {
        const version = chunk[8] ?? 0;
        versions.push(version);
        socket.write(Buffer.from([0x20, 2, 0, version === 5 ? 1 : 0]));
        if (version === 5) socket.end();
        else
          socket.once('data', (subscribe) =>
            socket.write(Buffer.from([0x90, 3, subscribe[2] ?? 0, subscribe[3] ?? 0, 1])),
          );
      });
      socket.on('error', () => undefined);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo; // the cast holds for a TCP server
    const source = startSource(`mqtt://127.0.0.1:${port}`, memoryMqttStores());
    onTestFinished(() => source.stop());
    await vi.waitFor(() => expect(source.isConnected()).toBe(true), waits);
    expect(versions).toEqual([5, 4]);
  });

  it('reads from our own door as from any broker, and meets its refusal with patience', async () => {
    const door = await openMqttDoor();
    onTestFinished(() => door.close());
    const source = startSource(door.url, memoryMqttStores(), { user: 'acme', password: 'wrong' });
    await vi.waitFor(
      () =>
        expect(door.meter.value('heliosiq_ingest_mqtt_connects_total', { outcome: 'refused-0x86' })).toBeGreaterThan(1),
      waits,
    );
    await source.stop();
  });
});
