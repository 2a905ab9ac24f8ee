/** The lists behind an inverted index: for each term the documents that hold it, in one growing typed array. */

/**
 * Posting lists as chains of blocks in one `Uint32Array`. A block is `[next block or 0, words used, document, frequencies, ...]`;
 * blocks double from one posting to `BLOCK_POSTINGS_MAX`, so that a rare term costs 16 bytes and a common one is read in long runs.
 * (Block doubling after Zobel and Moffat, Inverted files for text search engines, ACM Computing Surveys 38(2), 2006.)
 */
export interface PostingLists {
  /** The array that blocks live in; replaced when it grows, so take it anew for each search. */
  readonly words: () => Uint32Array;
  /** The first block of a term. */
  readonly head: (term: number) => number;
  readonly termCount: () => number;
  readonly documentFrequency: (term: number) => number;
  /** Makes a term with an empty list and gives its number. */
  readonly addTerm: () => number;
  readonly append: (term: number, document: number, frequencies: number) => void;
  /** A term's documents with their frequencies, in the order in which they were appended. */
  readonly postings: (term: number) => Generator<readonly [document: number, frequencies: number]>;
  readonly bytes: () => number;
  /** What `createPostingLists` makes the same lists of; views, valid until the next change. */
  readonly parts: () => PostingParts;
}

/** Posting lists as plain arrays. */
export interface PostingParts {
  readonly words: Uint32Array;
  readonly heads: Uint32Array;
  readonly tails: Uint32Array;
  readonly tailCapacities: Uint16Array;
  readonly frequencies: Uint32Array;
}

/** A block's words before its postings: the next block, the words used. */
export const BLOCK_HEADER_WORDS = 2;
const WORDS_PER_POSTING = 2;
const BLOCK_POSTINGS_MAX = 256;

/** Posting lists, empty or as they were when `parts` were taken; the parts are not copied. */
export function createPostingLists(parts?: PostingParts): PostingLists {
  let words = parts?.words ?? new Uint32Array(1024);
  let wordsUsed = parts?.words.length ?? 1; // Block 0 means "none".
  let heads = parts?.heads ?? new Uint32Array(256);
  let tails = parts?.tails ?? new Uint32Array(256);
  let tailCapacities = parts?.tailCapacities ?? new Uint16Array(256);
  let frequencies = parts?.frequencies ?? new Uint32Array(256);
  let terms = parts?.heads.length ?? 0;

  function addBlock(postings: number): number {
    const length = BLOCK_HEADER_WORDS + postings * WORDS_PER_POSTING;
    if (wordsUsed + length > words.length) words = grown(words, wordsUsed + length);
    const block = wordsUsed;
    wordsUsed += length;
    return block;
  }

  return {
    words: () => words,
    head: (term) => heads[term] ?? 0,
    termCount: () => terms,
    documentFrequency: (term) => frequencies[term] ?? 0,
    addTerm() {
      if (terms === heads.length) {
        heads = grown(heads, terms + 1);
        tails = grown(tails, terms + 1);
        tailCapacities = grown(tailCapacities, terms + 1);
        frequencies = grown(frequencies, terms + 1);
      }
      return terms++;
    },
    append(term, document, packedFrequencies) {
      let tail = tails[term] ?? 0;
      const capacity = tailCapacities[term] ?? 0;
      if (tail === 0 || (words[tail + 1] ?? 0) === capacity * WORDS_PER_POSTING) {
        const postings = Math.min(BLOCK_POSTINGS_MAX, Math.max(1, capacity * 2));
        const block = addBlock(postings);
        if (tail === 0) heads[term] = block;
        else words[tail] = block;
        tail = block;
        tails[term] = block;
        tailCapacities[term] = postings;
      }
      const used = words[tail + 1] ?? 0;
      words[tail + BLOCK_HEADER_WORDS + used] = document;
      words[tail + BLOCK_HEADER_WORDS + used + 1] = packedFrequencies;
      words[tail + 1] = used + WORDS_PER_POSTING;
      frequencies[term] = (frequencies[term] ?? 0) + 1;
    },
    *postings(term) {
      for (let block = heads[term] ?? 0; block !== 0; block = words[block] ?? 0) {
        const end = block + BLOCK_HEADER_WORDS + (words[block + 1] ?? 0);
        for (let at = block + BLOCK_HEADER_WORDS; at < end; at += WORDS_PER_POSTING) {
          yield [words[at] ?? 0, words[at + 1] ?? 0];
        }
      }
    },
    bytes: () =>
      words.byteLength + heads.byteLength + tails.byteLength + tailCapacities.byteLength + frequencies.byteLength,
    parts: () => ({
      words: words.subarray(0, wordsUsed),
      heads: heads.subarray(0, terms),
      tails: tails.subarray(0, terms),
      tailCapacities: tailCapacities.subarray(0, terms),
      frequencies: frequencies.subarray(0, terms),
    }),
  };
}

/** A copy of `array` with room for at least `lengthMin` elements, half as long again. */
export function grown<A extends Uint8Array | Int8Array | Uint16Array | Uint32Array | Float32Array>(
  array: A,
  lengthMin: number,
): A {
  // The cast holds: every typed array's constructor takes a length and gives its own kind.
  const Kind = array.constructor as new (length: number) => A;
  const larger = new Kind(Math.max(lengthMin, Math.ceil(array.length * 1.5)));
  larger.set(array);
  return larger;
}
