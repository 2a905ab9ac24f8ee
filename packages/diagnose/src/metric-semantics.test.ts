import { expect, test } from 'vitest';
import { metricSemantics, secondsPerUnit, statisticKind } from './metric-semantics.ts';

test.each([
  ['availability', 'errors', 'down'],
  ['http_success_ratio', 'errors', 'down'],
  ['http_5xx_rate', 'errors', 'up'],
  ['errorCount', 'errors', 'up'],
  ['request_duration_seconds', 'latency', 'up'],
  ['carts_lat_99', 'latency', 'up'],
  ['requests', 'traffic', 'both'],
  ['cpu_utilization', 'cpu', 'up'],
  ['CPUUtilization', 'cpu', 'up'],
  ['memory_working_set_bytes', 'memory', 'up'],
  ['disk_io_time', 'disk', 'up'],
  ['consumer_lag', 'saturation', 'up'],
  ['machine_temperature', 'sensor', 'both'],
  ['blorp', 'unknown', 'both'],
] as const)('%s is read as %s, bad when %s', (metric, metricClass, bad) => {
  expect(metricSemantics(metric)).toMatchObject({ metricClass, bad });
});

test('the statistic comes from its field, its label or the name', () => {
  expect(statisticKind({ metric: 'latency', statistic: 'Average' })).toBe('mean');
  expect(statisticKind({ metric: 'latency', labels: { statistic: 'p99' } })).toBe('tail');
  expect(statisticKind({ metric: 'latency_p50' })).toBe('median');
  expect(statisticKind({ metric: 'requests', statistic: 'Sum' })).toBe('sum');
  expect(statisticKind({ metric: 'cpu' })).toBe('other');
});

test('durations are compared in seconds', () => {
  expect(secondsPerUnit('latency', 'ms')).toBe(1e-3);
  expect(secondsPerUnit('latency_us')).toBe(1e-6);
  expect(secondsPerUnit('latency', 's')).toBe(1);
  expect(secondsPerUnit('latency')).toBe(1);
});
