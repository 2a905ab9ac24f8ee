/** The inner loops of the lexical search: what the postings of one term add to the scores of units. */

import { BLOCK_HEADER_WORDS } from './posting-lists.ts';

/** For each unit what one occurrence in a field counts: the field's weight over its relative length. */
export interface FieldNorms {
  readonly title: Float32Array;
  readonly heading: Float32Array;
  readonly body: Float32Array;
}

/** Scores by unit, all 0 between searches, and the units that have one. */
export interface Scoreboard {
  scores: Float32Array;
  touched: Uint32Array;
}

/** One term's postings and how they count. */
export interface TermScan {
  /** The array of posting blocks; see `PostingLists`. */
  readonly words: Uint32Array;
  readonly head: number;
  readonly weight: number;
  readonly norms: FieldNorms;
  readonly k1: number;
}

const TITLE_SHIFT = 24;
const HEADING_SHIFT = 16;
const HEADING_MASK = 0xff;
const BODY_MASK = 0xffff;
const POSTING_WORDS = 2;

/** How often a unit has a term, each field's frequency by its norm. */
function fieldsFrequency({ title, heading, body }: FieldNorms, unit: number, frequencies: number): number {
  const inBody = (frequencies & BODY_MASK) * (body[unit] ?? 0);
  const inHeading = ((frequencies >>> HEADING_SHIFT) & HEADING_MASK) * (heading[unit] ?? 0);
  return inBody + inHeading + (frequencies >>> TITLE_SHIFT) * (title[unit] ?? 0);
}

/** Adds a term's scores to the board; gives how many units have a score now, of which `touchedBefore` had one before. */
export function accumulate(board: Scoreboard, touchedBefore: number, scan: TermScan): number {
  const { scores, touched } = board;
  const { words, weight, norms, k1 } = scan;
  const { body } = norms;
  let touchedCount = touchedBefore;
  for (let block = scan.head; block !== 0; block = words[block] ?? 0) {
    const end = block + BLOCK_HEADER_WORDS + (words[block + 1] ?? 0);
    for (let at = block + BLOCK_HEADER_WORDS; at < end; at += POSTING_WORDS) {
      const unit = words[at] ?? 0;
      const frequencies = words[at + 1] ?? 0;
      // Most postings are of bodies alone, and this loop is most of the time of a search.
      const tf = frequencies <= BODY_MASK ? frequencies * (body[unit] ?? 0) : fieldsFrequency(norms, unit, frequencies);
      const before = scores[unit] ?? 0;
      if (before === 0) touched[touchedCount++] = unit;
      scores[unit] = before + (weight * tf) / (k1 + tf);
    }
  }
  return touchedCount;
}

/**
 * Adds a term's scores to some units only: `scores[n]` is that of `units[n]`. Units ascend, as postings do, so that blocks
 * without any of them are passed over. Each score is the same number that `accumulate` gives.
 */
export function accumulateFor(units: Uint32Array, scores: Float32Array, scan: TermScan): void {
  const { words, weight, norms, k1 } = scan;
  let next = 0;
  for (let block = scan.head; block !== 0 && next < units.length; block = words[block] ?? 0) {
    const end = block + BLOCK_HEADER_WORDS + (words[block + 1] ?? 0);
    const last = words[end - POSTING_WORDS] ?? 0;
    let from = block + BLOCK_HEADER_WORDS;
    for (let unit = units[next] ?? 0; unit <= last && next < units.length; unit = units[++next] ?? 0) {
      from = firstFrom(words, { unit, from, end });
      if (words[from] !== unit) continue;
      const tf = fieldsFrequency(norms, unit, words[from + 1] ?? 0);
      scores[next] = (scores[next] ?? 0) + (weight * tf) / (k1 + tf);
    }
  }
}

/** The place of the first posting of `unit` or a later one. */
function firstFrom(
  words: Uint32Array,
  { unit, from, end }: { readonly unit: number; readonly from: number; readonly end: number },
): number {
  let low = 0;
  let high = (end - from) / POSTING_WORDS;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((words[from + middle * POSTING_WORDS] ?? 0) < unit) low = middle + 1;
    else high = middle;
  }
  return from + low * POSTING_WORDS;
}

/** The largest weighted frequency among a term's postings. */
export function largestFrequency({ words, head, norms }: Pick<TermScan, 'words' | 'head' | 'norms'>): number {
  let largest = 0;
  for (let block = head; block !== 0; block = words[block] ?? 0) {
    const end = block + BLOCK_HEADER_WORDS + (words[block + 1] ?? 0);
    for (let at = block + BLOCK_HEADER_WORDS; at < end; at += POSTING_WORDS) {
      const tf = fieldsFrequency(norms, words[at] ?? 0, words[at + 1] ?? 0);
      if (tf > largest) largest = tf;
    }
  }
  return largest;
}
