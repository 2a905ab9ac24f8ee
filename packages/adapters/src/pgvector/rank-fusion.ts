/** Two rankings into one by their ranks, for engines whose scores cannot be compared. */

import type { IndexHit } from '@heliosiq/ports';

interface Ranked {
  readonly key: string;
  readonly score: number;
}

/** The constant of the paper: how little the first ranks differ. */
const RANK_OFFSET = 60;

/** Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009). Best first; equal scores by key. */
export function fuseRanks(words: readonly Ranked[], near: readonly Ranked[]): IndexHit[] {
  const fused = new Map<string, { score: number; lexical?: number; dense?: number }>();
  for (const [rank, { key, score }] of words.entries()) {
    fused.set(key, { score: 1 / (RANK_OFFSET + rank + 1), lexical: score });
  }
  for (const [rank, { key, score }] of near.entries()) {
    const before = fused.get(key);
    fused.set(key, { ...before, score: (before?.score ?? 0) + 1 / (RANK_OFFSET + rank + 1), dense: score });
  }
  return [...fused]
    .map(([key, hit]) => ({ key, ...hit }))
    .sort((a, b) => b.score - a.score || (a.key < b.key ? -1 : 1));
}
