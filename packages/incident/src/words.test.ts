import { describe, expect, test } from 'vitest';
import { anomalyTitle } from './incident-title.ts';
import { metricFamily, quantityOf } from './metric-family.ts';
import { anomaly } from './testing/recorded.ts';
import { numberWords, valueWords } from './value-words.ts';

describe('words', () => {
  test('both values of a title are in one readable unit', () => {
    expect(valueWords(1.2, 0.1, 's')).toEqual({ seen: '1.2 s', expected: '0.1 s' });
    expect(valueWords(0.042, 0.0071, 's')).toEqual({ seen: '42 ms', expected: '7.1 ms' });
    expect(valueWords(3 * 2 ** 30, 2 ** 29, 'By')).toEqual({ seen: '3 GiB', expected: '0.5 GiB' });
    expect(valueWords(107.25, 85, 'Cel')).toEqual({ seen: '107 °C', expected: '85 °C' });
    expect(valueWords(4, 0, undefined)).toEqual({ seen: '4', expected: '0' });
  });

  test('numbers are short at any size', () => {
    expect([0, 0.12345, 12.345, 1234.5, 1e-7, 5e12].map(numberWords)).toEqual([
      '0',
      '0.12',
      '12.3',
      '1235',
      '1.0e-7',
      '5.0e+12',
    ]);
  });

  test('a title counts the other assets', () => {
    const one = anomaly({ asset: 'web', metric: 'latency_p99', atMinute: 0, unit: 's' });
    expect(anomalyTitle(one, 1)).toBe('web latency is high (150 ms, usually 100 ms)');
    expect(anomalyTitle(one, 2)).toBe('web latency is high (150 ms, usually 100 ms) and 1 more asset affected');
    expect(
      anomalyTitle(
        anomaly({ asset: 'web', metric: 'availability', direction: 'down', value: 40, expected: 100, atMinute: 0 }),
        5,
      ),
    ).toBe('web availability is low (40, usually 100) and 4 more assets affected');
  });

  test('a title of silence says who sends nothing, and when it is everybody', () => {
    const said = (labels: Readonly<Record<string, string>>, assets: number): string =>
      anomalyTitle(
        {
          ...anomaly({ asset: 'buoy', metric: 'silence', labels, atMinute: 0, unit: 's', value: 300, expected: 60 }),
          detector: 'silence',
        },
        assets,
      );
    expect(said({}, 1)).toBe('buoy sends nothing any more (usually every 60 s)');
    expect(said({}, 3)).toBe('buoy sends nothing any more (usually every 60 s) and 2 more assets affected');
    expect(said({ metric: 'level' }, 1)).toBe('level of buoy sends nothing any more (usually every 60 s)');
    expect(said({ scope: 'tenant' }, 1)).toContain('Nothing comes from anyone');
  });

  test('a title of a forecast says what is used up, and in what time', () => {
    const metric = 'time until disk_used_percent is used up';
    const said = (value: number): string =>
      anomalyTitle({ ...anomaly({ asset: 'db', metric, atMinute: 0, unit: 's', value }), detector: 'forecast' }, 1);
    expect(said(60)).toBe('db disk used percent is used up in about 1 minute');
    expect(said(9000)).toBe('db disk used percent is used up in about 3 hours');
    expect(said(200_000)).toBe('db disk used percent is used up in about 2 days');
  });

  test('a metric name tells its family and its quantity', () => {
    const families = [
      'http_request_duration_seconds',
      'errorRate',
      'requests',
      'cpu_percent',
      'queue_depth',
      'temperature',
      'x',
    ];
    expect(families.map((metric) => metricFamily(metric).family)).toEqual([
      'latency',
      'errors',
      'traffic',
      'resource',
      'saturation',
      'sensor',
      'other',
    ]);
    expect(['latency_p99', 'latency.avg', 'latency', 'p99'].map(quantityOf)).toEqual([
      'latency',
      'latency',
      'latency',
      'p99',
    ]);
  });
});
