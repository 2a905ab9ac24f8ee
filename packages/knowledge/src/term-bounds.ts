/** How large a term's weighted frequency gets in any unit: with it a search passes over what cannot be among the best. */

import { grown } from './posting-lists.ts';

/** Upper bounds by term, remembered over changes of the index. */
export interface TermBounds {
  /** At least the term's largest weighted frequency; `read` finds it where it is not known. */
  readonly of: (term: number, read: () => number) => number;
  readonly isKnown: (term: number) => boolean;
  /** Tells that a known term has a new posting with this weighted frequency. */
  readonly raise: (term: number, frequency: number) => void;
  /** Tells that weighted frequencies have grown by this factor at most, 1 or more. */
  readonly stretch: (factor: number) => void;
  /** Forgets all: terms have other numbers. */
  readonly clear: () => void;
  readonly bytes: () => number;
}

/** Bounds that are looser than this are found anew. */
const STRETCH_MAX = 1.1;
/** Norms are rounded to 32 bits. */
const ROUNDING = 1 + 1e-5;

export function createTermBounds(): TermBounds {
  /** Divided by `stretched`, so that stretching is one multiplication; 0 where not known. */
  let bounds = new Float32Array(0);
  let stretched = 1;

  function set(term: number, frequency: number): void {
    if (term >= bounds.length) bounds = grown(bounds, term + 1);
    bounds[term] = (frequency / stretched) * ROUNDING;
  }

  function clear(): void {
    bounds.fill(0);
    stretched = 1;
  }

  return {
    of(term, read) {
      const known = bounds[term] ?? 0;
      if (known > 0) return known * stretched;
      const largest = read();
      set(term, largest);
      return largest * ROUNDING;
    },
    isKnown: (term) => (bounds[term] ?? 0) > 0,
    raise(term, frequency) {
      if (frequency > (bounds[term] ?? 0) * stretched) set(term, frequency);
    },
    stretch(factor) {
      stretched *= factor;
      if (stretched > STRETCH_MAX) clear();
    },
    clear,
    bytes: () => bounds.byteLength,
  };
}
