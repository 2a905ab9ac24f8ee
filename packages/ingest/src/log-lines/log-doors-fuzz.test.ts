import { HeliosError, Log, TenantId, errorTable } from '@heliosiq/model';
import type { HttpDoor, Logger, Meter } from '@heliosiq/ports';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { compressSync } from 'snappy';
import { describe, expect, it } from 'vitest';
import type { TelemetryIntake } from '../intake/telemetry-intake.ts';
import { createLogLinesDoor } from './log-lines-door.ts';
import { createLokiDoor } from './loki-door.ts';

const now = Date.UTC(2026, 5, 1, 12);
const payloads = 10_000;
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
const uncounted: Meter = {
  counter: () => ({ add() {} }),
  gauge: () => ({ set() {} }),
  histogram: () => ({ observe() {} }),
};

/** The same numbers every time (mulberry32), so that what fails once fails again. */
function createDice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

/** A payload with one to eight bytes changed, cut out, repeated or inserted. */
function mutated(seed: Buffer, dice: (sides: number) => number): Buffer {
  const bytes = [...seed];
  for (let changes = 1 + dice(8); changes > 0; changes -= 1) {
    const at = dice(bytes.length + 1);
    const kind = dice(5);
    if (kind === 0) bytes[at] = dice(256);
    else if (kind === 1) bytes.splice(at, 1 + dice(20));
    else if (kind === 2) bytes.splice(at, 0, ...bytes.slice(at, at + dice(30)));
    else if (kind === 3) bytes.splice(at, 0, ...Buffer.from('"\\{}[],:\u{0}\u{FEFF}-1e9'.repeat(1 + dice(3))));
    else bytes[at] = '0'.charCodeAt(0) + dice(10);
  }
  return Buffer.from(bytes.map((byte) => byte ?? 0));
}

async function fuzz(open: (telemetry: TelemetryIntake) => HttpDoor, seeds: readonly (readonly [string, Buffer])[]) {
  const dice = createDice(7);
  const outcome = { taken: 0, refused: 0 };
  const door = open({
    store({ signals }) {
      for (const signal of signals) Log.parse(signal);
      outcome.taken += signals.length;
      return Promise.resolve({ stored: signals.length, refusedSamples: 0, refusedSeries: 0 });
    },
  });
  for (let index = 0; index < payloads; index += 1) {
    const [mediaType, seed] = seeds[index % seeds.length] ?? ['', Buffer.alloc(0)];
    const body = mutated(seed, dice);
    try {
      const answer = await door.handle({
        principal: { tenantId: TenantId.parse('acme'), actor: 'fuzz', role: 'operator' },
        headers: {},
        query: {},
        mediaType,
        contentType: mediaType,
        body,
        requestId: 'fuzz',
      });
      expect(answer.status).toBeLessThan(500);
    } catch (error) {
      if (!(error instanceof HeliosError) || errorTable[error.code].status >= 500) {
        throw new Error(`payload ${index} (${mediaType}): ${body.toString('base64')}`, { cause: error });
      }
      outcome.refused += 1;
    }
  }
  return outcome;
}

const objects = [
  { level: 50, time: now, hostname: 'web-1', msg: 'boom', err: { stack: 's', nested: { deep: [1, 2] } } },
  { '@timestamp': '2026-06-01T11:59:59.5Z', 'log.level': 'WARN', message: 'slow', service: { name: 'shop' } },
];

describe(`${payloads} mutated payloads`, () => {
  it(
    'of log lines are each taken in the model’s limits or refused, and nothing breaks',
    { timeout: 120_000 },
    async () => {
      const deps = { meter: uncounted, logger: silent, now: () => now };
      const { taken, refused } = await fuzz(
        (telemetry) => createLogLinesDoor({ ...deps, telemetry }),
        [
          ['application/json', Buffer.from(JSON.stringify(objects))],
          ['application/x-ndjson', Buffer.from(objects.map((object) => JSON.stringify(object)).join('\n'))],
          ['text/plain', Buffer.from('2026-06-01 ERROR it broke\nlevel=warn slow')],
        ],
      );
      expect(taken).toBeGreaterThan(payloads / 4);
      expect(refused).toBeGreaterThan(payloads / 10);
    },
  );

  it(
    'of Loki pushes are each taken in the model’s limits or refused, and nothing breaks',
    { timeout: 120_000 },
    async () => {
      const deps = { meter: uncounted, logger: silent, now: () => now };
      const values = [[`${now}000000`, 'level=error out of stock', { trace_id: 't1' }]];
      const json = Buffer.from(JSON.stringify({ streams: [{ stream: { app: 'shop', level: 'warn' }, values }] }));
      const time = new BinaryWriter()
        .tag(1, 0)
        .int64(BigInt(now / 1000))
        .finish();
      const entry = new BinaryWriter().tag(1, 2).bytes(time).tag(2, 2).string('out of stock').finish();
      const stream = new BinaryWriter().tag(1, 2).string('{app="shop"}').tag(2, 2).bytes(entry).finish();
      const push = Buffer.from(new BinaryWriter().tag(1, 2).bytes(stream).finish());
      // Half of the packed payloads are changed before they are packed, so that the changes reach what is inside.
      const dice = createDice(11);
      const inside = Array.from(
        { length: 50 },
        () => ['application/x-protobuf', compressSync(mutated(push, dice))] as const,
      );
      const { taken, refused } = await fuzz(
        (telemetry) => createLokiDoor({ ...deps, telemetry }),
        [['application/json', json], ['application/x-protobuf', compressSync(push)], ...inside],
      );
      expect(taken).toBeGreaterThan(0);
      expect(refused).toBeGreaterThan(payloads / 4);
    },
  );
});
