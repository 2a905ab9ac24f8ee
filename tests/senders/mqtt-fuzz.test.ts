import { expect, it, onTestFinished } from 'vitest';
import { bytesInUse } from '../../packages/ingest/src/otlp/testing/bytes-in-use.ts';
import { openMqttDoor, storedSamples } from './mqtt-door.ts';
import { connectPacket, openRawClient, packet, packetTypes, publishPacket, text } from './mqtt-raw-client.ts';
import type { RawClient } from './mqtt-raw-client.ts';

/** A source of chance that gives the same numbers in every run (mulberry32). */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const id = Buffer.from([0, 9]);
const options = { version: 5 } as const;
/** An NBIRTH of Sparkplug B: a moment, the metric "Temperature" with alias 1 as a float of 21.5, sequence number 0. */
const birth = Buffer.from(
  '08808ab6f2c13212160a0b54656d7065726174757265100120096500 00ac411800'.replace(' ', ''),
  'hex',
);
const valid: readonly Buffer[] = [
  connectPacket(),
  connectPacket({ version: 5, properties: [0x11, 0, 0, 0, 9, 0x21, 0, 5] }),
  connectPacket({ will: { topic: 'acme/x/state', payload: 'gone' } }),
  publishPacket('acme/pump/temperature', '21.5', { qos: 0 }),
  publishPacket('acme/pump/telemetry', '{"a":{"b":[1,{"c":2}],"d":true},"ts":"2026-01-01T00:00:00Z"}'),
  publishPacket('acme/pump/telemetry', '[{"value":1,"time":1767225600000},{"value":"2 C"}]', {
    ...options,
    properties: [0x23, 0, 1, 0x26, 0, 1, 97, 0, 1, 98],
  }),
  publishPacket('spBv1.0/g/NBIRTH/e', birth, { qos: 2, id: 4 }),
  publishPacket('spBv1.0/g/DDATA/e/d', birth, { qos: 1, id: 5 }),
  packet(0x62, [id]),
  packet(0x82, [id, text('acme/#'), Buffer.from([1])]),
  packet(0x82, [id, Buffer.from([0]), text('$share/g/a/+'), Buffer.from([2])]),
  packet(0xa2, [id, text('acme/#')]),
  Buffer.from([0xc0, 0]),
  Buffer.from([0xe0, 2, 4, 0]),
  Buffer.from([0xf0, 2, 0, 0]),
  packet(0x40, [id]),
];

it('10,000 mutated packets crash nothing, harm no other connection and leave no memory behind', async () => {
  const door = await openMqttDoor();
  onTestFinished(() => door.close());
  const roll = chance(20_261_121);
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[roll(items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  };

  /** A valid packet after a few cuts, flips, insertions and joins. */
  function mutated(): Buffer {
    let bytes = Buffer.from(pick(valid));
    for (let times = 1 + roll(4); times > 0; times -= 1) {
      const at = roll(bytes.length + 1);
      const kind = roll(5);
      if (kind === 0 && at < bytes.length) bytes[at] = roll(256);
      if (kind === 1) bytes = bytes.subarray(0, at);
      if (kind === 2)
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from([roll(256), 0xff, 0x80]), bytes.subarray(at)]);
      if (kind === 3) bytes = Buffer.concat([bytes, pick(valid)]);
      if (kind === 4 && bytes.length > 1) bytes[1] = pick([0, 1, 0x7f, 0x80, 0xff]);
    }
    return bytes;
  }

  const witness = await openRawClient(door.port);
  onTestFinished(() => witness.end());
  witness.send(connectPacket({ clientId: 'witness' }));
  expect((await witness.next())?.type).toBe(packetTypes.connack);
  let client: RawClient | undefined;
  let heldAfterWarmUp = 0;
  for (let round = 0; round < 10_000; round += 1) {
    if (client === undefined || client.socket.destroyed || client.socket.readableEnded || roll(10) === 0) {
      client?.end();
      client = await openRawClient(door.port);
      // Half of them are admitted first, of both versions.
      if (roll(2) === 0) client.send(connectPacket({ clientId: `fuzz-${roll(50)}`, version: pick([4, 5]) }));
    }
    client.send(mutated());
    if (round % 100 !== 0) continue;
    witness.send(publishPacket('acme/witness/round', String(round), { id: 1 + round }));
    expect(await witness.next()).toMatchObject({ type: packetTypes.puback });
    if (round === 3000) heldAfterWarmUp = bytesInUse();
  }
  client?.end();
  expect((await storedSamples(door.stores)).filter(({ asset }) => asset === 'witness')).toHaveLength(100);
  // Flat but for what the stores in memory keep of the messages that were valid after all.
  expect(bytesInUse() - heldAfterWarmUp).toBeLessThan(80 * 1024 * 1024);
});
