import { expect, it } from 'vitest';
import { prometheusLabelName, prometheusMetricName } from './prometheus-names.ts';

it.each([
  ['http.server.request.duration', 's', 'other', 'http_server_request_duration_seconds'],
  ['system.network.io', 'By', 'counter', 'system_network_io_bytes_total'],
  ['system.cpu.utilization', '1', 'gauge', 'system_cpu_utilization_ratio'],
  ['requests_total', '{request}', 'counter', 'requests_total'],
  ['total.requests', '', 'counter', 'requests_total'],
  ['disk.speed', 'By/s', 'gauge', 'disk_speed_bytes_per_second'],
  ['already.in.seconds', 's', 'gauge', 'already_in_seconds'],
  ['room temperature', 'Cel', 'gauge', 'room_temperature_celsius'],
  ['5xx.share', '%', 'gauge', '_5xx_share_percent'],
  ['job:rate5m', '', 'gauge', 'job:rate5m'],
  ['温度', 'Cel', 'gauge', '温度'],
] as const)('%s in %j, a %s, is %s', (name, unit, kind, expected) => {
  expect(prometheusMetricName(name, unit, kind)).toBe(expected);
});

it.each([
  ['http.status_code', 'http_status_code'],
  ['5xx', 'key_5xx'],
  ['__proto__', 'key___proto__'],
  ['_private', '_private'],
  ['温', 'key_e6b8a9'],
])('the label %s is %s', (name, expected) => {
  expect(prometheusLabelName(name)).toBe(expected);
});
