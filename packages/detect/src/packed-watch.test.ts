import { expect, test } from 'vitest';
import { createPackedWatch } from './packed-watch.ts';
import { createSeriesSeat, watchLength } from './series-watch.ts';
import { START_MS, STEP_MS, createNormal, createRandom } from './testing/random-series.ts';

const packing = createPackedWatch();
const room = new Uint8Array(packing.packedLengthMax);

function packed(snapshot: Uint8Array): Uint8Array {
  packing.bytes.set(snapshot);
  return room.slice(0, packing.pack(room));
}

function snapshotOf(samples: number, next: (i: number) => number, stepMs = STEP_MS): Uint8Array {
  const seat = createSeriesSeat();
  for (let i = 0; i < samples; i += 1) seat.observe(START_MS + i * stepMs, next(i));
  return seat.snapshot();
}

const kinds: Record<string, (seed: number) => (i: number) => number> = {
  'a constant': () => () => 5,
  'mostly zero': (seed) => {
    const random = createRandom(seed);
    return () => (random() < 0.02 ? 1 : 0);
  },
  'small counts': (seed) => {
    const random = createRandom(seed);
    return () => Math.floor(100 * random());
  },
  noise: (seed) => {
    const random = createRandom(seed);
    return () => 10 + random();
  },
};

const others: Record<string, (seed: number) => (i: number) => number> = {
  'a day with noise': (seed) => {
    const normal = createNormal(seed);
    return (i) => 50 + 10 * Math.sin((2 * Math.PI * i) / 288) + normal();
  },
  'a week without noise': () => (i) => 50 + 1000 * Math.sin((2 * Math.PI * i) / 2016),
  'heavy tails': (seed) => {
    const random = createRandom(seed);
    return () => 1 / random() ** 2;
  },
  'troubles that open and close': (seed) => {
    const normal = createNormal(seed);
    return (i) => (i % 400 > 380 ? 90 : 0) + normal();
  },
  'a large offset behind a zero': (seed) => {
    const normal = createNormal(seed);
    return (i) => (i === 0 ? 0 : 1e12 + normal());
  },
  'absurd values': () => (i) => [1e308, -1e308, 0, 5e-324, 1e30, Number.NaN, -1][i % 7] ?? 0,
};

test.each(Object.entries({ ...kinds, ...others }))('%s is unpacked as it was packed, at any age', (_, kind) => {
  for (const samples of [0, 1, 2, 59, 300, 700, 2500]) {
    for (const stepMs of [1000, STEP_MS, 3_600_000]) {
      const snapshot = snapshotOf(samples, kind(17), stepMs);
      const bytes = packed(snapshot);
      packing.bytes.fill(9);
      packing.unpack(bytes);
      expect(packing.bytes).toEqual(snapshot);
      expect(bytes.length).toBeLessThan(snapshot.length / 2);
    }
  }
});

test.each(Object.entries(kinds))('%s takes at most a kilobyte at rest, at any age', (_, kind) => {
  for (const samples of [60, 576, 10_080]) {
    expect(packed(snapshotOf(samples, kind(29))).length).toBeLessThanOrEqual(1024);
  }
});

test('bytes of another kind, cut or too long are refused, and the next are unpacked as ever', () => {
  const snapshot = snapshotOf(400, kinds['noise']?.(3) ?? Number);
  const whole = packed(snapshot);
  for (const bytes of [
    new Uint8Array(),
    Uint8Array.of(1, ...whole.subarray(1)),
    whole.subarray(0, -1),
    whole.subarray(0, 100),
    Uint8Array.of(...whole, 0, 0),
  ]) {
    expect(() => packing.unpack(bytes)).toThrow(/packed bytes/);
  }
  packing.unpack(whole);
  expect(packing.bytes).toEqual(snapshot);
});

test('damaged bytes are refused as such, or are a watch of some kind', () => {
  const whole = packed(snapshotOf(700, kinds['noise']?.(3) ?? Number));
  const random = createRandom(23);
  for (let round = 0; round < 400; round += 1) {
    const bytes = whole.slice();
    for (let i = 0; i < 3; i += 1) bytes[1 + Math.floor((bytes.length - 1) * random())] = Math.floor(256 * random());
    try {
      packing.unpack(bytes);
    } catch (error) {
      expect(String(error)).toMatch(/packed bytes/);
    }
    expect(packing.bytes.length).toBe(watchLength);
  }
});
