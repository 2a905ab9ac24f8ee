/** A compound that an index does not know, such as German has them, in the words that it is made of. */

import { stemEnglish } from './stemmer.ts';

const COMPOUND_LENGTH_MIN = 8;
const COMPOUND_LENGTH_MAX = 48;
const PART_LENGTH_MIN = 4;
const PARTS_MAX = 4;
/** What German, Dutch and the Scandinavian languages put between parts. */
const LINKS = ['', 's', 'es', 'n', 'en', 'er', 'e'];
const ONLY_LETTERS = /^\p{L}+$/u;

/**
 * The terms of the fewest known words that make up `word` as it is written (lower case, without accents); none when it cannot be
 * made of them. Of as many parts those with the longest first one are taken.
 */
export function compoundParts(word: string, isKnown: (term: string) => boolean): readonly string[] {
  if (word.length < COMPOUND_LENGTH_MIN || word.length > COMPOUND_LENGTH_MAX || !ONLY_LETTERS.test(word)) return [];
  /** The best parts of what begins at each place. */
  const best: (readonly string[] | undefined)[] = [];
  best[word.length] = [];
  /** The fewest parts of what follows a part that ends here, behind a link or none; a link stands between parts, not at the end. */
  const restAfter = (end: number): readonly string[] | undefined => {
    let fewest: readonly string[] | undefined;
    for (const link of LINKS) {
      const rest = word.startsWith(link, end) ? best[end + link.length] : undefined;
      if (rest === undefined || (link !== '' && rest.length === 0)) continue;
      if (fewest === undefined || rest.length < fewest.length) fewest = rest;
    }
    return fewest;
  };
  for (let from = word.length - PART_LENGTH_MIN; from >= 0; from -= 1) {
    for (let end = word.length; end >= from + PART_LENGTH_MIN; end -= 1) {
      const rest = restAfter(end);
      if (rest === undefined || rest.length >= Math.min(PARTS_MAX, (best[from]?.length ?? Infinity) - 1)) continue;
      const term = stemEnglish(word.slice(from, end));
      if (isKnown(term)) best[from] = [term, ...rest];
    }
  }
  const parts = best[0] ?? [];
  return parts.length > 1 ? parts : [];
}
