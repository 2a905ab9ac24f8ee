import { expect, test } from 'vitest';
import { explain } from './explanation.ts';
import { causeNames } from './series-features.ts';

const hour = 3_600_000;
const numbers = {
  value: 1.213_456,
  expected: 0.106_04,
  lower: 0.09,
  upper: 0.130_004,
  deviation: 44.123,
  baseline: { kind: 'level', fromMs: 0, toMs: 24 * hour, samples: 288 },
  cause: { feature: 'level', size: 1.1 },
} as const;

test('a value outside its band is told with its ratio, band and baseline', () => {
  const told = explain({ metric: 'latency', asset: 'PetSite', unit: 's' }, numbers);
  expect(told.sentence).toBe(
    'latency of PetSite is 1.213 s, 11.4 times its usual 0.106 s (expected 0.09 to 0.13 s from the last 24 hours).',
  );
});

test.each(causeNames)('the sentence for the cause %s quotes exactly the numbers that are returned', (feature) => {
  for (const value of [1.213_456, 0.1]) {
    const told = explain({ metric: 'load', asset: 'a' }, { ...numbers, value, cause: { feature, size: -2.5 } });
    for (const number of [told.value, told.expected, told.lower, told.upper]) {
      expect(told.sentence.split(/[\s,;()]+/)).toContain(String(number));
    }
    expect(told.sentence).toMatch(/^load of a .*\.$/);
  }
});
