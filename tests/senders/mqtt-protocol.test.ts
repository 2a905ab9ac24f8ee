import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { HeliosError } from '@heliosiq/model';
import type { EventLog } from '@heliosiq/ports';
import { memoryMqttStores, openMqttDoor, other, storedSamples, storedSignals } from './mqtt-door.ts';
import type { MqttDoor, MqttDoorChanges, MqttStores } from './mqtt-door.ts';
import { connectPacket, openRawClient, packet, packetTypes, publishPacket, text } from './mqtt-raw-client.ts';
import type { RawClient, RawConnect } from './mqtt-raw-client.ts';

const waits = { timeout: 90_000, interval: 20 };

async function open(changes: MqttDoorChanges = {}, stores: MqttStores = memoryMqttStores()): Promise<MqttDoor> {
  const door = await openMqttDoor(stores, changes);
  onTestFinished(() => door.close());
  return door;
}

/** A client that was admitted; its CONNACK read. */
async function admitted(door: MqttDoor, options: RawConnect = {}): Promise<RawClient> {
  const client = await openRawClient(door.port);
  onTestFinished(() => client.end());
  client.send(connectPacket(options));
  const connack = await client.next();
  if (connack?.type !== packetTypes.connack || connack.body[1] !== 0) throw new Error('not admitted');
  return client;
}

/** The answer to a CONNECT: its code, or `closed` when there was none. */
async function answerTo(door: MqttDoor, connect: Uint8Array): Promise<number | 'closed'> {
  const client = await openRawClient(door.port);
  client.send(connect);
  const answer = await client.next();
  if (answer === undefined) return 'closed';
  expect(answer.type).toBe(packetTypes.connack);
  expect(await client.next()).toBeUndefined();
  return answer.body[1] ?? -1;
}

/** A log whose appends wait until they are let go. */
function heldLog(stores: MqttStores) {
  let letGo: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  const log: EventLog = Object.create(stores.log, {
    append: {
      value: async (...args: Parameters<EventLog['append']>) => {
        await held;
        return stores.log.append(...args);
      },
    },
  });
  return { stores: { ...stores, log }, letGo };
}

