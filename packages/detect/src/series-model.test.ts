import { describe, expect, test } from 'vitest';
import { EPISODE_NUMBERS } from './anomaly-episode.ts';
import { createSeriesModel, restoreSeriesModel } from './series-model.ts';
import { defaultSeriesSettings } from './series-settings.ts';
import { START_MS, STEP_MS, createNormal, createRandom } from './testing/random-series.ts';

const DAY_SAMPLES = 288;

/** Share of samples after `warmUp` whose score reaches 0.999, over a few seeds. */
function exceedance(make: (seed: number) => (i: number) => number, samples = 6000, warmUp = 2000): number {
  let over = 0;
  let seen = 0;
  for (let seed = 1; seed <= 8; seed++) {
    const model = createSeriesModel();
    const next = make(seed * 7919);
    for (let i = 0; i < samples; i++) {
      const score = model.update(START_MS + i * STEP_MS, next(i))?.score ?? 0;
      if (i < warmUp) continue;
      seen++;
      if (score >= 0.999) over++;
    }
  }
  return over / seen;
}

describe('a score of 0.999 is reached by about one in a thousand normal samples', () => {
  const kinds: Record<string, (seed: number) => (i: number) => number> = {
    'of a gaussian series': (seed) => {
      const normal = createNormal(seed);
      return () => 10 + normal();
    },
    'of a series of small counts (Poisson)': (seed) => {
      const random = createRandom(seed);
      return () => {
        let events = 0;
        for (let product = random(); product > Math.exp(-3); product *= random()) events++;
        return events;
      };
    },
    'of a series with a daily season': (seed) => {
      const normal = createNormal(seed);
      return (i) => 50 + 10 * Math.sin((2 * Math.PI * i) / DAY_SAMPLES) + normal();
    },
    'of an autocorrelated series': (seed) => {
      const normal = createNormal(seed);
      let state = 0;
      return () => (state = 0.9 * state + normal());
    },

    'a heavy-tailed series (log-normal)': (seed) => {
      const normal = createNormal(seed);
      return () => Math.exp(normal());
    },
    "a heavier-tailed series (Student's t, three degrees of freedom)": (seed) => {
      const normal = createNormal(seed);
      return () => normal() / Math.sqrt((normal() ** 2 + normal() ** 2 + normal() ** 2) / 3);
    },
  };
  test.each(Object.entries(kinds))('%s, within a factor of 3', (_, make) => {
    const share = exceedance(make);
    expect(share).toBeGreaterThan(0.001 / 3);
    expect(share).toBeLessThan(0.003);
  });
});

describe('state', () => {
  const value = (i: number, normal: () => number): number => 20 + Math.sin(i / 40) + normal() * (i % 97 === 0 ? 9 : 1);

  test.each([0, 1, 25, 130, 700])('a model restored after %i samples continues bit for bit', (stopAt) => {
    const normal = createNormal(5);
    const whole = createSeriesModel();
    let broken = createSeriesModel();
    for (let i = 0; i < 1500; i++) {
      if (i === stopAt) broken = restoreSeriesModel(broken.snapshot());
      const at = START_MS + i * STEP_MS;
      const seen = value(i, normal);
      expect(broken.update(at, seen)).toEqual(whole.update(at, seen));
    }
    expect(broken.snapshot()).toEqual(whole.snapshot());
  });

  test('a redelivered, a late and a non-finite sample change nothing', () => {
    const model = createSeriesModel();
    for (let i = 0; i < 200; i++) model.update(START_MS + i * STEP_MS, i % 7);
    const before = model.snapshot();
    expect(model.update(START_MS + 199 * STEP_MS, 3)).toBeUndefined();
    expect(model.update(START_MS, 3)).toBeUndefined();
    expect(model.update(START_MS + 200 * STEP_MS, Number.NaN)).toBeUndefined();
    expect(model.update(START_MS + 200 * STEP_MS, Number.POSITIVE_INFINITY)).toBeUndefined();
    expect(model.snapshot()).toEqual(before);
  });

  test('bytes of another version or length are refused', () => {
    const bytes = createSeriesModel().snapshot();
    expect(() => restoreSeriesModel(bytes.subarray(1))).toThrow('not a series state');
    bytes[3] = 99;
    expect(() => restoreSeriesModel(bytes)).toThrow('not a series state');
  });

  test('a watch with its seasons stays below 4 KB', () => {
    expect(createSeriesModel().snapshot().length).toBeLessThan(4096 - 8 * EPISODE_NUMBERS);
  });

  test('absurd values leave every number of a verdict finite', () => {
    const model = createSeriesModel();
    const absurd = [1e308, -1e308, 0, 5e-324, 1e30, Number.MAX_SAFE_INTEGER];
    for (let i = 0; i < 600; i++) {
      const verdict = model.update(START_MS + i * STEP_MS, absurd[i % absurd.length] ?? 0);
      const { score, surprise, alarm, regime, expected, lower, upper, deviation } = verdict ?? {};
      for (const number of [score, surprise, alarm, regime, expected, lower, upper, deviation])
        expect(number).toSatisfy(Number.isFinite);
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(1);
    }
  });
});

describe('what is found', () => {
  test('a fault after two days of five-minute samples is over 0.999 on its first sample', () => {
    const normal = createNormal(3);
    const model = createSeriesModel();
    for (let i = 0; i < 590; i++) model.update(START_MS + i * STEP_MS, 0.1 + 0.005 * normal());
    const verdict = model.update(START_MS + 590 * STEP_MS, 1.2);
    expect(verdict?.score).toBeGreaterThan(0.999);
    expect(verdict?.deviation).toBeGreaterThan(10);
    expect(verdict?.upper).toBeLessThan(0.15);
    expect(verdict?.baseline.samples).toBeGreaterThan(100);
  });

  test('the first change of a constant series is over 0.999; one that dips now and then raises no anomaly', () => {
    const constant = createSeriesModel();
    const dipping = createSeriesModel();
    const random = createRandom(11);
    for (let i = 0; i < 1500; i++) {
      const at = START_MS + i * STEP_MS;
      expect(constant.update(at, 100)?.score ?? 0).toBeLessThan(0.999);
      dipping.update(at, random() < 0.03 ? 99 : 100);
    }
    const at = START_MS + 1500 * STEP_MS;
    expect(constant.update(at, 99)?.score).toBeGreaterThan(0.999);
    expect(dipping.update(at, 99)?.alarm).toBeLessThan(-Math.log10(1 - defaultSeriesSettings.threshold));
  });

  test('a value that is usual at noon is unusual at midnight', () => {
    const normal = createNormal(17);
    const model = createSeriesModel();
    const usual = (i: number): number => 100 + 50 * Math.cos((2 * Math.PI * i) / DAY_SAMPLES) + normal();
    for (let i = 0; i < 10 * DAY_SAMPLES; i++) model.update(START_MS + i * STEP_MS, usual(i));
    const verdict = model.update(START_MS + 10 * DAY_SAMPLES * STEP_MS, 50);
    expect(verdict?.score).toBeGreaterThan(0.999);
    expect(verdict?.baseline.kind).not.toBe('level');
    expect(verdict?.expected).toBeGreaterThan(140);
  });
});
