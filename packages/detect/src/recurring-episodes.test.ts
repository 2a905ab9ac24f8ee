import { expect, test } from 'vitest';
import { createSeriesWatch } from './series-watch.ts';
import { START_MS, STEP_MS, createNormal, createRandom } from './testing/random-series.ts';

const DAY_SAMPLES = 288;

/** One episode of trouble: its first sample, how many, and how high above a noise of one. */
interface Trouble {
  readonly at: number;
  readonly samples: number;
  readonly height: number;
}

/** The troubles that a watch flags, by their place in the list. */
function toldOf(troubles: readonly Trouble[], stepMs = STEP_MS): number[] {
  const normal = createNormal(41);
  const watch = createSeriesWatch();
  const told: number[] = [];
  const last = troubles.at(-1);
  const length = (last?.at ?? 0) + (last?.samples ?? 0) + 20;
  for (let i = 0; i < length; i++) {
    const now = troubles.findIndex(({ at, samples }) => i >= at && i < at + samples);
    const watched = watch.update(START_MS + i * stepMs, 20 + normal() + (troubles[now]?.height ?? 0));
    if (watched?.flagged === true && now >= 0 && !told.includes(now)) told.push(now);
  }
  return told;
}

/** So many troubles one to two days apart. */
function troublesOf(count: number, make: (random: () => number) => Omit<Trouble, 'at'>): Trouble[] {
  const random = createRandom(43);
  let at = 3 * DAY_SAMPLES;
  return Array.from({ length: count }, () => {
    at += Math.floor((1 + random()) * DAY_SAMPLES);
    return { at, ...make(random) };
  });
}

const alike = (random: () => number) => ({ samples: 3 + Math.floor(6 * random()), height: 36 + 8 * random() });

test('what comes at random, as high and as long each time, is told the first times and then known', () => {
  const told = toldOf(troublesOf(12, alike));
  expect(told.slice(0, 2)).toEqual([0, 1]);
  expect(Math.max(...told)).toBeLessThanOrEqual(3);
});

test('what is higher than the known, or lasts for longer, is told', () => {
  const known = troublesOf(5, alike);
  const at = (known.at(-1)?.at ?? 0) + 2 * DAY_SAMPLES;
  expect(toldOf([...known, { at, samples: 5, height: 40 }])).not.toContain(5);
  expect(toldOf([...known, { at, samples: 5, height: 90 }])).toContain(5);
  expect(toldOf([...known, { at, samples: 40, height: 40 }])).toContain(5);
});

test('what falls as far as the known rises is told', () => {
  const known = troublesOf(4, alike);
  const at = (known.at(-1)?.at ?? 0) + 2 * DAY_SAMPLES;
  expect(toldOf([...known, { at, samples: 5, height: -40 }])).toContain(4);
});

test('where troubles are of all heights none is known for being like one of them', () => {
  const heights = [40, 16, 110, 25, 65, 180, 38];
  let i = 0;
  const told = toldOf(troublesOf(7, () => ({ samples: 6, height: heights[i++] ?? 0 })));
  expect(told).toContain(2);
  expect(told).toContain(4);
  expect(told).toContain(5);
});

test('bouts of one trouble within hours make it no known one', () => {
  const first = 3 * DAY_SAMPLES;
  const bouts = [0, 1, 2].map((i) => ({ at: first + 15 * i, samples: 4, height: 40 }));
  expect(toldOf([...bouts, { at: first + 2 * DAY_SAMPLES, samples: 4, height: 40 }])).toContain(3);
});

test('what has not come for two weeks is told again', () => {
  const known = troublesOf(10, alike);
  const at = (known.at(-1)?.at ?? 0) + 15 * DAY_SAMPLES;
  expect(toldOf([...known, { at, samples: 5, height: 40 }])).toContain(10);
});

test('hours of trouble take more of their like than minutes do', () => {
  const hourly = Array.from({ length: 4 }, (_, i) => ({ at: 240 + 70 * i, samples: 3, height: 40 }));
  expect(toldOf(hourly, 3_600_000)).toEqual([0, 1, 2, 3]);
});
