/** The inner loop of the lexical search: what the postings of one term add to the scores of units. */

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

/** Adds a term's scores to the board; gives how many units have a score now, of which `touchedBefore` had one before. */
export function accumulate(board: Scoreboard, touchedBefore: number, scan: TermScan): number {
  const { scores, touched } = board;
  const { words, weight, k1 } = scan;
  const { title, heading, body } = scan.norms;
  let touchedCount = touchedBefore;
  for (let block = scan.head; block !== 0; block = words[block] ?? 0) {
    const end = block + BLOCK_HEADER_WORDS + (words[block + 1] ?? 0);
    for (let at = block + BLOCK_HEADER_WORDS; at < end; at += 2) {
      const unit = words[at] ?? 0;
      const frequencies = words[at + 1] ?? 0;
      let tf = (frequencies & BODY_MASK) * (body[unit] ?? 0);
      if (frequencies > BODY_MASK) {
        tf += ((frequencies >>> HEADING_SHIFT) & HEADING_MASK) * (heading[unit] ?? 0);
        tf += (frequencies >>> TITLE_SHIFT) * (title[unit] ?? 0);
      }
      const before = scores[unit] ?? 0;
      if (before === 0) touched[touchedCount++] = unit;
      scores[unit] = before + (weight * tf) / (k1 + tf);
    }
  }
  return touchedCount;
}

/** The norms of a field from its length in each unit. `b` is how much length counts, 0 to 1. */
export function fieldNorms(lengths: Uint16Array | Uint32Array, b: number, weight: number): Float32Array {
  let total = 0;
  let withField = 0;
  for (const length of lengths) {
    total += length;
    if (length > 0) withField += 1;
  }
  // Over the units that have the field at all: where titles are rare, having one is not being long.
  const average = total / withField || 1;
  const norms = new Float32Array(lengths.length);
  for (const [unit, length] of lengths.entries()) norms[unit] = weight / (1 - b + (b * length) / average);
  return norms;
}
