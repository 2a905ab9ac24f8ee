/** The scores of one question: terms are added one after the other, at last only to units that can still be among the best. */

import { accumulate, accumulateFor } from './bm25-scoring.ts';
import type { FieldNorms, Scoreboard, TermScan } from './bm25-scoring.ts';
import { createTopK } from './top-k.ts';

/** A term of a question with its postings. */
export interface QueryTerm {
  readonly head: number;
  readonly postings: number;
  /** Its weight in the question by its rarity. */
  readonly weight: number;
  /** The most that it adds to any unit; found by reading its postings where it is not known, so asked for when it is needed. */
  readonly bound: () => number;
}

export interface ScoredUnit {
  readonly item: number;
  readonly score: number;
}

/** What is searched: the index as it is now. */
export interface SearchedUnits {
  readonly words: Uint32Array;
  readonly norms: FieldNorms;
  readonly k1: number;
  /** Its scores are 0 at first, and after `clear`. */
  readonly board: Scoreboard;
  readonly accept: (unit: number) => boolean;
  /** Orders equal scores. */
  readonly compare: (a: number, b: number) => number;
}

export interface UnitScores {
  /** Adds terms to the scores of all units. */
  readonly add: (terms: readonly QueryTerm[]) => void;
  /**
   * Adds terms to the scores of those units at least that can then be among the best `limit`; after it `best(limit)` is the same as
   * after `add`, score for score. `likely` are units that probably are among them, `limit` of them or more.
   */
  readonly addForBest: (terms: readonly QueryTerm[], limit: number, likely: readonly ScoredUnit[]) => void;
  /** The best accepted units, best first. */
  readonly best: (limit: number) => ScoredUnit[];
  readonly clear: () => void;
}

/** Looking a unit up among postings takes so many times as long as reading the next posting. */
const LOOK_UP_COST = 5;
/** Scores are rounded to 32 bits at each term, so that bounds are compared with a margin. */
const MARGIN = 1e-4;

export function createUnitScores({ words, norms, k1, board, accept, compare }: SearchedUnits): UnitScores {
  /** How many units have a score. */
  let touched = 0;
  const scanOf = ({ head, weight }: QueryTerm): TermScan => ({ words, norms, k1, head, weight });

  function add(terms: readonly QueryTerm[]): void {
    for (const term of terms) touched = accumulate(board, touched, scanOf(term));
  }

  /** The score of the `limit`-th best of some units, had all `terms` been added. */
  function scoreToBeat(units: readonly ScoredUnit[], terms: readonly QueryTerm[], limit: number): number {
    const places = Uint32Array.from(units, ({ item }) => item).sort();
    const scores = Float32Array.from(places, (unit) => board.scores[unit] ?? 0);
    for (const term of terms) accumulateFor(places, scores, scanOf(term));
    scores.sort();
    return (scores[scores.length - limit] ?? 0) * (1 - MARGIN);
  }

  /** Drops the units from the board that cannot come to `threshold` when `rest` is the most that is still added. */
  function narrow(threshold: number, rest: number): void {
    const { scores, touched: units } = board;
    const least = threshold - rest;
    let kept = 0;
    for (let at = 0; at < touched; at++) {
      const unit = units[at] ?? 0;
      if ((scores[unit] ?? 0) >= least) units[kept++] = unit;
      else scores[unit] = 0;
    }
    touched = kept;
  }

  /** Looks the units on the board up among the postings of the terms. */
  function lookUp(terms: readonly QueryTerm[]): void {
    const units = board.touched.subarray(0, touched).sort();
    const scores = Float32Array.from(units, (unit) => board.scores[unit] ?? 0);
    for (const term of terms) accumulateFor(units, scores, scanOf(term));
    for (let at = 0; at < units.length; at++) board.scores[units[at] ?? 0] = scores[at] ?? 0;
  }

  return {
    add,
    // MaxScore: Turtle and Flood, Query evaluation: strategies and optimizations, Information Processing and Management 31(6), 1995.
    addForBest(terms, limit, likely) {
      const threshold = scoreToBeat(likely, terms, limit);
      const toCome = boundsToCome(terms);
      for (const [at, term] of terms.entries()) {
        const rest = toCome[at] ?? 0;
        // Once the rest cannot lift a unit without a score to the threshold, only those that are on the board can win.
        if (rest < threshold && touched < term.postings * LOOK_UP_COST) {
          narrow(threshold, rest);
          if (touched * LOOK_UP_COST < term.postings) return lookUp(terms.slice(at));
        }
        touched = accumulate(board, touched, scanOf(term));
      }
    },
    best(limit) {
      const { scores, touched: units } = board;
      const best = createTopK(limit, compare);
      let least = best.threshold();
      for (let at = 0; at < touched; at++) {
        const unit = units[at] ?? 0;
        const score = scores[unit] ?? 0;
        if (score < least || !accept(unit)) continue;
        best.offer(unit, score);
        least = best.threshold();
      }
      return best.take();
    },
    clear() {
      for (let at = 0; at < touched; at++) board.scores[board.touched[at] ?? 0] = 0;
      touched = 0;
    },
  };
}

/** For each term what it and all after it can add at most. */
function boundsToCome(terms: readonly QueryTerm[]): Float64Array {
  const toCome = new Float64Array(terms.length + 1);
  for (let at = terms.length - 1; at >= 0; at--) {
    toCome[at] = (toCome[at + 1] ?? 0) + (terms[at]?.bound() ?? 0) * (1 + MARGIN);
  }
  return toCome;
}
