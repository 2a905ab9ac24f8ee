import type { QueryNotes } from './query-notes.ts';
import { sampleText } from './number-text.ts';

/** Warns of a quantile that is none. */
export function noteQuantile(quantile: number, notes: QueryNotes, place: number): void {
  if (quantile >= 0 && quantile <= 1) return;
  notes.warn(`quantile value should be between 0 and 1, got ${sampleText(quantile)}`, place);
}

export function noteQuantiles(quantiles: Float64Array, notes: QueryNotes, place: number): void {
  for (const quantile of quantiles) noteQuantile(quantile, notes, place);
}
