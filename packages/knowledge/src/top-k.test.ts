import { describe, expect, it } from 'vitest';
import { createTopK } from './top-k.ts';

const ascending = (a: number, b: number): number => a - b;

describe('createTopK', () => {
  it('keeps what a full sort would keep, for many sizes and with ties', () => {
    for (let k = 0; k <= 20; k++) {
      const scores = Array.from({ length: 50 }, (_, item) => (item * 7919) % 13);
      const topK = createTopK(k, ascending);
      for (const [item, score] of scores.entries()) topK.offer(item, score);
      const sorted = scores
        .map((score, item) => ({ item, score }))
        .sort((a, b) => b.score - a.score || a.item - b.item);
      expect(topK.take()).toEqual(sorted.slice(0, k));
    }
  });

  it('does not depend on the order of offers', () => {
    const forward = createTopK(3, ascending);
    const backward = createTopK(3, ascending);
    for (let item = 0; item < 10; item++) forward.offer(item, 1);
    for (let item = 9; item >= 0; item--) backward.offer(item, 1);
    expect(forward.take()).toEqual(backward.take());
  });
});
