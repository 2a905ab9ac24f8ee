/** The answer of a reranking service as scores in the order of the texts. */

import type { Outcome } from '@heliosiq/model';

/**
 * Reads `{results: [{index, relevance_score}]}` or `[{index, score}]` in any order, for `count` texts. An answer that leaves a text
 * out, names one twice or one that was not sent, or gives it something that is no finite number, is refused whole.
 */
export function rerankScores(answer: unknown, count: number): Outcome<readonly number[]> {
  const results = Array.isArray(answer) ? answer : fieldOf(answer, 'results');
  if (!Array.isArray(results)) return { ok: false, reason: 'gave no list of results' };
  const scores = new Map<number, number>();
  for (const result of results as readonly unknown[]) {
    const index = fieldOf(result, 'index');
    const score = fieldOf(result, 'relevance_score') ?? fieldOf(result, 'score');
    if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index >= count) {
      return { ok: false, reason: 'gave a result for a text that was not sent' };
    }
    if (typeof score !== 'number' || !Number.isFinite(score)) {
      return { ok: false, reason: 'gave a score that is no number' };
    }
    if (scores.has(index)) return { ok: false, reason: 'gave two results for one text' };
    scores.set(index, score);
  }
  if (scores.size < count) return { ok: false, reason: `gave ${scores.size} scores for ${count} texts` };
  return { ok: true, value: Array.from({ length: count }, (_, index) => scores.get(index) ?? 0) };
}

function fieldOf(value: unknown, name: string): unknown {
  // The cast holds: any object can be read by string keys.
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
