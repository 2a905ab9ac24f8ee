import type { Skeleton } from './log-pattern-skeleton.ts';

/** Hashes of a skeleton, whole numbers below 2^53, the same in every process. */
export interface SkeletonHashes {
  /** Equal for skeletons whose constants and places of parameters are equal, whatever the kinds. */
  readonly key: number;
  /** For each place, equal for skeletons that are equal but for the word there. */
  readonly places: readonly number[];
}

/** Stand for a parameter and for the place that is looked at; no word of a line has these characters. */
const parameterSign = '\u0000';
const placeSign = '\u0001';

/** Odd numbers without a pattern: what one place of a word weighs more than the place before it, in each of two lanes. */
const firstStep = 0x9e3779b1;
const secondStep = 0x85ebca77;

/**
 * All hashes of a skeleton in one pass: sums of the words' hashes, each weighed by its place (modulo 2^32, in two lanes), so that
 * a word is taken out of a sum and another put in without looking at the rest (Karp and Rabin, 1987).
 */
export function hashesOf(skeleton: Skeleton): SkeletonHashes {
  const length = skeleton.length;
  const words = skeleton.map((word) => ('constant' in word ? word.constant : parameterSign));
  let first = length;
  let second = ~length;
  let [firstWeight, secondWeight] = [1, 1];
  const firstChanges: number[] = [];
  const secondChanges: number[] = [];
  for (const word of words) {
    const [firstHash, secondHash] = [fnv(word, 0x811c9dc5), fnv(word, 0x050c5d1f)];
    first = (first + Math.imul(firstHash, firstWeight)) | 0;
    second = (second + Math.imul(secondHash, secondWeight)) | 0;
    firstChanges.push(Math.imul(firstPlace - firstHash, firstWeight));
    secondChanges.push(Math.imul(secondPlace - secondHash, secondWeight));
    firstWeight = Math.imul(firstWeight, firstStep);
    secondWeight = Math.imul(secondWeight, secondStep);
  }
  return {
    key: joined(first, second),
    places: words.map((_, place) =>
      joined((first + (firstChanges[place] ?? 0)) | 0, (second + (secondChanges[place] ?? 0)) | 0),
    ),
  };
}

/** FNV-1a (32 bit) over UTF-16 code units from a seed, stirred so that sums of such hashes keep all bits apart. */
function fnv(text: string, seed: number): number {
  let hash = seed;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return stirred(hash);
}

/** The last step of MurmurHash3. */
function stirred(hash: number): number {
  let bits = hash ^ (hash >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

function joined(first: number, second: number): number {
  return (stirred(first) >>> 11) * 2 ** 32 + (stirred(second) >>> 0);
}

const firstPlace = fnv(placeSign, 0x811c9dc5);
const secondPlace = fnv(placeSign, 0x050c5d1f);
