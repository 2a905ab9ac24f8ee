import { expect, test } from 'vitest';
import { createSeriesModel, createSeriesModelOn } from './series-model.ts';
import { defaultSeriesSettings } from './series-settings.ts';
import { createSeriesState } from './series-state.ts';
import { START_MS, STEP_MS, createNormal } from './testing/random-series.ts';

const DAY_SAMPLES = 288;

/** Noise of ten by day and of one by night, around 50. */
function restlessDays(seed: number): (i: number) => number {
  const normal = createNormal(seed);
  return (i) => 50 + (i % DAY_SAMPLES < DAY_SAMPLES / 2 ? 10 : 1) * normal();
}

test('half hours of the day learn how restless they usually are', () => {
  const state = createSeriesState();
  const model = createSeriesModelOn(state, defaultSeriesSettings);
  const next = restlessDays(31);
  for (let i = 0; i < 10 * DAY_SAMPLES; i++) model.update(START_MS + i * STEP_MS, next(i));
  const mean = (sizes: Float32Array): number => sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  const byDay = mean(state.daySizes.subarray(1, 23));
  const byNight = mean(state.daySizes.subarray(25, 47));
  expect(byDay).toBeGreaterThan(5);
  expect(byNight).toBeLessThan(1.5);
});

test('the same departure is a more surprising course at a quiet time of day than at a restless one', () => {
  const courseOf = (sample: number): number => {
    const model = createSeriesModel();
    const next = restlessDays(37);
    const end = 10 * DAY_SAMPLES + sample;
    for (let i = 0; i < end; i++) model.update(START_MS + i * STEP_MS, next(i));
    return model.update(START_MS + end * STEP_MS, 75)?.regime ?? 0;
  };
  expect(courseOf(200)).toBeGreaterThan(courseOf(50) + 0.3);
});

test('whether values are of one or of thousands of millions, a series is told of alike', () => {
  const small = createSeriesModel();
  const large = createSeriesModel();
  const normal = createNormal(41);
  for (let i = 0; i < 6 * DAY_SAMPLES; i++) {
    const value = 16 + normal() * (i > 1500 && i < 1520 ? 6 : 1);
    const at = START_MS + i * STEP_MS;
    const told = small.update(at, value);
    const toldLarge = large.update(at, value * 2 ** 30);
    expect(toldLarge?.surprise).toBeCloseTo(told?.surprise ?? 0, 3);
    expect(toldLarge?.regime).toBeCloseTo(told?.regime ?? 0, 3);
  }
});
