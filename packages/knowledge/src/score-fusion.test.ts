import { describe, expect, it } from 'vitest';
import { fuseScores } from './score-fusion.ts';

const half = { denseShare: 0.5, hasVector: () => true };

describe('fuseScores', () => {
  it('prefers what both rankings hold, and a clear winner of one to the average of both', () => {
    const lexical = [
      { key: 'clear', score: 30 },
      { key: 'both', score: 6 },
      { key: 'words', score: 5 },
      { key: 'tail', score: 1 },
    ];
    const dense = [
      { key: 'both', score: 0.7 },
      { key: 'meaning', score: 0.69 },
      { key: 'clear', score: 0.6 },
      { key: 'tail', score: 0.2 },
    ];
    const fused = fuseScores(lexical, dense, half);
    expect(fused[0]).toMatchObject({ key: 'clear', lexical: 30, dense: 0.6 });
    expect(fused[1]).toMatchObject({ key: 'both', lexical: 6, dense: 0.7 });
    // To be missing from a ranking is worse than to be its last.
    expect(fused.at(-1)?.key).toBe('words');
    expect(fused).toHaveLength(5);
  });

  it('judges by its words alone what has no vector yet', () => {
    const lexical = [
      { key: 'fresh', score: 9 },
      { key: 'old', score: 8 },
      { key: 'last', score: 1 },
    ];
    const dense = [{ key: 'old', score: 0.5 }];
    const [first] = fuseScores(lexical, dense, { denseShare: 0.5, hasVector: (key) => key !== 'fresh' });
    expect(first?.key).toBe('fresh');
    expect(fuseScores(lexical, dense, half)[0]?.key).toBe('old');
  });

  it('orders equals by key and stands one ranking, one hit or none', () => {
    const equal = [
      { key: 'b', score: 1 },
      { key: 'a', score: 1 },
    ];
    expect(fuseScores(equal, [], half).map(({ key }) => key)).toEqual(['a', 'b']);
    expect(fuseScores([], equal, half).map(({ key }) => key)).toEqual(['a', 'b']);
    expect(fuseScores([], [], half)).toEqual([]);
    for (const { score } of fuseScores(equal.slice(1), equal, half)) expect(Number.isFinite(score)).toBe(true);
  });
});
