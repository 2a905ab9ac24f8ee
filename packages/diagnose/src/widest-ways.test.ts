import { expect, test } from 'vitest';
import { widestWays } from './widest-ways.ts';

const steps: Record<string, { to: string; width: number }[]> = {
  a: [
    { to: 'b', width: 0.3 },
    { to: 'c', width: 0.9 },
  ],
  c: [
    { to: 'b', width: 0.8 },
    { to: 'a', width: 1 },
  ],
  b: [{ to: 'd', width: 0.5 }],
};

test('the widest way is taken even when it is longer, and a ring ends', () => {
  const ways = widestWays('a', (asset) => steps[asset] ?? []);
  expect(ways.wayTo('d')).toEqual(['a', 'c', 'b', 'd']);
  expect(ways.widthTo('b')).toBe(0.8);
  expect(ways.widthTo('d')).toBe(0.5);
});

test('what cannot be reached has no way', () => {
  const ways = widestWays('d', (asset) => steps[asset] ?? []);
  expect(ways.widthTo('a')).toBeUndefined();
  expect(ways.wayTo('a')).toEqual([]);
});
