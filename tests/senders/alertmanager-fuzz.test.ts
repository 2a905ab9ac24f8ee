import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  acme,
  alertsPath,
  directAlert,
  epoch,
  openWorld,
  webhookBody,
  webhookPath,
  type World,
} from './alertmanager-world.ts';

const payloads = 10_000;
const alertsMax = 500;

/** Random numbers that are the same in every run: mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const oddValues: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e308,
  '',
  '\0',
  '\ud800',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
  '2026-13-45T99:99:99Z',
  'x'.repeat(5_000),
  [],
  {},
  [[[[]]]],
  { __proto__: null, constructor: 'x', a: { b: { c: {} } } },
  Array.from({ length: 50 }, () => ({})),
];

/** A copy with odd values, names and gaps put in here and there. */
function mutated(value: unknown, random: () => number): unknown {
  if (random() < 0.06) return oddValues[Math.floor(random() * oddValues.length)];
  if (Array.isArray(value)) return value.flatMap((one) => (random() < 0.03 ? [] : [mutated(one, random)]));
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const [name, one] of Object.entries(value)) {
    if (random() < 0.03) continue;
    const odd = random() < 0.03 ? ['__proto__', '', '\0', 'constructor'][Math.floor(random() * 4)] : undefined;
    Object.defineProperty(copy, odd ?? name, { value: mutated(one, random), enumerable: true, configurable: true });
  }
  return copy;
}

/** The bytes of a mutated body, now and then with flipped, lost or doubled ones. */
function bytesOf(value: unknown, random: () => number): Buffer {
  const bytes = Buffer.from(JSON.stringify(mutated(value, random)) ?? '');
  if (random() < 0.7) return bytes;
  const cut = Math.floor(random() * bytes.length);
  if (random() < 0.3) return bytes.subarray(0, cut);
  for (let flips = 0; flips < 3 && bytes.length > 0; flips += 1) {
    bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
  }
  return bytes;
}

const bodies: Readonly<Record<string, (index: number) => unknown>> = {
  [webhookPath]: (index) =>
    webhookBody(
      [0, 1, 2].map((one) => ({
        name: `Alert ${one}`,
        fingerprint: `f${(index * 7 + one) % 900}`,
        startsAt: epoch + (index % 50),
        ...(index % 3 === 0 ? { endsAt: epoch + 100 } : {}),
      })),
      { truncatedAlerts: index % 11 === 0 ? 3 : 0 },
    ),
  [alertsPath]: (index) =>
    [0, 1, 2].map((one) =>
      directAlert({
        name: `Alert ${(index * 7 + one) % 900}`,
        startsAt: epoch + (index % 50) - 1000,
        endsAt: epoch + (index % 3 === 0 ? -500 : 240_000),
      }),
    ),
};

let world: World;
beforeAll(() => {
  world = openWorld({ settings: { alertsMax } });
  world.startExpiry();
});
afterAll(() => world.stop());

test.each([webhookPath, alertsPath])(
  'no mutated body of 10,000 makes %s throw, answer 5xx or grow without bound',
  async (path) => {
    const random = randomOf(42);
    const statuses = new Map<number, number>();
    const bodyOf = bodies[path];
    if (bodyOf === undefined) throw new Error('no such body');
    for (let index = 0; index < payloads; index += 1) {
      const { status } = await world.send(path, bytesOf(bodyOf(index), random));
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect([...statuses.keys()].filter((status) => ![200, 400, 413, 422].includes(status))).toEqual([]);
    // Most bodies are still good enough for something: the fuzz reaches past the parser.
    expect(statuses.get(200)).toBeGreaterThan(payloads / 3);
    const book = await world.books.of(acme.tenantId);
    expect(book.firing.size + book.past.size).toBeLessThanOrEqual(2 * alertsMax);
    // Everything that was stored is what the stages read.
    expect((await world.signals()).length).toBeGreaterThan(0);
  },
);

test('no mutated matcher of 10,000 is more than refused', async () => {
  const random = randomOf(7);
  const pieces = ['alertname', '=', '~', '!', '"', '.*', '.+', '|', '(', '\\', 'Alert', '\0', ' ', '^', '$', '[a'];
  for (let index = 0; index < payloads; index += 1) {
    const filter = Array.from(
      { length: 1 + Math.floor(random() * 8) },
      () => pieces[Math.floor(random() * pieces.length)],
    );
    const { status } = await world.ask(alertsPath, { filter: filter.join('') });
    expect([200, 400]).toContain(status);
  }
});
