import { expect, test } from 'vitest';
import type { SeriesWindow } from './casefile.ts';
import type { SeriesChange } from './change-strength.ts';
import { metricSemantics } from './metric-semantics.ts';
import { changeSentence, oneLine, seriesText, spreadText } from './sentences.ts';

const none = { timesMs: new Float64Array(), values: new Float64Array() };

function seriesNamed(over: Partial<SeriesWindow>): SeriesWindow {
  return { asset: 'search', metric: 'latency', baseline: none, fault: none, ...over };
}

function changeOf(over: Partial<SeriesChange>): SeriesChange {
  const series = over.series ?? seriesNamed({ labels: { statistic: 'p99' }, unit: 's' });
  return {
    series,
    semantics: metricSemantics(series.metric),
    before: 0.0488,
    after: 1.02,
    deviation: 24.8,
    severity: 24.8,
    onsetMs: null,
    baselineCount: 100,
    vanished: false,
    appeared: false,
    reference: 0.0488,
    ...over,
  };
}

test('a change reads as a sentence with its statistic, its units and how unusual it is', () => {
  expect(changeSentence('search', changeOf({}))).toBe(
    'p99 latency of search rose from 48.8 ms to 1.02 s (25 times its usual spread).',
  );
  const fell = changeOf({
    series: seriesNamed({ metric: 'availability', statistic: 'Average', unit: '%' }),
    before: 99.96,
    after: 91.7,
    deviation: -8.31,
  });
  expect(changeSentence('search', fell)).toBe(
    'Average availability of search fell from 100% to 91.7% (8.3 times its usual spread).',
  );
});

test.each([
  [{ statistic: 'Average' }, 'average latency'],
  [{ quantile: '0.99' }, 'p99 latency'],
  [{ quantile: '0.5' }, 'median latency'],
  [{ stat: 'Maximum' }, 'highest latency'],
  [{ statistic: 'Sum' }, 'latency'],
  [{ statistic: 'p95', route: '/pets', code: '200' }, 'p95 latency (code 200, route /pets)'],
])('labels %j make the name %s', (labels, name) => {
  expect(seriesText(seriesNamed({ labels }))).toBe(name);
});

test("a metric's name becomes words and loses the unit at its end", () => {
  expect(seriesText(seriesNamed({ metric: 'http_request_duration_seconds' }))).toBe('http request duration');
});

test('what fell silent or appeared is told as that', () => {
  expect(changeSentence('search', changeOf({ vanished: true }))).toBe('p99 latency of search fell silent.');
  expect(changeSentence('search', changeOf({ appeared: true }))).toBe(
    'p99 latency of search appeared, at 1.02 s; it was never seen before.',
  );
});

test('a deviation at its cap is told as more than that', () => {
  expect([60, -60, 9.96, 3.14].map(spreadText)).toEqual([
    'over 60 times its usual spread',
    'over 60 times its usual spread',
    '10 times its usual spread',
    '3.1 times its usual spread',
  ]);
});

test('text from outside stays on one line and without double quotes', () => {
  expect(oneLine('say "yes"\n  twice ')).toBe("say 'yes' twice");
  expect(changeSentence('search', changeOf({ series: seriesNamed({ labels: { note: 'a"b\nc' } }) }))).not.toMatch(
    /["\n]/,
  );
});