describe('the MQTT door', () => {
  it('acknowledges a message only when it is durable', async () => {
    const { stores, letGo } = heldLog(memoryMqttStores());
    const door = await open({}, stores);
    const client = await admitted(door);
    client.send(publishPacket('acme/pump/temperature', '21.5', { id: 7 }), Buffer.from([0xc0, 0]));
    // The ping after the message is answered first: the message waits for the log.
    expect((await client.next())?.type).toBe(packetTypes.pingresp);
    expect(await storedSamples(stores)).toEqual([]);
    letGo();
    expect(await client.next()).toMatchObject({ type: packetTypes.puback, body: Buffer.from([0, 7]) });
    expect(await storedSamples(stores)).toMatchObject([{ asset: 'pump', metric: 'temperature', value: 21.5 }]);
  });

  it('stores a QoS 2 message once, however often it is repeated before its release', async () => {
    const door = await open();
    const client = await admitted(door);
    const message = publishPacket('acme/pump/count', '1', { qos: 2, id: 9 });
    client.send(message);
    expect(await client.next()).toMatchObject({ type: packetTypes.pubrec, body: Buffer.from([0, 9]) });
    client.send(publishPacket('acme/pump/count', '1', { qos: 2, id: 9, isRedelivered: true }));
    expect(await client.next()).toMatchObject({ type: packetTypes.pubrec });
    client.send(packet(0x62, [Buffer.from([0, 9])]));
    expect(await client.next()).toMatchObject({ type: packetTypes.pubcomp, body: Buffer.from([0, 9]) });
    expect(await storedSamples(door.stores)).toHaveLength(1);
    client.send(message);
    expect((await client.next())?.type).toBe(packetTypes.pubrec);
    expect(await storedSamples(door.stores)).toHaveLength(2);
  });

  it('keeps the unreleased messages of a session for the next connection of its client', async () => {
    const door = await open();
    const session = { clientId: 'valve', isClean: false };
    const before = await admitted(door, session);
    before.send(publishPacket('acme/valve/turns', '4', { qos: 2, id: 3 }));
    expect((await before.next())?.type).toBe(packetTypes.pubrec);
    before.end();
    const after = await openRawClient(door.port);
    onTestFinished(() => after.end());
    after.send(connectPacket(session));
    expect((await after.next())?.body[0]).toBe(1); // session present
    after.send(publishPacket('acme/valve/turns', '4', { qos: 2, id: 3, isRedelivered: true }));
    expect((await after.next())?.type).toBe(packetTypes.pubrec);
    expect(await storedSamples(door.stores)).toHaveLength(1);
  });

  it('makes the same sample of a message that is delivered again after the program has died', async () => {
    const stores = memoryMqttStores();
    const door = await open({}, stores);
    const client = await admitted(door, { clientId: 'meter' });
    client.send(publishPacket('acme/meter/energy', '17', { id: 5 }));
    expect((await client.next())?.type).toBe(packetTypes.puback);
    await door.close();
    const revived = await open({}, stores);
    const again = await admitted(revived, { clientId: 'meter' });
    again.send(publishPacket('acme/meter/energy', '17', { id: 5, isRedelivered: true }));
    expect((await again.next())?.type).toBe(packetTypes.puback);
    expect(await storedSamples(stores)).toHaveLength(1);
    // A new message with the old number is a new measurement, though its value is the same.
    again.send(publishPacket('acme/meter/energy', '17', { id: 5 }));
    expect((await again.next())?.type).toBe(packetTypes.puback);
    expect(await storedSamples(stores)).toHaveLength(2);
  });

  it('gives each of many messages that come at once a moment of its own', async () => {
    const door = await open();
    const client = await admitted(door);
    const ids = Array.from({ length: 500 }, (_, index) => index + 1);
    client.send(...ids.map((id) => publishPacket('acme/pump/pulse', String(id), { id })));
    for (const id of ids) expect(await client.next()).toMatchObject({ body: Buffer.from([id >> 8, id & 255]) });
    const values = (await storedSamples(door.stores)).map(({ value }) => value);
    expect(values).toEqual(ids);
  });

  it.each([
    ['a password that is none', { password: 'guessed' }, 4, 0x86],
    ['a viewer', { password: 'key-viewer' }, 5, 0x87],
    ["a will on another tenant's topic", { will: { topic: 'other/pump/state', payload: 'gone' } }, 5, 0x87],
  ] satisfies [string, RawConnect, number, number][])(
    'refuses %s in the words of each version',
    async (_, options, three, five) => {
      const door = await open();
      expect(await answerTo(door, connectPacket(options))).toBe(three);
      expect(await answerTo(door, connectPacket({ ...options, version: 5 }))).toBe(five);
    },
  );

  it('refuses versions and client names as the specifications say', async () => {
    const door = await open();
    const future = connectPacket();
    future[8] = 6;
    expect(await answerTo(door, future)).toBe(1);
    expect(await answerTo(door, connectPacket({ clientId: '', isClean: false }))).toBe(2);
    expect(await answerTo(door, publishPacket('acme/a/b', '1'))).toBe('closed');
    expect(await answerTo(door, packet(0x10, [text('HTTP'), Buffer.from([4, 0, 0, 0])]))).toBe('closed');
  });

  it('speaks MQTT 3.1 too', async () => {
    const door = await open();
    const client = await admitted(door, { version: 3 });
    client.send(publishPacket('acme/old/level', '3'));
    expect((await client.next())?.type).toBe(packetTypes.puback);
  });

  it("refuses another tenant's topic: MQTT 5 by a reason code, 3.1.1 by closing", async () => {
    const door = await open();
    const five = await admitted(door, { version: 5 });
    five.send(publishPacket('other/pump/temperature', '1', { version: 5 }));
    expect(await five.next()).toMatchObject({ type: packetTypes.puback, body: Buffer.from([0, 1, 0x87, 0]) });
    five.send(publishPacket('acme/pump/temperature', '2', { version: 5, id: 2 }));
    expect(await five.next()).toMatchObject({ type: packetTypes.puback, body: Buffer.from([0, 2]) });
    const three = await admitted(door, { clientId: 'three' });
    three.send(publishPacket('other/pump/temperature', '1'));
    expect(await three.next()).toBeUndefined();
    expect(await storedSamples(door.stores, other)).toEqual([]);
    expect(await storedSamples(door.stores)).toHaveLength(1);
    const labels = { tenant: 'acme', reason: 'topic-not-permitted' };
    expect(door.meter.value('heliosiq_ingest_mqtt_rejected_total', labels)).toBe(2);
  });

  it('tells an MQTT 5 client that a payload is useless, takes it from others, and counts it', async () => {
    const door = await open();
    const five = await admitted(door, { version: 5 });
    five.send(publishPacket('acme/pump/note', 'all is well', { version: 5 }));
    expect((await five.next())?.body).toEqual(Buffer.from([0, 1, 0x99, 0]));
    const three = await admitted(door, { clientId: 'three' });
    three.send(publishPacket('acme/pump/note', '{"a":', { id: 2 }));
    expect((await three.next())?.body).toEqual(Buffer.from([0, 2]));
    const count = (reason: string): number =>
      door.meter.value('heliosiq_ingest_mqtt_rejected_total', { tenant: 'acme', reason });
    expect([count('no-number'), count('json')]).toEqual([1, 1]);
    expect(door.logger.lines.filter(({ message }) => message === 'mqtt-message-rejected')).toHaveLength(2);
  });

  it('takes thousands of useless messages in one piece', async () => {
    const door = await open();
    const client = await admitted(door);
    client.send(
      ...Array.from({ length: 6000 }, () => publishPacket('acme/a/b', 'x', { qos: 0 })),
      Buffer.from([0xc0, 0]),
    );
    expect((await client.next())?.type).toBe(packetTypes.pingresp);
    const labels = { tenant: 'acme', reason: 'no-number' };
    expect(door.meter.value('heliosiq_ingest_mqtt_rejected_total', labels)).toBe(6000);
  });

  it('resolves topic aliases, and ends a connection that uses one it has not introduced', async () => {
    const door = await open();
    const client = await admitted(door, { version: 5 });
    const alias = [0x23, 0, 5];
    client.send(
      publishPacket('acme/fan/speed', '1', { version: 5, id: 1, properties: alias }),
      publishPacket('', '2', { version: 5, id: 2, properties: alias }),
      publishPacket('', '3', { version: 5, id: 3, properties: [0x23, 0, 6] }),
    );
    const answers = [await client.next(), await client.next(), await client.next()];
    const end = answers.find((answer) => answer?.type === packetTypes.disconnect);
    expect(end?.body[0]).toBe(0x82);
    await vi.waitFor(async () => {
      const samples = await storedSamples(door.stores);
      expect(samples.map(({ asset, metric, value }) => [asset, metric, value])).toEqual([
        ['fan', 'speed', 1],
        ['fan', 'speed', 2],
      ]);
    }, waits);
  });

  it('ends the older connection when its client connects again', async () => {
    const door = await open();
    const older = await admitted(door, { version: 5, clientId: 'twin' });
    const younger = await admitted(door, { version: 5, clientId: 'twin' });
    expect(await older.next()).toMatchObject({ type: packetTypes.disconnect, body: Buffer.from([0x8e, 0]) });
    younger.send(Buffer.from([0xc0, 0]));
    expect((await younger.next())?.type).toBe(packetTypes.pingresp);
    const namesake = await admitted(door, { version: 5, clientId: 'twin', password: 'key-other' });
    younger.send(Buffer.from([0xc0, 0]));
    expect((await younger.next())?.type).toBe(packetTypes.pingresp); // another tenant's client is another client
    namesake.end();
  });

  it('ends a connection that is silent for one and a half times its keep-alive', async () => {
    const door = await open();
    const client = await admitted(door, { version: 5, keepAliveS: 1 });
    expect(await client.next()).toMatchObject({ type: packetTypes.disconnect, body: Buffer.from([0x8d, 0]) });
  });

  it('ends a connection that never says CONNECT', async () => {
    const door = await open({ limits: { connectTimeoutMs: 100 } });
    const client = await openRawClient(door.port);
    client.send(Buffer.from([0x10]));
    expect(await client.next()).toBeUndefined();
    await vi.waitFor(() => expect(door.meter.value('heliosiq_ingest_mqtt_connections')).toBe(0), waits);
  });

  it('makes an event of the will of a client that is cut off, and none of a goodbye', async () => {
    const door = await open();
    const will = { topic: 'acme/pump-7/state', payload: 'offline' };
    const polite = await admitted(door, { clientId: 'polite', will });
    polite.send(Buffer.from([0xe0, 0]));
    expect(await polite.next()).toBeUndefined();
    const lost = await admitted(door, { clientId: 'lost', will });
    lost.end();
    await vi.waitFor(async () => expect(await storedSignals(door.stores)).toHaveLength(1), waits);
    expect(await storedSignals(door.stores)).toMatchObject([
      {
        kind: 'event',
        asset: 'pump-7',
        severity: 'medium',
        title: 'pump-7 went away: offline',
        labels: { client: 'lost', topic: 'acme/pump-7/state' },
      },
    ]);
    // The will is a message as well: offline is 0.
    expect(await storedSamples(door.stores)).toMatchObject([{ asset: 'pump-7', metric: 'state', value: 0 }]);
  });

  it('waits with a will for its delay, and forgets it when the client is back before', async () => {
    const door = await open();
    const will = { topic: 'acme/pump-7/state', payload: 'offline', properties: [0x18, 0, 0, 0, 8] };
    const session = { version: 5, isClean: false, properties: [0x11, 0, 0, 0, 60] } as const;
    for (const clientId of ['back', 'gone']) (await admitted(door, { ...session, clientId, will })).end();
    await vi.waitFor(() => expect(door.meter.value('heliosiq_ingest_mqtt_connections')).toBe(0), waits);
    expect(await storedSignals(door.stores)).toEqual([]);
    await admitted(door, { ...session, clientId: 'back' });
    await vi.waitFor(async () => expect(await storedSignals(door.stores)).toHaveLength(1), waits);
    expect(await storedSignals(door.stores)).toMatchObject([{ labels: { client: 'gone' } }]);
  });

  it('grants subscriptions and delivers nothing', async () => {
    const door = await open();
    const client = await admitted(door);
    client.send(
      packet(0x82, [
        Buffer.from([0, 4]),
        text('acme/pump/commands'),
        Buffer.from([1]),
        text('a/#/b'),
        Buffer.from([0]),
      ]),
    );
    expect(await client.next()).toMatchObject({ type: packetTypes.suback, body: Buffer.from([0, 4, 1, 0x80]) });
    client.send(publishPacket('acme/pump/commands', '1', { id: 6 }));
    expect(await client.next()).toMatchObject({ type: packetTypes.puback });
    client.send(packet(0xa2, [Buffer.from([0, 5]), text('acme/pump/commands')]));
    expect(await client.next()).toMatchObject({ type: packetTypes.unsuback, body: Buffer.from([0, 5]) });
  });

  it('refuses a packet above its limit before it has arrived', async () => {
    const door = await open({ limits: { packetBytesMax: 1000 } });
    const client = await admitted(door, { version: 5 });
    client.send(publishPacket('acme/pump/blob', 'x'.repeat(5000), { version: 5 }).subarray(0, 100));
    expect(await client.next()).toMatchObject({ type: packetTypes.disconnect, body: Buffer.from([0x95, 0]) });
  });

  it('reads no more than its limit from a client whose messages cannot be stored yet, and loses none of them', async () => {
    const { stores, letGo } = heldLog(memoryMqttStores());
    const door = await open({ limits: { inflightMax: 16 } }, stores);
    const client = await admitted(door);
    const ids = Array.from({ length: 2000 }, (_, index) => index + 1);
    client.send(...ids.map((id) => publishPacket('acme/pump/load', String(id), { id })));
    await vi.waitFor(() => expect(door.meter.value('heliosiq_ingest_mqtt_pending_bytes')).toBeGreaterThan(0), waits);
    expect(door.meter.value('heliosiq_ingest_mqtt_pending_bytes')).toBeLessThan(16 * 400);
    letGo();
    for (const id of ids) expect(await client.next()).toMatchObject({ body: Buffer.from([id >> 8, id & 255]) });
    expect(await storedSamples(stores)).toHaveLength(2000);
  });

  it('waits out a rate that is used up, and says so when it takes too long', async () => {
    let refusals = 2;
    const door = await open({
      limits: { retryMaxMs: 3000 },
      quota: {
        async admit() {
          if (refusals-- > 0) throw new HeliosError('rate-limited', 'too fast', { retryAfterS: 0.05 });
        },
      },
    });
    const five = await admitted(door, { version: 5 });
    five.send(publishPacket('acme/pump/rate', '1', { version: 5 }));
    expect((await five.next())?.body).toEqual(Buffer.from([0, 1]));
    refusals = Infinity;
    five.send(publishPacket('acme/pump/rate', '2', { version: 5, id: 2 }));
    expect((await five.next())?.body).toEqual(Buffer.from([0, 2, 0x97, 0]));
    expect(await storedSamples(door.stores)).toHaveLength(1);
    const three = await admitted(door, { clientId: 'three' });
    three.send(publishPacket('acme/pump/rate', '3', { id: 3 }));
    expect(await three.next()).toBeUndefined(); // closed without an acknowledgement: the client keeps the message
  });

  it('sends clients away without an acknowledgement while the store is down', async () => {
    const stores = memoryMqttStores();
    const log: EventLog = Object.create(stores.log, {
      append: { value: () => Promise.reject(new HeliosError('unavailable', 'down')) },
    });
    const door = await open({ limits: { retryMaxMs: 200 } }, { ...stores, log });
    const client = await admitted(door, { version: 5 });
    client.send(publishPacket('acme/pump/rate', '1', { version: 5 }));
    expect(await client.next()).toMatchObject({ type: packetTypes.disconnect, body: Buffer.from([0x89, 0]) });
  });

  it('answers what it has stored before it closes', async () => {
    const { stores, letGo } = heldLog(memoryMqttStores());
    const door = await openMqttDoor(stores);
    const client = await admitted(door, { version: 5 });
    client.send(publishPacket('acme/pump/last', '1', { version: 5 }));
    await vi.waitFor(() => expect(door.meter.value('heliosiq_ingest_mqtt_pending_bytes')).toBeGreaterThan(0), waits);
    const closed = door.close();
    letGo();
    expect(await client.next()).toMatchObject({ type: packetTypes.puback, body: Buffer.from([0, 1]) });
    expect(await client.next()).toMatchObject({ type: packetTypes.disconnect, body: Buffer.from([0x8b, 0]) });
    await closed;
  });

  it('asks a Sparkplug edge node that listens for a rebirth, and knows its aliases after it', async () => {
    const door = await open();
    const client = await admitted(door);
    const data = publishPacket('spBv1.0/plant/NDATA/edge', Buffer.from('12041001500518ff01', 'hex'), { qos: 0 });
    client.send(packet(0x82, [Buffer.from([0, 1]), text('spBv1.0/plant/NCMD/edge'), Buffer.from([0])]), data);
    expect((await client.next())?.type).toBe(packetTypes.suback);
    const command = await client.next();
    expect(command?.type).toBe(packetTypes.publish);
    expect(command?.body.toString('latin1')).toContain('spBv1.0/plant/NCMD/edge');
    expect(command?.body.toString('latin1')).toContain('Node Control/Rebirth');
    // A metric "Level" with alias 1, an Int32 of -3; then the value 5 by its alias.
    const birth = Buffer.from('12110a054c6576656c1001200350fdffffff0f1800', 'hex');
    client.send(publishPacket('spBv1.0/plant/NBIRTH/edge', birth, { id: 2 }), data);
    expect((await client.next())?.type).toBe(packetTypes.puback);
    await vi.waitFor(async () => expect(await storedSamples(door.stores)).toHaveLength(2), waits);
    expect((await storedSamples(door.stores)).map(({ asset, metric, value }) => [asset, metric, value])).toEqual([
      ['plant/edge', 'Level', -3],
      ['plant/edge', 'Level', 5],
    ]);
  });
});
