import { AssetId, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { expect, test } from 'vitest';
import { START_MS, STEP_MS, createNormal, createRandom } from '../testing/random-series.ts';
import { anomalyEventOfStuck } from './anomaly-of-stuck.ts';
import { stuckDefaults } from './stuck-settings.ts';
import { createStuckTable } from './stuck-table.ts';
import { type StuckChange, createStuckWatch } from './stuck-watch.ts';

const daySamples = 288;
const stuckFrom = 5 * daySamples;
const movesFrom = stuckFrom + 100;

/** What is told of one series of so many samples; `restartEvery` goes on from the bytes alone every so often. */
function toldOf(valueAt: (i: number) => number, samples = 8 * daySamples, restartEvery = Number.POSITIVE_INFINITY) {
  let table = createStuckTable();
  let watch = createStuckWatch(table, stuckDefaults);
  table.add(7);
  const told: StuckChange[] = [];
  for (let i = 0; i < samples; i += 1) {
    if (i % restartEvery === restartEvery - 1) {
      const bytes = table.pack(0);
      table = createStuckTable();
      // As a store hands bytes out: a view of a larger block, at any offset.
      table.append(Buffer.concat([Buffer.of(7), bytes]).subarray(1));
      watch = createStuckWatch(table, stuckDefaults);
    }
    const change = watch.observe(table.find(7), START_MS + i * STEP_MS, valueAt(i));
    if (change !== undefined) told.push(change);
  }
  return told;
}

/** A value that moves about its level, and is stuck for a while. */
function sensor(seed: number, decimals = 2): (i: number) => number {
  const normal = createNormal(seed);
  let last = 0;
  return (i) => {
    const next = Number((20 + 5 * normal()).toFixed(decimals));
    if (i <= stuckFrom || i >= movesFrom) last = next;
    return last;
  };
}

test('a lively value that stands still is one anomaly, which ends when it moves', () => {
  const told = toldOf(sensor(3));
  expect(told.map(({ kind }) => kind)).toEqual(['opened', 'closed']);
  const [opened, closed] = told;
  expect(opened).toMatchObject({ ref: 7, startedAt: START_MS + stuckFrom * STEP_MS, repeats: 30 });
  expect(closed).toMatchObject({
    startedAt: opened?.startedAt,
    endedAt: START_MS + movesFrom * STEP_MS,
    repeats: 99,
  });
});

test('whole numbers that often repeat by chance need a longer run, and are told as well', () => {
  const told = toldOf(sensor(5, 0));
  expect(told.map(({ kind }) => kind)).toEqual(['opened', 'closed']);
  expect(told[0]?.repeats).toBeGreaterThanOrEqual(30);
});

test('a second time it is how the series is', () => {
  const normal = createNormal(9);
  let last = 0;
  const told = toldOf((i) => {
    const next = 20 + normal();
    if (i < stuckFrom || i % 250 > 60) last = next;
    return last;
  }, 14 * daySamples);
  expect(told.filter(({ kind }) => kind === 'opened').length).toBeLessThanOrEqual(2);
});

const quiet: Record<string, (seed: number) => (i: number) => number> = {
  'two values': (seed) => {
    const random = createRandom(seed);
    return () => (random() < 0.1 ? 1 : 0);
  },
  'a constant': () => () => 42,
  'a sparse series': (seed) => {
    const random = createRandom(seed);
    return () => (random() < 0.05 ? 10 * random() : 0);
  },
  'a counter that rests': (seed) => {
    const random = createRandom(seed);
    let count = 0;
    return (i) => (count += i > stuckFrom && i < movesFrom ? 0 : Math.ceil(10 * random()));
  },
  'a load that is idle at nothing': (seed) => {
    const random = createRandom(seed);
    return (i) => (i > stuckFrom && i < movesFrom ? 0 : 1 + 10 * random());
  },
  'a share that is at its ceiling': (seed) => {
    const random = createRandom(seed);
    return (i) => (i > stuckFrom && i < movesFrom ? 100 : Math.min(100, 70 + 40 * random()));
  },
  'a set point that is held every night': (seed) => {
    const normal = createNormal(seed);
    return (i) => (i % daySamples < 100 ? 18 : 21 + normal());
  },
  'small whole numbers': (seed) => {
    const random = createRandom(seed);
    return () => Math.floor(3 * random());
  },
};

test.each(Object.entries(quiet))('nothing is told of %s', (_, make) => {
  expect(toldOf(make(11), 20 * daySamples)).toEqual([]);
});

test('goes on from its bytes, also in the middle of a run', () => {
  expect(toldOf(sensor(3), 8 * daySamples, 7)).toEqual(toldOf(sensor(3)));
});

test('redelivered and late samples change nothing', () => {
  const table = createStuckTable();
  const watch = createStuckWatch(table, stuckDefaults);
  const record = table.add(1);
  const value = sensor(3);
  const values = Array.from({ length: 7 * daySamples }, (_, i) => value(i));
  let told = 0;
  for (const [i, one] of values.entries()) {
    for (const at of [i, i, Math.max(0, i - 3)]) {
      if (watch.observe(record, START_MS + at * STEP_MS, at === i ? one : 99) !== undefined) told += 1;
    }
  }
  expect(told).toBe(2);
});

test('the sentence quotes the numbers of the fields', () => {
  const tenantId = TenantId.parse('acme');
  const named = { asset: AssetId.parse('pump-3'), metric: 'temperature', labels: {}, unit: 'Cel' };
  const series = { id: seriesIdOf(tenantId, named), ...named };
  const [opened] = toldOf(sensor(3)).map((change) => anomalyEventOfStuck(tenantId, change, series).anomaly);
  expect(opened?.explanation).toContain(`exactly ${opened?.value}`);
  expect(opened?.explanation).toContain('31 samples in a row');
  expect(opened?.explanation).toContain(`between ${opened?.lower}`);
  expect(opened).toMatchObject({ detector: 'stuck-sensor', status: 'open', revision: 1 });
  expect(opened?.score).toBeGreaterThan(opened?.threshold ?? 1);
});
