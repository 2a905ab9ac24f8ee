import { describe, expect, it } from 'vitest';
import { parseExpression } from './expression.ts';

describe('parseExpression', () => {
  it.each([
    [
      'up',
      { kind: 'instant', selector: { matchers: [{ name: '__name__', operator: '=', value: 'up' }], offsetMs: 0 } },
    ],
    [
      '{__name__="x",a!="b",c=~`d|e`,f!~\'g\\n\'}',
      {
        kind: 'instant',
        selector: {
          matchers: [
            { name: '__name__', operator: '=', value: 'x' },
            { name: 'a', operator: '!=', value: 'b' },
            { name: 'c', operator: '=~', value: 'd|e' },
            { name: 'f', operator: '!~', value: 'g\n' },
          ],
        },
      },
    ],
    [
      '{"http.requests", "k8s.pod"="\\u0061\\x62\\143\\"\\\\"}',
      {
        kind: 'instant',
        selector: {
          matchers: [
            { name: '__name__', operator: '=', value: 'http.requests' },
            { name: 'k8s.pod', operator: '=', value: 'abc"\\' },
          ],
        },
      },
    ],
    ['up[1h30m] offset 5m', { kind: 'range', rangeMs: 5_400_000, selector: { offsetMs: 300_000 } }],
    ['(up offset -1w)', { kind: 'instant', selector: { offsetMs: -604_800_000 } }],
    ['up[15000ms]', { kind: 'range', rangeMs: 15_000 }],
    ['up[90]', { kind: 'range', rangeMs: 90_000 }],
    [
      'count_over_time({__name__="x"}[2s] offset 1y)',
      { kind: 'over-time', name: 'count_over_time', rangeMs: 2000, selector: { offsetMs: 31_536_000_000 } },
    ],
  ])('reads %s', (query, expected) => {
    expect(parseExpression(query)).toMatchObject(expected);
  });

  it.each([
    ['', /empty/],
    ['up{', /no PromQL/],
    ['up{a="b"', /no PromQL/],
    ['sum(up)', /Not supported: aggregation/],
    ['rate(up[5m])', /Not supported: the function rate\(\)/],
    ['up + 1', /Not supported: arithmetic/],
    ['-up', /Not supported: a sign/],
    ['up[5m:1m]', /Not supported: subqueries/],
    ['up @ 12', /Not supported: the @ modifier/],
    ['1', /Not supported: numbers/],
    ['"a"', /Not supported: texts/],
    ['count_over_time(up)', /range selector/],
    ['up[0s]', /above zero/],
    ['up{a="\\q"}', /escape/],
    ['x'.repeat(100_001), /more than/],
  ])('refuses %s with what is wrong', (query, message) => {
    expect(() => parseExpression(query)).toThrow(
      expect.objectContaining({ code: 'invalid-request', message: expect.stringMatching(message), field: 'query' }),
    );
  });
});
