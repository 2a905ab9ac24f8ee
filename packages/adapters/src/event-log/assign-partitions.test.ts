import { expect, test } from 'vitest';
import { partitionsOf } from './assign-partitions.ts';

test('every partition belongs to exactly one member, in shares that differ by one at most, whoever computes it', () => {
  for (let count = 1; count <= 6; count += 1) {
    const members = Array.from({ length: count }, (_, index) => ({ memberId: `m${index}`, joinedAt: index % 2 }));
    const shares = members.map(({ memberId }) => partitionsOf(memberId, members.toReversed(), 4));
    expect(shares.flat().toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3]);
    const sizes = shares.map((share) => share.length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    expect(shares).toEqual(members.map(({ memberId }) => partitionsOf(memberId, members, 4)));
  }
});

test('one who is no member owns nothing', () => {
  expect(partitionsOf('stranger', [{ memberId: 'm', joinedAt: 0 }], 4)).toEqual([]);
});
