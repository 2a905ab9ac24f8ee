import { expect, test } from 'vitest';
import { nearestChange } from './change-proximity.ts';

const onset = { atMs: 10_000_000, slackMs: 60_000 };
const change = (id: string, atMs: number, asset = 'a') => ({ id, asset, atMs, kind: 'deploy', title: id });

test('the change nearest before the onset wins, and proximity halves every twenty minutes', () => {
  const found = nearestChange(
    [change('old', onset.atMs - 2_400_000), change('near', onset.atMs - 1_200_000)],
    'a',
    onset,
  );
  expect(found?.change.id).toBe('near');
  expect(found?.proximity).toBeCloseTo(0.5, 6);
});

test('a change within one sampling interval after the onset still counts, a later one does not', () => {
  expect(nearestChange([change('c', onset.atMs + 60_000)], 'a', onset)?.proximity).toBe(1);
  expect(nearestChange([change('c', onset.atMs + 61_000)], 'a', onset)).toBeUndefined();
});

test('changes of other assets and of long ago do not count', () => {
  expect(
    nearestChange([change('c', onset.atMs, 'b'), change('d', onset.atMs - 7 * 3_600_000)], 'a', onset),
  ).toBeUndefined();
});
