/** Two rankings into one by their ranks, for engines whose scores cannot be compared. */

import type { IndexHit } from '@heliosiq/ports';

/** The constant of the paper: how little the first ranks differ. */
const RANK_OFFSET = 60;

/** Reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009). Best first; equal scores by key. */
export function fuseRanks(words: readonly IndexHit[], near: readonly IndexHit[]): IndexHit[] {
  const fused = new Map<string, IndexHit>();
  for (const [rank, hit] of words.entries()) fused.set(hit.key, { ...hit, score: 1 / (RANK_OFFSET + rank + 1) });
  for (const [rank, hit] of near.entries()) {
    const before = fused.get(hit.key);
    fused.set(hit.key, {
      ...hit,
      ...before,
      score: (before?.score ?? 0) + 1 / (RANK_OFFSET + rank + 1),
      dense: hit.score,
    });
  }
  return [...fused.values()].sort((a, b) => b.score - a.score || (a.key < b.key ? -1 : 1));
}
