import { expect, test } from 'vitest';
import { rankCauses } from './rank-causes.ts';
import type { Detection } from './casefile.ts';
import { calls, casefileOf, FAULT_FROM_MS, service } from './testing/casefile-fixture.ts';

const MINUTE_MS = 60_000;
const edges = [calls('shop', 'search'), calls('robot', 'search'), calls('search', 'index')];
const series = [
  ...service('shop', 0.2, { faultLevel: 0.4, requests: 1000 }),
  ...service('robot', 0.2, { faultLevel: 0.23, requests: 3 }),
  ...service('search', 0.05, { faultLevel: 0.25, requests: 1000 }),
  ...service('index', 0.01, { faultLevel: 0.21, requests: 1000 }),
];

function detectionAt(asset: string, over: Partial<Detection> = {}): Detection {
  return {
    asset,
    metric: 'latency',
    labels: {},
    startedMs: FAULT_FROM_MS + 3 * MINUTE_MS,
    value: 0.25,
    expected: 0.05,
    deviation: 12,
    surpriseDecades: 6,
    excessDecades: 3,
    ...over,
  };
}

test('what a detector noticed at a caller with few requests is looked at from where users feel it', () => {
  const casefile = casefileOf({ series, edges, target: { asset: 'robot', metric: 'latency' } });
  const { hypotheses } = rankCauses({ ...casefile, detections: [detectionAt('search'), detectionAt('index')] });
  expect(hypotheses[0]).toMatchObject({ asset: 'index' });
  expect(hypotheses[0]?.evidence.find((one) => one.kind === 'topology-path')?.path).toEqual([
    'shop',
    'search',
    'index',
  ]);
});

test("people's complaint is taken as it is", () => {
  const { hypotheses } = rankCauses(casefileOf({ series, edges, target: { asset: 'robot', metric: 'latency' } }));
  expect(hypotheses[0]?.evidence.find((one) => one.kind === 'topology-path')?.path?.[0]).toBe('robot');
});

test('a reading that is usual for the past but not for the hour counts by the word of the detector', () => {
  const sensor = { asset: 'cooler', metric: 'temperature', level: 70, faultLevel: 71, noise: 0.1 };
  const casefile = casefileOf({ series: [sensor], target: { asset: 'cooler', metric: 'temperature' } });
  expect(rankCauses(casefile).verdict).not.toBe('fault');
  const seen = detectionAt('cooler', { metric: 'temperature', value: 90, expected: 70, surpriseDecades: 7 });
  const { verdict, hypotheses } = rankCauses({ ...casefile, detections: [seen] });
  expect(verdict).toBe('fault');
  expect(hypotheses[0]?.evidence[0]?.numbers).toMatchObject({ before: 70, after: 90 });
});

test('what went the harmless way, or is unusual in its pattern alone, adds nothing', () => {
  const quiet = casefileOf({ series: service('shop', 0.2), target: { asset: 'shop', metric: 'latency' } });
  const fell = detectionAt('shop', { labels: {}, value: 0.1, expected: 0.2, deviation: -9 });
  const flat = detectionAt('shop', { value: 0.2, expected: 0.2, deviation: 0 });
  expect(rankCauses({ ...quiet, detections: [fell, flat] })).toEqual(rankCauses(quiet));
});
