import { expect, test } from 'vitest';
import type { Episode, EpisodeChange } from './anomaly-episode.ts';
import { createSeriesWatch, restoreSeriesWatch } from './series-watch.ts';
import { START_MS, STEP_MS, createNormal } from './testing/random-series.ts';

const NORMAL_SAMPLES = 1200;

/** Normal samples, then a fault of twelve, then normal again; optionally stopped and restored at a sample. */
function changesOf(restoreAt?: number): EpisodeChange[] {
  const normal = createNormal(23);
  let watch = createSeriesWatch();
  const changes: EpisodeChange[] = [];
  for (let i = 0; i < NORMAL_SAMPLES + 100; i++) {
    if (i === restoreAt) watch = restoreSeriesWatch(watch.snapshot());
    const fault = i >= NORMAL_SAMPLES && i < NORMAL_SAMPLES + 12;
    const change = watch.update(START_MS + i * STEP_MS, (fault ? 9 : 1) + 0.05 * normal())?.change;
    if (change !== undefined) changes.push(change);
  }
  return changes;
}

const startOfFault = START_MS + NORMAL_SAMPLES * STEP_MS;

test('one trouble is one anomaly with a start, a peak and an end', () => {
  const about = changesOf().filter(({ episode }) => episode.lastSeenAtMs >= startOfFault);
  expect(about[0]?.kind).toBe('opened');
  expect(about.at(-1)?.kind).toBe('closed');
  expect(new Set(about.map(({ episode }) => episode.startedAtMs))).toEqual(new Set([startOfFault]));
  const last: Episode | undefined = about.at(-1)?.episode;
  expect(last?.direction).toBe('up');
  expect(last?.peakAtMs).toBeGreaterThanOrEqual(startOfFault);
  expect(last?.endedAtMs).toBeGreaterThan(startOfFault + 11 * STEP_MS);
  expect(last?.revision).toBe(about.length);
});

test.each([NORMAL_SAMPLES + 1, NORMAL_SAMPLES + 5, NORMAL_SAMPLES + 14])(
  'a watch restored at sample %i tells the same anomalies with the same numbers',
  (restoreAt) => {
    expect(changesOf(restoreAt)).toEqual(changesOf());
  },
);

test('a lasting level shift is one anomaly that ends when the new level is normal', () => {
  const normal = createNormal(29);
  const watch = createSeriesWatch();
  const changes: EpisodeChange[] = [];
  for (let i = 0; i < 4000; i++) {
    const change = watch.update(START_MS + i * STEP_MS, (i < 1500 ? 10 : 30) + normal())?.change;
    if (change !== undefined && i >= 1500) changes.push(change);
  }
  expect(changes.filter(({ kind }) => kind === 'opened').length).toBe(1);
  expect(changes.filter(({ kind }) => kind === 'closed').length).toBe(1);
});

test('observing tells the same changes as updating, and leaves the same state', () => {
  const normal = createNormal(31);
  const updated = createSeriesWatch();
  const observed = createSeriesWatch();
  let told = 0;
  for (let i = 0; i < NORMAL_SAMPLES; i++) {
    const value = 10 + normal() + (i % 300 > 290 ? 25 : 0);
    const at = START_MS + i * STEP_MS;
    const change = observed.observe(at, value);
    expect(change).toEqual(updated.update(at, value)?.change);
    if (change !== undefined) told++;
  }
  expect(told).toBeGreaterThan(2);
  expect(observed.snapshot()).toEqual(updated.snapshot());
});

test('a job of every day at the same time is no news after some days, at another time it is', () => {
  const normal = createNormal(37);
  const watch = createSeriesWatch();
  const told: number[] = [];
  for (let i = 0; i < 14 * 288; i++) {
    const ofDay = i % 288;
    const isJob = i < 13 * 288 ? ofDay >= 72 && ofDay < 75 : ofDay >= 150 && ofDay < 153;
    const change = watch.observe(START_MS + i * STEP_MS, (isJob ? 80 : 20) + normal());
    if (change?.kind === 'opened' && i >= 4 * 288) told.push(i);
  }
  // On its second sample: one far sample alone might be the noise.
  expect(told).toEqual([13 * 288 + 151]);
});
