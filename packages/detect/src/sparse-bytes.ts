import { HeliosError } from '@heliosiq/model';

/**
 * Bytes of which most are zero, as a bit for each word of four and the words that are not zero. Words that are like their
 * neighbours, and small numbers of two bytes each, are turned into zeros before.
 */
export interface SparseBytes {
  /** The largest length of packed bytes. */
  readonly packedLengthMax: number;
  /** Packs what is in `bytes` to the beginning of `packed`; returns the length. */
  pack(packed: Uint8Array): number;
  /** Unpacks into `bytes`. Throws `HeliosError('internal')` for what is not packed bytes of this length. */
  unpack(packed: Uint8Array): void;
  /** What is packed and unpacked. */
  readonly bytes: Uint8Array;
}

/** From which byte to which, the last one not included; multiples of four. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** What is known of the bytes; nothing is lost where it does not hold. */
export interface SparseBytesKnowledge {
  /** Where words are mostly the same as the word before. */
  readonly alike?: ByteRange;
  /** Where numbers of two bytes are mostly below 256; a multiple of eight long. */
  readonly small?: ByteRange;
}

const wordsOf = ({ from, to }: ByteRange, wordsMax: number, multiple: number): ByteRange => {
  const isSound = from >= 0 && from <= to && to <= 4 * wordsMax && from % 4 === 0 && (to - from) % multiple === 0;
  if (!isSound) throw new RangeError(`bytes ${from} to ${to} are no range of ${multiple} at a time`);
  return { from: from / 4, to: to / 4 };
};

/** Makes of every word what it differs by from the one before. */
function toDifferences(words: Int32Array, { from, to }: ByteRange): void {
  let before = 0;
  for (let at = from; at < to; at += 1) {
    const word = words[at] ?? 0;
    words[at] = word ^ before;
    before = word;
  }
}

function fromDifferences(words: Int32Array, { from, to }: ByteRange): void {
  let before = 0;
  for (let at = from; at < to; at += 1) {
    before ^= words[at] ?? 0;
    words[at] = before;
  }
}

const EVEN_BYTES = 0x00ff00ff;
const ODD_BYTES = 0xff00ff00;

/** Parts two words of two numbers each into one of their lower bytes and one of their upper ones. */
function partBytes(words: Int32Array, { from, to }: ByteRange): void {
  for (let at = from; at < to; at += 2) {
    const first = words[at] ?? 0;
    const second = words[at + 1] ?? 0;
    words[at] = (first & EVEN_BYTES) | ((second & EVEN_BYTES) << 8);
    words[at + 1] = ((first >>> 8) & EVEN_BYTES) | (second & ODD_BYTES);
  }
}

function joinBytes(words: Int32Array, { from, to }: ByteRange): void {
  for (let at = from; at < to; at += 2) {
    const lower = words[at] ?? 0;
    const upper = words[at + 1] ?? 0;
    words[at] = (lower & EVEN_BYTES) | ((upper & EVEN_BYTES) << 8);
    words[at + 1] = ((lower >>> 8) & EVEN_BYTES) | (upper & ODD_BYTES);
  }
}

/**
 * A place to pack and unpack bytes of one length, which is a multiple of four. Throws `RangeError` for lengths and ranges that
 * are none.
 */
export function createSparseBytes(length: number, known: SparseBytesKnowledge = {}): SparseBytes {
  if (length % 4 !== 0) throw new RangeError(`a length of ${length} is no multiple of four`);
  const bytes = new Uint8Array(length);
  const words = new Int32Array(bytes.buffer);
  const wordCount = words.length;
  const nothing = { from: 0, to: 0 };
  const alike = wordsOf(known.alike ?? nothing, wordCount, 4);
  const small = wordsOf(known.small ?? nothing, wordCount, 8);
  const bitmapLength = Math.ceil(wordCount / 8);
  // Words that are not zero, where they are aligned: a word is written at once and not as four bytes.
  // One more than there are: a word that is zero is written too, and then written over.
  const dense = new Uint8Array(length + 4);
  const denseWords = new Int32Array(dense.buffer);

  return {
    bytes,
    packedLengthMax: bitmapLength + length,
    pack(packed) {
      toDifferences(words, alike);
      partBytes(words, small);
      let count = 0;
      for (let byte = 0; byte < bitmapLength; byte += 1) {
        const from = 8 * byte;
        const places = Math.min(8, wordCount - from);
        let bits = 0;
        for (let place = 0; place < places; place += 1) {
          const word = words[from + place] ?? 0;
          // Which words are zero cannot be guessed: a number of 0 or 1 costs less than a branch.
          const isSet = (word | -word) >>> 31;
          denseWords[count] = word;
          bits |= isSet << place;
          count += isSet;
        }
        packed[byte] = bits;
      }
      packed.set(dense.subarray(0, 4 * count), bitmapLength);
      fromDifferences(words, alike);
      joinBytes(words, small);
      return bitmapLength + 4 * count;
    },
    unpack(packed) {
      const denseLength = packed.length - bitmapLength;
      if (denseLength < 0 || denseLength > length) throw lengthFault(packed.length, bitmapLength);
      dense.set(packed.subarray(bitmapLength));
      let count = 0;
      for (let byte = 0; byte < bitmapLength; byte += 1) {
        const from = 8 * byte;
        const places = Math.min(8, wordCount - from);
        const bits = packed[byte] ?? 0;
        for (let place = 0; place < places; place += 1) {
          const isSet = (bits >>> place) & 1;
          words[from + place] = (denseWords[count] ?? 0) & -isSet;
          count += isSet;
        }
      }
      if (4 * count !== denseLength) throw lengthFault(packed.length, bitmapLength + 4 * count);
      fromDifferences(words, alike);
      joinBytes(words, small);
    },
  };
}

const lengthFault = (length: number, wanted: number): HeliosError =>
  new HeliosError('internal', `packed bytes have a length of ${length}, not ${wanted}`);
