/** The sentences of a passage that matter for a question, so that a reader or a prompt need not have all of it. */

import type { Span } from '@heliosiq/model';
import type { RelevantSentence } from '@heliosiq/ports';
import { analyse } from './analyser.ts';
import { textUnits } from './text-units.ts';

/** A passage as it is compressed. */
export interface SentenceSource {
  readonly text: string;
  /** Where the passage begins and ends in its document. */
  readonly span: Span;
  /** Title and headings: what a sentence need not repeat. */
  readonly headings: readonly string[];
}

/** What a term counts that stands above a sentence and not in it. */
const HEADING_SHARE = 0.5;

/**
 * The sentences, list items, rows and lines of code that share most with a question, at most `limit`, in the passage's
 * order. `weights` are the question's terms with their weights by rarity. A sentence that shares none counts by the headings
 * above it, and is left out where these share none either.
 */
export function relevantSentences(
  { text, span, headings }: SentenceSource,
  weights: ReadonlyMap<string, number>,
  limit: number,
): readonly RelevantSentence[] {
  let total = 0;
  for (const weight of weights.values()) total += weight;
  if (total === 0) return [];
  const above = new Set(headings.flatMap((heading) => analyse(heading)));
  const scored = textUnits(text).flatMap((unit, at) => {
    const own = new Set(analyse(unit.text));
    let shared = 0;
    let terms = 0;
    let inherited = 0;
    for (const [term, weight] of weights) {
      if (own.has(term)) {
        shared += weight;
        terms += 1;
      } else if (above.has(term)) inherited += weight;
    }
    if (shared + inherited === 0) return [];
    return [{ unit, at, terms, share: shared / total, score: (shared + HEADING_SHARE * inherited) / total }];
  });
  return scored
    .sort((a, b) => b.score - a.score || a.at - b.at)
    .slice(0, limit)
    .sort((a, b) => a.at - b.at)
    .map(({ unit, share, terms, score }) => ({
      text: unit.text,
      span: { start: span.start + unit.span.start, end: span.start + unit.span.end },
      share,
      terms,
      score,
    }));
}
