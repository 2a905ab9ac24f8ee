import { expect, test } from 'vitest';
import { parseDetectionSearch, rangeSince } from './detection-search.ts';

test('an address that makes sense is read, anything else in it is left out', () => {
  expect(parseDetectionSearch({ since: '7d', level: 'low', asset: 'pump' })).toEqual({
    since: '7d',
    level: 'low',
    asset: 'pump',
  });
  expect(parseDetectionSearch({ since: '9d', level: 'off', asset: '', other: 1 })).toEqual({});
});

test('a range ends now', () => {
  expect(rangeSince('1d', 86_400_001)).toEqual({ from: 1, to: 86_400_001 });
});
