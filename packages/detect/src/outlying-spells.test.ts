import { expect, test } from 'vitest';
import { learnOutlying, outlyingCost } from './outlying-spells.ts';
import { SCALAR, createSeriesState } from './series-state.ts';
import { STEP_MS, createRandom } from './testing/random-series.ts';

const HOUR_MS = 12 * STEP_MS;
const LARGE_REACHES = 10;

interface Past {
  readonly samples: number;
  readonly everySamples: number;
  readonly stepMs?: number;
  /** Samples of a spell. */
  readonly lengthSamples?: number;
  readonly reachesOf?: () => number;
}

/** What a series has learnt that had an outlying spell every so many samples. */
function after({
  samples,
  everySamples,
  stepMs = STEP_MS,
  lengthSamples = 1,
  reachesOf = () => 5,
}: Past): Float64Array {
  const { scalars } = createSeriesState();
  scalars[SCALAR.stepMs] = stepMs;
  for (let start = everySamples; start <= samples - lengthSamples; start += everySamples) {
    for (let i = 0; i < lengthSamples; i++) learnOutlying(scalars, start + i, reachesOf());
  }
  return scalars;
}

/** What the next sample of a series costs that is this far off. */
function costAfter(past: Past, reaches = LARGE_REACHES): number {
  const scalars = after(past);
  const count = past.samples + 10;
  learnOutlying(scalars, count, reaches);
  return outlyingCost(scalars, count, reaches);
}

/** Peaks whose tail is that of Pareto's law with this exponent. */
function heavyTail(exponent: number): () => number {
  const random = createRandom(41);
  return () => 4 * random() ** (-1 / exponent);
}

test('a series that has had nothing outlying pays nothing', () => {
  expect(outlyingCost(createSeriesState().scalars, 5000, LARGE_REACHES)).toBe(0);
  expect(costAfter({ samples: 0, everySamples: 1 })).toBe(0);
});

test('a dozen spells in two weeks cost nothing, dozens do, and the more the more', () => {
  const reachesOf = heavyTail(1.5);
  const [few, some, many] = [400, 150, 60].map((everySamples) =>
    costAfter({ samples: 40_000, everySamples, reachesOf }),
  );
  expect(few).toBe(0);
  expect(some).toBeGreaterThan(0.3);
  expect(many).toBeGreaterThan((some ?? 0) + 0.5);
});

test('where samples come every hour two weeks count, where they come every minute as many samples as are two weeks of five minutes', () => {
  const past = { samples: 40_000, everySamples: 60, reachesOf: heavyTail(1.5) };
  expect(costAfter({ ...past, stepMs: HOUR_MS })).toBe(0);
  expect(costAfter({ ...past, stepMs: STEP_MS / 5 })).toBeGreaterThan(1.5);
});

test('outlying samples close together are one spell, however many', () => {
  expect(costAfter({ samples: 8000, everySamples: 7 })).toBe(0);
  const [short, long] = [1, 30].map((lengthSamples) =>
    costAfter({ samples: 40_000, everySamples: 150, lengthSamples }, 5),
  );
  // The spells end nearer to the sample, so that a little less of them has faded.
  expect(long).toBeGreaterThanOrEqual(short ?? 0);
  expect(long).toBeLessThan(1.2 * (short ?? 0));
});

test('the spell that a sample is a part of does not speak against it', () => {
  const scalars = after({ samples: 40_000, everySamples: 150, reachesOf: heavyTail(1.5) });
  const costs = [0, 3, 6].map((i) => {
    learnOutlying(scalars, 40_010 + i, LARGE_REACHES);
    return outlyingCost(scalars, 40_010 + i, LARGE_REACHES);
  });
  expect(new Set(costs).size).toBe(1);
});

test('a departure that spells of this height lead to less than once in two weeks costs nothing, however many spells there are', () => {
  const past = { samples: 40_000, everySamples: 60, reachesOf: heavyTail(3) };
  expect(costAfter(past, 8)).toBeGreaterThan(1);
  expect(costAfter(past, 40)).toBe(0);
});

test('the heavier the tail, the farther off a sample has to be', () => {
  const [light, heavy] = [3, 1].map((exponent) =>
    costAfter({ samples: 40_000, everySamples: 60, reachesOf: heavyTail(exponent) }, 30),
  );
  expect(light).toBe(0);
  expect(heavy).toBeGreaterThan(1);
});

test('a young series pays as an old one that goes on like it', () => {
  const past = { everySamples: 50, reachesOf: () => 8 };
  expect(costAfter({ ...past, samples: 1000 })).toBeGreaterThan(0.5 * costAfter({ ...past, samples: 40_000 }));
});

test('the first two spells of a new series cost nothing', () => {
  expect(costAfter({ samples: 60, everySamples: 75 })).toBe(0);
  expect(costAfter({ samples: 100, everySamples: 75 })).toBe(0);
});

test('what comes back at one height a few times in two weeks costs nothing, and one more of a dozen and a half does', () => {
  const like = (everySamples: number): Past => ({ samples: 40_000, everySamples, reachesOf: () => 40 });
  expect(costAfter(like(700), 40)).toBe(0);
  expect(costAfter(like(220), 40)).toBeGreaterThan(1);
});

test('what lies well beyond all that came back at one height costs nothing', () => {
  const past = { samples: 40_000, everySamples: 100, reachesOf: () => 40 };
  expect(costAfter(past, 41)).toBeGreaterThan(1);
  expect(costAfter(past, 120)).toBe(0);
});

test('the highest spell is forgotten in some weeks', () => {
  const scalars = after({ samples: 60_000, everySamples: 100, reachesOf: () => 40 });
  const costOf = (count: number): number => {
    learnOutlying(scalars, count, 120);
    return outlyingCost(scalars, count, 120);
  };
  learnOutlying(scalars, 60_050, 900);
  expect(costOf(60_100)).toBeGreaterThan(0);
  for (let count = 60_200; count < 90_000; count += 100) learnOutlying(scalars, count, 40);
  expect(costOf(90_000)).toBe(0);
});

test('it takes more spells where two weeks have fewer samples', () => {
  // So many samples apart that at either step the same number of them falls into the time over which they fade.
  const inTwoWeeks = 20;
  const [minutes, hours] = [STEP_MS / 5, HOUR_MS].map((stepMs) => {
    const everySamples = Math.round(Math.min(4032, (14 * 86_400_000) / stepMs) / inTwoWeeks);
    return costAfter({ samples: 40_000, everySamples, stepMs, reachesOf: () => 40 }, 40);
  });
  expect(minutes).toBeGreaterThan(1);
  expect(hours).toBeLessThan((minutes ?? 0) - 1);
});

test('what was long ago is forgiven', () => {
  const scalars = after({ samples: 20_000, everySamples: 60, reachesOf: heavyTail(1.5) });
  expect(outlyingCost(scalars, 20_010, LARGE_REACHES)).toBeGreaterThan(1);
  expect(outlyingCost(scalars, 32_000, LARGE_REACHES)).toBe(0);
});

test('a distance beyond all numbers leaves finite numbers behind', () => {
  const scalars = after({ samples: 20_000, everySamples: 60, reachesOf: () => Number.POSITIVE_INFINITY });
  const cost = outlyingCost(scalars, 20_010, Number.POSITIVE_INFINITY);
  expect(Number.isFinite(cost)).toBe(true);
});
