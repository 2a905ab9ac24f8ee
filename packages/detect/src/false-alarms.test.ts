import { expect, test } from 'vitest';
import { createSeriesWatch } from './series-watch.ts';
import { START_MS, STEP_MS, createNormal, createRandom } from './testing/random-series.ts';

const DAY_SAMPLES = 288;
const SAMPLES = 35 * DAY_SAMPLES;
const LEARNING_SAMPLES = 7 * DAY_SAMPLES;
const SEEDS = [1, 2, 3, 4, 5, 6];

/** Flagged samples less than so many apart are one alarm. */
const APART_SAMPLES = 8;

/** Alarms at the default in two weeks of five-minute samples, after a week for learning, in the mean of a few series. */
function alarmsInTwoWeeks(make: (seed: number) => (i: number) => number): number {
  let alarms = 0;
  for (const seed of SEEDS) {
    const watch = createSeriesWatch();
    const next = make(seed * 7919);
    let last = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < SAMPLES; i++) {
      const watched = watch.update(START_MS + i * STEP_MS, next(i));
      if (i < LEARNING_SAMPLES || watched?.flagged !== true) continue;
      if (i - last >= APART_SAMPLES) alarms++;
      last = i;
    }
  }
  return (alarms * 14 * DAY_SAMPLES) / ((SAMPLES - LEARNING_SAMPLES) * SEEDS.length);
}

const kinds: Record<string, (seed: number) => (i: number) => number> = {
  gaussian: (seed) => {
    const normal = createNormal(seed);
    return () => 10 + normal();
  },
  autocorrelated: (seed) => {
    const normal = createNormal(seed);
    let state = 0;
    return () => (state = 0.9 * state + normal());
  },
  'with a daily season': (seed) => {
    const normal = createNormal(seed);
    return (i) => 50 + 10 * Math.sin((2 * Math.PI * i) / DAY_SAMPLES) + normal();
  },
  'around a daily plateau whose edges lie within a quarter hour': (seed) => {
    const random = createRandom(seed);
    return (i) => 40 + 3 * random() + (i % DAY_SAMPLES > 108 && i % DAY_SAMPLES < 216 ? 40 : 0);
  },
  'around a daily job of ten minutes within a quarter hour': (seed) => {
    const random = createRandom(seed);
    return (i) => 10 + 3 * random() + (i % DAY_SAMPLES === 109 || i % DAY_SAMPLES === 110 ? 40 : 0);
  },
  'log-normal': (seed) => {
    const normal = createNormal(seed);
    return () => Math.exp(normal());
  },
  'log-normal with a daily season': (seed) => {
    const normal = createNormal(seed);
    return (i) => (2 + Math.sin((2 * Math.PI * i) / DAY_SAMPLES)) * Math.exp(0.7 * normal());
  },
  "of Student's t with three degrees of freedom": studentT,
  'of the law of Pareto with a shape of 1.5': (seed) => {
    const random = createRandom(seed);
    return () => random() ** (-1 / 1.5);
  },
  exponential: (seed) => {
    const random = createRandom(seed);
    return () => -Math.log(random());
  },
  'autocorrelated, with log-normal steps': (seed) => {
    const normal = createNormal(seed);
    let state = 0;
    return () => (state = 0.5 * state + Math.exp(1.2 * normal()));
  },
  'that is the exponential of an autocorrelated series': (seed) => {
    const normal = createNormal(seed);
    let state = 0;
    return () => Math.exp((state = 0.8 * state + 0.6 * normal()));
  },
  'of bursts whose heights follow the law of Pareto': (seed) => {
    const [random, normal] = [createRandom(seed), createNormal(seed + 1)];
    let left = 0;
    let height = 0;
    return () => {
      left--;
      if (left < 0 && random() < 0.01) {
        left = Math.floor(4 * random());
        height = 10 / Math.sqrt(random());
      }
      return 5 + normal() + (left >= 0 ? height : 0);
    };
  },
  "of steps of Student's t with a memory": (seed) => withMemory(0.7, studentT(seed)),
  "of steps of Student's t with a long memory": (seed) => withMemory(0.9, studentT(seed)),
  "of steps of Student's t with a memory and a daily season": (seed) => {
    const noise = withMemory(0.6, studentT(seed));
    return (i) => 30 + 8 * Math.sin((2 * Math.PI * i) / DAY_SAMPLES) + noise();
  },
  'around jobs of one height at random times': (seed) => randomJobs(seed, 0.007),
  'around a dozen jobs of one height in two weeks': (seed) => randomJobs(seed, 0.003),
  'around a dozen jobs of one height, and a daily season': (seed) => {
    const job = randomJobs(seed, 0.003);
    return (i) => job() + 6 * Math.sin((2 * Math.PI * i) / DAY_SAMPLES);
  },
  'around a job a day at no fixed hour': (seed) => {
    const [random, normal] = [createRandom(seed), createNormal(seed + 1)];
    let from = 0;
    return (i) => {
      if (i % DAY_SAMPLES === 0) from = Math.floor(280 * random());
      const since = (i % DAY_SAMPLES) - from;
      return 10 + normal() + (since >= 0 && since < 3 ? 40 : 0);
    };
  },
  'of a state that comes on at random': (seed) => {
    const random = createRandom(seed);
    let left = 0;
    return () => {
      left--;
      if (left < 0 && random() < 0.003) left = 9;
      return left >= 0 ? 1 : 0;
    };
  },
  'of small counts': (seed) => poisson(seed, 3),
  'of rare events': (seed) => poisson(seed, 0.1),
};

