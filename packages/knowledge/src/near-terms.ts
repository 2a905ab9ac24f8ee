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

/** The terms that an unknown word is compared with. */
export interface KnownTerms {
  /** All that begin with the word's first letter; others may be among them. */
  readonly terms: Iterable<string>;
  readonly numberOf: (term: string) => number | undefined;
  readonly frequencyOf: (number: number) => number;
}

/**
 * The known terms nearest to an unknown word: those with the fewest slips (insertions, deletions, substitutions, swaps of
 * neighbours; the first letter is taken to be right), the most frequent first, else those that begin with it. Numbers and
 * identifiers stand for nothing but themselves.
 */
export function nearTerms(word: string, { terms, numberOf, frequencyOf }: KnownTerms): readonly NearTerm[] {
  if (word.length < LENGTH_MIN || !ONLY_LETTERS.test(word)) return [];
  const slipsMax = word.length >= TWO_SLIPS_FROM ? 2 : word.length >= ONE_SLIP_FROM ? 1 : 0;
  const first = word.charCodeAt(0);
  const letters = lettersOf(word);
  const slipsTo = createSlipCounter(word);
  let fewest = slipsMax;
  let slips: number[] = [];
  const beginnings: number[] = [];
  for (const term of terms) {
    if (term.charCodeAt(0) !== first) continue;
    const isBeginning = term.length > word.length && term.startsWith(word);
    const endingMax = term.length >= ONE_SLIP_FROM ? ENDING_MAX : 0;
    const isOfLength = term.length - word.length <= fewest && word.length - term.length <= fewest + endingMax;
    // Each letter that only the term has takes a slip to get there.
    const isNear = slipsMax > 0 && isOfLength && bitCount(lettersOf(term) & ~letters) <= fewest;
    if (!isBeginning && !isNear) continue;
    const number = numberOf(term);
    if (number === undefined || frequencyOf(number) === 0) continue;
    if (isBeginning) beginnings.push(number);
    if (!isNear) continue;
    const distance = slipsTo(term, { most: fewest, endingMax });
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

/** The letters of a word as a set of 32 bits; some share a bit. */
function lettersOf(word: string): number {
  let letters = 0;
  for (let at = 0; at < word.length; at += 1) letters |= 1 << (word.charCodeAt(at) & 31);
  return letters;
}

function bitCount(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count += 1;
  return count;
}

/** The optimal string alignment distance of a term and `word` or `word` without an ending; more than `most` when it is more than that. */
function createSlipCounter(
  word: string,
): (term: string, bounds: { readonly most: number; readonly endingMax: number }) => number {
  let beforeLast = new Uint8Array(0);
  let last = new Uint8Array(0);
  let row = new Uint8Array(0);
  return (term, { most, endingMax }) => {
    const width = term.length + 1;
    if (last.length < width)
      [beforeLast, last, row] = [new Uint8Array(width), new Uint8Array(width), new Uint8Array(width)];
    for (let j = 0; j < width; j += 1) last[j] = j;
    let fewest = most + 1;
    for (let i = 1; i <= word.length; i += 1) {
      const letter = word.charCodeAt(i - 1);
      row[0] = i;
      let least = i;
      for (let j = 1; j < width; j += 1) {
        const other = term.charCodeAt(j - 1);
        const kept = (last[j - 1] ?? 0) + (letter === other ? 0 : 1);
        let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, kept);
        const isSwap = i > 1 && j > 1 && letter === term.charCodeAt(j - 2) && word.charCodeAt(i - 2) === other;
        if (isSwap) best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
        row[j] = best;
        least = Math.min(least, best);
      }
      const distance = row[width - 1] ?? 0;
      if (i === word.length) fewest = Math.min(fewest, distance);
      else if (i >= word.length - endingMax) fewest = Math.min(fewest, distance + ENDING_COST);
      if (least > most) break;
      [beforeLast, last, row] = [last, row, beforeLast];
    }
    return fewest;
  };
}
