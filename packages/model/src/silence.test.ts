import { describe, expect, test } from 'vitest';
import { anchoredPattern } from './anchored-pattern.ts';
import { Incident } from './incident.ts';
import { isSilencedBy, Silence, SilenceMatcher } from './silence.ts';

const incident = Incident.parse({
  id: '0199aaaa-0000-7000-8000-000000000001',
  tenantId: 'acme',
  revision: 1,
  title: 'web is slow',
  status: 'open',
  severity: 'high',
  fingerprint: 'f',
  startedAt: 0,
  openedAt: 0,
  updatedAt: 0,
  lastSeenAt: 0,
  reopenedCount: 0,
  assets: ['web', 'cart'],
  anomalyIds: [],
  alertFingerprints: [],
  occurrences: 1,
  traits: ['cluster=eu-1', 'service=shop', 'service=cart'],
});

function silenceOf(...matchers: readonly (readonly [string, '=' | '!=' | '=~' | '!~', string])[]): Silence {
  return Silence.parse({
    id: '0199aaaa-0000-7000-8000-000000000009',
    kind: 'silence',
    matchers: matchers.map(([name, operator, value]) => ({ name, operator, value })),
    startsAt: 10,
    endsAt: 20,
    author: 'key:ops',
    reason: 'known',
    createdAt: 5,
  });
}

describe('a silence', () => {
  test.each([
    [[['asset', '=', 'cart']], true],
    [[['asset', '=', 'db']], false],
    [[['asset', '!=', 'cart']], false],
    [[['cluster', '=~', 'eu-.*']], true],
    [[['cluster', '=~', 'eu']], false],
    [[['cluster', '!~', 'us-.*|ap-.*']], true],
    [[['owner', '=', '']], true],
    [
      [
        ['severity', '=', 'high'],
        ['service', '=', 'shop'],
      ],
      true,
    ],
    [
      [
        ['severity', '=', 'low'],
        ['service', '=', 'shop'],
      ],
      false,
    ],
  ] as const)('with %j holds: %s', (matchers, isSilenced) => {
    expect(isSilencedBy(incident, silenceOf(...matchers), 15)).toBe(isSilenced);
  });

  test('silences from its start until before its end, and no longer than until somebody ended it', () => {
    const silence = silenceOf(['asset', '=', 'web']);
    expect([9, 10, 19, 20].map((at) => isSilencedBy(incident, silence, at))).toEqual([false, true, true, false]);
    expect(isSilencedBy(incident, { ...silence, endedAt: 12 }, 12)).toBe(false);
  });

  test('of a pattern that cannot be read is refused with the reason', () => {
    expect(SilenceMatcher.safeParse({ name: 'asset', operator: '=~', value: '(a+)+' }).success).toBe(false);
    expect(SilenceMatcher.safeParse({ name: 'asset', operator: '=', value: '(a+)+' }).success).toBe(true);
  });
});

describe('an anchored pattern', () => {
  test.each([
    ['web-.*', 'web-1', true],
    ['web-.*', 'a web-1', false],
    ['web-\\d+', 'web-', false],
    ['web-\\d+', 'web-12', true],
    ['a?b', 'b', true],
    ['[a-c]+', 'abcabc', true],
    ['[^a-c]', 'a', false],
    ['a|b|', '', true],
    ['host\\.lan', 'hostxlan', false],
    ['.+', '', false],
    ['', '', true],
  ])('%s against %s: %s', (source, text, isMatched) => {
    expect(anchoredPattern(source).matches(text)).toBe(isMatched);
    // The same pattern in the language's own engine.
    expect(new RegExp(`^(?:${source})$`, 'su').test(text)).toBe(isMatched);
  });

  test('answers a pattern that makes other engines go on for ever', () => {
    expect(anchoredPattern(`${'a*'.repeat(200)}b`).matches('a'.repeat(1000))).toBe(false);
  });
});