function studentT(seed: number): () => number {
  const normal = createNormal(seed);
  return () => normal() / Math.sqrt((normal() ** 2 + normal() ** 2 + normal() ** 2) / 3);
}

function withMemory(memory: number, step: () => number): () => number {
  let state = 0;
  return () => (state = memory * state + step());
}

/** Jobs of three to ten samples, which begin with this chance at each sample. */
function randomJobs(seed: number, chance: number): () => number {
  const [random, normal] = [createRandom(seed), createNormal(seed + 1)];
  let left = 0;
  return () => {
    left--;
    if (left < 0 && random() < chance) left = 2 + Math.floor(8 * random());
    return 10 + normal() + (left >= 0 ? 40 + 4 * normal() : 0);
  };
}

function poisson(seed: number, mean: number): () => number {
  const random = createRandom(seed);
  return () => {
    let events = 0;
    for (let product = random(); product > Math.exp(-mean); product *= random()) events++;
    return events;
  };
}

test.each(Object.entries(kinds))('noise %s raises at most one false alarm in two weeks', (_, make) => {
  expect(alarmsInTwoWeeks(make)).toBeLessThanOrEqual(1);
});

test('a spike far beyond all that a heavy-tailed series has had is told on its first sample', () => {
  const normal = createNormal(23);
  const watch = createSeriesWatch();
  for (let i = 0; i < 14 * DAY_SAMPLES; i++) watch.update(START_MS + i * STEP_MS, Math.exp(normal()));
  expect(watch.update(START_MS + 14 * DAY_SAMPLES * STEP_MS, Math.exp(8))?.flagged).toBe(true);
});

test('what is several times as high as jobs at random times is told on its first sample', () => {
  const next = randomJobs(37, 0.007);
  const watch = createSeriesWatch();
  for (let i = 0; i < 14 * DAY_SAMPLES; i++) watch.update(START_MS + i * STEP_MS, next());
  expect(watch.update(START_MS + 14 * DAY_SAMPLES * STEP_MS, 400)?.flagged).toBe(true);
});

test('what is far beyond all that a restless series has had is told on its first sample, and a lasting change as well', () => {
  const after = (trouble: (noise: number, i: number) => number): number => {
    const normal = createNormal(31);
    const watch = createSeriesWatch();
    const length = 28 * DAY_SAMPLES;
    let state = 0;
    for (let i = 0; i < length + 12; i++) {
      state = 0.5 * state + Math.exp(1.2 * normal());
      const value = i < length ? state : trouble(state, i - length);
      if (watch.update(START_MS + i * STEP_MS, value)?.flagged === true && i >= length) return i - length;
    }
    return Number.POSITIVE_INFINITY;
  };
  expect(after((noise, i) => (i === 0 ? 1000 : noise))).toBe(0);
  expect(after((noise) => noise + 150)).toBeLessThanOrEqual(1);
  expect(after((noise) => noise)).toBe(Number.POSITIVE_INFINITY);
});

test('trouble that lasts is told each time that it comes, on its second sample at the latest', () => {
  const normal = createNormal(29);
  const watch = createSeriesWatch();
  const period = 7 * DAY_SAMPLES;
  const told: number[] = [];
  for (let i = 0; i < 6 * period; i++) {
    const isTrouble = i % period >= period - 6;
    const watched = watch.update(START_MS + i * STEP_MS, 20 + normal() + (isTrouble ? 40 : 0));
    if (watched?.change?.kind === 'opened' && isTrouble) told.push((i % period) - (period - 6));
  }
  expect(told.length).toBe(6);
  expect(Math.max(...told)).toBeLessThanOrEqual(1);
});
