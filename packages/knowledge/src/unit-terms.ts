/** The other direction of an inverted index: for each unit the terms it holds, packed into one growing typed array. */

import { HeliosError } from '@heliosiq/model';
import { grown } from './posting-lists.ts';

/** Term lists of units numbered from 0 in the order of `append`. */
export interface UnitTerms {
  /** Adds a term, with how often it is there, to the unit that `endUnit` ends. */
  readonly append: (term: number, frequency: number) => void;
  readonly endUnit: () => void;
  /** A unit's terms with how often it has each, at most 255 counted. */
  readonly terms: (unit: number) => Generator<readonly [term: number, frequency: number]>;
  readonly bytes: () => number;
  /** What `createUnitTerms` makes the same lists of; views, valid until the next change. */
  readonly parts: () => UnitTermParts;
}

/** Term lists as plain arrays; `starts` is one longer than there are units. */
export interface UnitTermParts {
  readonly entries: Uint32Array;
  readonly starts: Uint32Array;
}

const TERM_BITS = 24;
const TERM_MASK = 2 ** TERM_BITS - 1;
const FREQUENCY_MAX = 255;

/** Lists of 4 bytes a distinct term of a unit; empty, or as they were when `parts` were taken, which are not copied. */
export function createUnitTerms(parts?: UnitTermParts): UnitTerms {
  let entries = parts?.entries ?? new Uint32Array(1024);
  let starts = parts?.starts ?? new Uint32Array(257);
  let units = (parts?.starts.length ?? 1) - 1;
  let used = parts?.entries.length ?? 0;
  return {
    append(term, frequency) {
      if (term > TERM_MASK) throw new HeliosError('too-large', `an index holds at most ${TERM_MASK + 1} terms`);
      if (used === entries.length) entries = grown(entries, used + 1);
      entries[used++] = ((Math.min(FREQUENCY_MAX, frequency) << TERM_BITS) | term) >>> 0;
    },
    endUnit() {
      units += 1;
      if (units === starts.length) starts = grown(starts, units + 1);
      starts[units] = used;
    },
    *terms(unit) {
      const end = starts[unit + 1] ?? 0;
      for (let at = starts[unit] ?? 0; at < end; at++) {
        const entry = entries[at] ?? 0;
        yield [entry & TERM_MASK, entry >>> TERM_BITS];
      }
    },
    bytes: () => entries.byteLength + starts.byteLength,
    parts: () => ({ entries: entries.subarray(0, used), starts: starts.subarray(0, units + 1) }),
  };
}
