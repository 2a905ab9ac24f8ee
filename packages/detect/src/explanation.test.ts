import { measureWords } from '@heliosiq/model/measure-words.ts';
import { describe, expect, test } from 'vitest';
import { explain } from './explanation.ts';
import { causeNames } from './series-features.ts';

const hour = 3_600_000;
const numbers = {
  value: 1.058_44,
  expected: 0.469_04,
  lower: 0.3,
  upper: 0.610_004,
  deviation: 44.123,
  baseline: { kind: 'level', fromMs: 0, toMs: 24 * hour, samples: 288 },
  cause: { feature: 'level', size: 1.1 },
} as const;

test('a value outside its band is told with its ratio, band and baseline', () => {
  const told = explain({ metric: 'latency', labels: { statistic: 'p99' }, asset: 'PetSite', unit: 's' }, numbers);
  expect(told.sentence).toBe(
    'p99 latency of PetSite is 1.058 s, 2.26 times its usual 469 ms (expected 300 to 610 ms from the last 24 hours).',
  );
  expect(told).toMatchObject({ value: 1.058, expected: 0.469, lower: 0.3, upper: 0.61, deviation: 44.1 });
});

test('units are written as people write them', () => {
  const device = { ...numbers, value: 93.4, expected: 84.65, lower: 80, upper: 95 };
  const cause = { feature: 'course', size: 8.75 } as const;
  expect(explain({ metric: 'temperature', asset: 'press', unit: '[degF]' }, { ...device, cause }).sentence).toBe(
    'temperature of press has moved 8.75 °F above where it was, over some forty samples; ' +
      'it is 93.4 °F, usually 84.65 °F (expected 80 to 95 °F from the last 24 hours).',
  );
});

test.each([
  [{ statistic: 'Average' }, 'average load of a '],
  [{ quantile: '0.99' }, 'p99 load of a '],
  [{ statistic: 'Sum', core: '3' }, 'total load (core 3) of a '],
  [{ path: '/"x"\n' }, "load (path /'x' ) of a "],
])('the labels %j are words before or behind the metric', (labels, words) => {
  const { sentence } = explain({ metric: 'load', labels, asset: 'a' }, numbers);
  expect(sentence.startsWith(words)).toBe(true);
  expect(sentence).not.toMatch(/["\n]/);
});

describe.each(['s', 'By', '[degF]', '{request}', undefined])('in the unit %s', (unit) => {
  test.each(causeNames)('the sentence for the cause %s quotes exactly the numbers that are returned', (feature) => {
    for (const value of [1.058_44, 0.5]) {
      const told = explain({ metric: 'load', asset: 'a', unit }, { ...numbers, value, cause: { feature, size: -2.5 } });
      // Rounding twice changes nothing: the returned number is the one that is written.
      for (const number of [told.value, told.expected])
        expect(told.sentence).toContain(measureWords(number, unit).text);
      const band = measureWords(told.lower, unit, told.upper).text.split(' ')[0];
      expect(told.sentence).toContain(`expected ${band} to ${measureWords(told.upper, unit, told.upper).text} from`);
      expect(told.sentence).toMatch(/^load of a [^"\n]*\.$/);
    }
  });
});
