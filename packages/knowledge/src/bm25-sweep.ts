/** Clears an index of what was removed: what is alive is copied into fresh lists. */

import { createPostingLists } from './posting-lists.ts';
import type { PostingLists } from './posting-lists.ts';
import { createUnitTerms } from './unit-terms.ts';
import type { UnitTerms } from './unit-terms.ts';

/** What is swept; `keys` are `undefined` where a unit was removed. */
export interface Sweepable {
  readonly lists: PostingLists;
  readonly unitTerms: UnitTerms;
  readonly terms: ReadonlyMap<string, number>;
  readonly keys: readonly (string | undefined)[];
}

/** The same without what was removed, units and terms renumbered in their order. */
export interface Swept {
  readonly lists: PostingLists;
  readonly unitTerms: UnitTerms;
  readonly terms: Map<string, number>;
  readonly keys: string[];
  /** The new number of each unit; -1 where it was removed. */
  readonly renumbered: Int32Array;
}

export function sweepIndex({ lists, unitTerms, terms, keys }: Sweepable): Swept {
  const renumbered = new Int32Array(keys.length).fill(-1);
  const alive: string[] = [];
  for (const [unit, key] of keys.entries()) {
    if (key === undefined) continue;
    renumbered[unit] = alive.length;
    alive.push(key);
  }
  const freshLists = createPostingLists();
  const freshTerms = new Map<string, number>();
  const freshNumbers = new Int32Array(lists.termCount()).fill(-1);
  for (const [term, number] of terms) {
    for (const [unit, frequencies] of lists.postings(number)) {
      const renumberedUnit = renumbered[unit] ?? -1;
      if (renumberedUnit < 0) continue;
      let fresh = freshNumbers[number] ?? -1;
      if (fresh < 0) {
        fresh = freshLists.addTerm();
        freshTerms.set(term, fresh);
        freshNumbers[number] = fresh;
      }
      freshLists.append(fresh, renumberedUnit, frequencies);
    }
  }
  const freshUnitTerms = createUnitTerms();
  for (const [unit, key] of keys.entries()) {
    if (key === undefined) continue;
    for (const [term, frequency] of unitTerms.terms(unit)) {
      freshUnitTerms.append(freshNumbers[term] ?? 0, frequency);
    }
    freshUnitTerms.endUnit();
  }
  return { lists: freshLists, unitTerms: freshUnitTerms, terms: freshTerms, keys: alive, renumbered };
}
