/** Words of an index that a word which it does not know may stand for: slips of the keyboard, and beginnings. */

/** A known term, and how much it counts for the unknown one. */
export interface NearTerm {
  readonly number: number;
  readonly weight: number;
}

const LENGTH_MIN = 4;
/** One slip in words of this length, two in longer ones. */
const ONE_SLIP_FROM = 5;
const TWO_SLIPS_FROM = 9;
const NEAR_MAX = 3;
/** Terms are stems: a misspelt ending is not cut off, so that so many letters of the word may stand behind the term. */
const ENDING_MAX = 3;
const ENDING_COST = 0.5;
/** What is meant is a guess: it counts less than what is said. */
const SLIP_WEIGHT = 0.6;
const BEGINNING_WEIGHT = 0.5;
const ONLY_LETTERS = /^\p{L}+$/u;

/**
 * The known terms nearest to an unknown word: those with the fewest slips (insertions, deletions, substitutions, swaps of
 * neighbours; the first letter is taken to be right), the most frequent first, else those that begin with it. Numbers and
 * identifiers stand for nothing but themselves. Takes time in proportion to the dictionary.
 */
export function nearTerms(
  word: string,
  dictionary: Iterable<readonly [term: string, number: number]>,
  frequencyOf: (number: number) => number,
): readonly NearTerm[] {
  if (word.length < LENGTH_MIN || !ONLY_LETTERS.test(word)) return [];
  const slipsMax = word.length >= TWO_SLIPS_FROM ? 2 : word.length >= ONE_SLIP_FROM ? 1 : 0;
  const first = word.charCodeAt(0);
  let fewest = slipsMax;
  let slips: number[] = [];
  const beginnings: number[] = [];
  for (const [term, number] of dictionary) {
    if (term.charCodeAt(0) !== first || frequencyOf(number) === 0) continue;
    if (term.length > word.length && term.startsWith(word)) beginnings.push(number);
    const endingMax = term.length >= ONE_SLIP_FROM ? ENDING_MAX : 0;
    if (slipsMax === 0 || term.length - word.length > fewest || word.length - term.length > fewest + endingMax)
      continue;
    const distance = slipsBetween(word, term, { most: fewest, endingMax });
    if (distance > fewest) continue;
    if (distance < fewest) slips = [];
    fewest = distance;
    slips.push(number);
  }
  const found = slips.length > 0 ? slips : beginnings;
  const weight = slips.length > 0 ? SLIP_WEIGHT : BEGINNING_WEIGHT;
  return found
    .sort((a, b) => frequencyOf(b) - frequencyOf(a) || a - b)
    .slice(0, NEAR_MAX)
    .map((number) => ({ number, weight }));
}

/** Optimal string alignment distance of `b` and `a` or `a` without an ending; more than `most` when it is more than that. */
function slipsBetween(
  a: string,
  b: string,
  { most, endingMax }: { readonly most: number; readonly endingMax: number },
): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  let fewest = most + 1;
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j += 1) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1;
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same);
      if (
        i > 1 &&
        j > 1 &&
        a.charCodeAt(i - 1) === b.charCodeAt(j - 2) &&
        a.charCodeAt(i - 2) === b.charCodeAt(j - 1)
      ) {
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(best);
      least = Math.min(least, best);
    }
    const distance = row[b.length] ?? 0;
    if (i === a.length) fewest = Math.min(fewest, distance);
    else if (i >= a.length - endingMax) fewest = Math.min(fewest, distance + ENDING_COST);
    if (least > most) break;
    beforeLast = last;
    last = row;
  }
  return fewest;
}
