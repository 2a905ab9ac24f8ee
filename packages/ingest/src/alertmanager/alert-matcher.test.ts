import { expect, test } from 'vitest';
import { parseMatcher } from './alert-matcher.ts';

const labels = { alertname: 'DiskFull', instance: 'web-1:9100', severity: 'page' };

test.each([
  ['alertname="DiskFull"', true],
  ['alertname=DiskFull', true],
  ['alertname="Disk"', false],
  ['alertname!="Disk"', true],
  ['missing=""', true],
  ['alertname=~"Disk.*"', true],
  ['alertname=~"Disk"', false],
  ['severity=~"page|critical"', true],
  ['severity=~"^(?:page|critical)$"', true],
  ['instance=~"web-.+:.*"', true],
  ['instance=~".*-1:9100"', true],
  ['instance=~"web-1:9100.+"', false],
  ['instance!~"db.*"', true],
  [String.raw`instance=~"web\\-1:.*"`, true],
])('%s: %s', (filter, isMatch) => {
  expect(parseMatcher(filter)(labels)).toBe(isMatch);
});

test.each(['', 'alertname', '="x"', 'a=~"(x+)+$"', 'a=~"[a-z]*"', 'a="x', `a="${'x'.repeat(600)}"`])(
  'refuses %s with a reason',
  (filter) => {
    expect(() => parseMatcher(filter)).toThrow(expect.objectContaining({ code: 'invalid-request' }));
  },
);

test('a pattern of many wildcards costs no more than a few passes', () => {
  const matches = parseMatcher(`a=~"${'.*a'.repeat(100)}b"`);
  expect(matches({ a: 'a'.repeat(1024) })).toBe(false);
});
