import { AnomalyId, AssetId, type Anomaly, TenantId } from '@heliosiq/model';
import { contentId, seriesIdOf } from '@heliosiq/model/content-id.ts';
import { expect, test } from 'vitest';
import { noiseReport } from './noise-report.ts';

const tenantId = TenantId.parse('acme');
const hourMs = 3_600_000;

function anomaliesOf(metric: string, starts: readonly number[], change: Partial<Anomaly> = {}): Anomaly[] {
  const named = { asset: AssetId.parse('pump'), metric, labels: {} };
  return starts.map((startedAt) => ({
    ...{ id: AnomalyId.parse(contentId(metric, String(startedAt))), tenantId, revision: 1, status: 'closed' as const },
    ...{
      detector: 'series-model',
      score: 1,
      threshold: 0.999,
      value: 1,
      expected: 0,
      lower: 0,
      upper: 0,
      deviation: 1,
    },
    ...{ startedAt, peakAt: startedAt, lastSeenAt: startedAt, endedAt: startedAt + 60_000, direction: 'up' as const },
    series: { id: seriesIdOf(tenantId, named), ...named },
    baseline: { kind: 'level', from: 0, to: 0, samples: 1 },
    explanation: '',
    ...change,
  }));
}

const report = (anomalies: readonly Anomaly[], dismissed: readonly Anomaly[] = []) =>
  noiseReport(anomalies, new Set(dismissed.map(({ id }) => id)), { limit: 10, days: 7, isCut: false });

test('the loudest series comes first, with its share', () => {
  const { anomalies, series } = report([...anomaliesOf('quiet', [1]), ...anomaliesOf('loud', [1, 2, 3])]);
  expect(anomalies).toBe(4);
  expect(series.map((one) => [one.series.metric, one.anomalies, one.share])).toEqual([
    ['loud', 3, 0.75],
    ['quiet', 1, 0.25],
  ]);
});

test('the cure follows what the anomalies have in common', () => {
  const cureOf = (...args: Parameters<typeof report>): string => report(...args).series[0]?.cure ?? '';
  expect(cureOf(anomaliesOf('rare', [1]))).toContain('rare');
  const daily = anomaliesOf(
    'job',
    [0, 24, 48, 72, 96].map((hour) => hour * hourMs + 6.1 * hourMs),
  );
  expect(cureOf(daily)).toContain('06:00');
  const often = anomaliesOf(
    'jumpy',
    Array.from({ length: 20 }, (_, index) => index * 5 * hourMs),
  );
  expect(cureOf(often)).toContain('sensitivity of this series to low');
  expect(cureOf(often, often.slice(0, 12))).toContain('dismiss');
  expect(cureOf(anomaliesOf('silence', [1, 2, 3], { detector: 'silence' }))).toContain('comes and goes');
});
