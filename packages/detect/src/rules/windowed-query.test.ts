import { expect, it } from 'vitest';
import { rateOver, sumOver } from './windowed-query.ts';

it.each([
  ['http_requests_total', 'rate(http_requests_total[1h])'],
  ['sum(a{code=~"5.."}) / sum by (job) (b)', 'sum(rate(a{code=~"5.."}[1h])) / sum by (job) (rate(b[1h]))'],
  ['sum(rate(a[5m]))', 'sum(rate(a[5m]))'],
  ['sum(rate(a[{{.window}}]))', 'sum(rate(a[1h]))'],
  ['sum(rate(a[$window]))', 'sum(rate(a[1h]))'],
  ['{__name__="a", b="c{d}"}', 'rate({__name__="a", b="c{d}"}[1h])'],
  ['max_over_time(sum(a)[1h:1m])', 'max_over_time(sum(a)[1h:1m])'],
])('%s over an hour is %s', (query, expected) => {
  expect(rateOver(query, '1h')).toBe(expected);
});

it('counts that are no counters are added up', () => {
  expect(sumOver('sum(errors)', '5m')).toBe('sum(sum_over_time(errors[5m]))');
});
