import { AnomalyId, AssetId, type Anomaly, type SeriesRef, TenantId, type Tuning } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { describe, expect, test } from 'vitest';
import { createTuningRules, thresholdOf } from './tuning-rules.ts';

const tenantId = TenantId.parse('acme');

function seriesOf(asset: string, metric: string): SeriesRef {
  const named = { asset: AssetId.parse(asset), metric, labels: {} };
  return { id: seriesIdOf(tenantId, named), ...named };
}

function anomalyOf(change: Partial<Anomaly> = {}): Anomaly {
  return {
    ...{ id: AnomalyId.parse('a'.repeat(32)), tenantId, revision: 1, status: 'open', detector: 'series-model' },
    ...{ startedAt: 1000, peakAt: 1000, lastSeenAt: 1000, score: 0.9999, threshold: 0.9994 },
    ...{ value: 9, expected: 5, lower: 4, upper: 6, deviation: 8, direction: 'up', explanation: 'It is 9.' },
    series: seriesOf('pump-1', 'flow'),
    baseline: { kind: 'level', from: 0, to: 1000, samples: 100 },
    ...change,
  };
}

const stamp = { createdAt: 1, createdBy: 'key:1' } as const;
const sensitivity = (id: string, of: Partial<Extract<Tuning, { kind: 'sensitivity' }>>): Tuning => ({
  ...stamp,
  ...{ kind: 'sensitivity', id, level: 'normal' },
  ...of,
});

test('without tunings everything is told at the shipped threshold', () => {
  const rules = createTuningRules([]);
  expect(rules.levelOf(seriesOf('pump-1', 'flow'))).toBe('normal');
  expect(rules.mutedBy(anomalyOf())).toBeUndefined();
  expect(thresholdOf('normal', 0.9994)).toBe(0.9994);
});

test('a level moves the threshold by decades, in both directions', () => {
  expect(thresholdOf('low', 0.999)).toBeGreaterThan(0.9999);
  expect(thresholdOf('high', 0.999)).toBeLessThan(0.999);
  expect(thresholdOf('lowest', 0.999)).toBeCloseTo(0.999999, 9);
});

test('the most specific sensitivity wins, and of equal ones the newest', () => {
  const rules = createTuningRules([
    sensitivity('newest', { asset: 'pump-*', level: 'high' }),
    sensitivity('older', { asset: 'pump-*', level: 'low' }),
    sensitivity('all', { level: 'lowest' }),
    sensitivity('metric', { metric: '*_bytes', level: 'off' }),
    sensitivity('one', { seriesId: seriesOf('pump-1', 'heat').id, level: 'highest' }),
  ]);
  expect(rules.levelOf(seriesOf('pump-2', 'flow'))).toBe('high');
  expect(rules.levelOf(seriesOf('pump-1', 'heat'))).toBe('highest');
  expect(rules.levelOf(seriesOf('db', 'disk_bytes'))).toBe('off');
  expect(rules.levelOf(seriesOf('db', 'flow'))).toBe('lowest');
});

test('what is off is muted, and the end of a pattern must fit as well as its beginning', () => {
  const rules = createTuningRules([sensitivity('off', { asset: 'a*b*c', level: 'off' })]);
  const isMuted = (asset: string): boolean =>
    rules.mutedBy(anomalyOf({ series: seriesOf(asset, 'flow') })) !== undefined;
  expect(['abc', 'a--b--c', 'aXbXXc'].map(isMuted)).toEqual([true, true, true]);
  expect(['ab', 'abcd', 'acb', 'xabc'].map(isMuted)).toEqual([false, false, false, false]);
});

describe('a dismissal', () => {
  const dismissal: Tuning = {
    ...stamp,
    ...{ kind: 'dismissal', id: 'd', anomalyId: anomalyOf().id, seriesId: anomalyOf().series.id },
    ...{ asset: 'pump-1', metric: 'flow', detector: 'series-model', direction: 'up', deviationMax: 9.6 },
  };
  const rules = createTuningRules([dismissal]);

  test('mutes what looks like it', () => {
    expect(rules.mutedBy(anomalyOf())).toBe(dismissal);
    expect(rules.mutedBy(anomalyOf({ deviation: 9 }))).toBe(dismissal);
  });

  test.each<[string, Partial<Anomaly>]>([
    ['goes the other way', { direction: 'down', deviation: -8 }],
    ['is clearly farther off', { deviation: 12 }],
    ['is of another series', { series: seriesOf('pump-2', 'flow') }],
    ['was found by another detector', { detector: 'missed-job' }],
  ])('says nothing of what %s', (_, change) => {
    expect(rules.mutedBy(anomalyOf(change))).toBeUndefined();
  });
});

test('on a holiday only what leaves the usual range of the whole week is told', () => {
  const holiday: Tuning = {
    ...stamp,
    kind: 'holiday',
    id: 'h',
    title: 'Day off',
    date: '1970-01-01',
    from: 0,
    to: 86_400_000,
  };
  const rules = createTuningRules([holiday]);
  const usual = { lowest: 2, highest: 10 };
  expect(rules.mutedBy(anomalyOf({ value: 3, direction: 'down' }), usual)).toBe(holiday);
  expect(rules.mutedBy(anomalyOf({ value: 0, direction: 'down' }), usual)).toBeUndefined();
  expect(rules.mutedBy(anomalyOf({ value: 3, peakAt: 86_400_000 }), usual)).toBeUndefined();
  expect(rules.mutedBy(anomalyOf({ detector: 'missed-job' }))).toBe(holiday);
  expect(rules.mutedBy(anomalyOf({ detector: 'silence' }))).toBeUndefined();
});
