import { HeliosError } from '@heliosiq/model';

/**
 * Whole numbers as digits of four bits, of which three are the number's and one says whether more follow: a number below 8 takes
 * half a byte. Beside them words of 32 bits, as they are. Both are kept apart, so that a word is written at once.
 */
export interface DigitWriter {
  /** Begins anew. */
  begin(): void;
  /** A number of 32 bits without sign. */
  put(number: number): void;
  /** A number of 32 bits with sign: small ones of either sign are short. */
  putSigned(number: number): void;
  putWord(word: number): void;
  /** Writes all to the beginning of bytes that are long enough; returns the length. */
  writeTo(bytes: Uint8Array): number;
}

/** What a writer wrote, in its order. Reading beyond the end throws `HeliosError('internal')`. */
export interface DigitReader {
  /** Begins to read bytes. Throws `HeliosError('internal')` where they cannot be what a writer wrote. */
  begin(bytes: Uint8Array): void;
  take(): number;
  takeSigned(): number;
  takeWord(): number;
  /** Throws `HeliosError('internal')` where something is left. */
  end(): void;
}

/** Digits of the longest number: eleven times three bits are more than 32. */
const DIGITS_MAX = 11;

/** What is said of bytes that no writer wrote. */
export const packedFault = (reason: string): HeliosError => new HeliosError('internal', `packed bytes ${reason}`);

/**
 * A writer for at most so many words.
 *
 * @param tag a number below 256 that the bytes begin with
 */
export function createDigitWriter(tag: number, { wordsMax, digitsMax }: Room): DigitWriter {
  const words = new Int32Array(wordsMax);
  const wordBytes = new Uint8Array(words.buffer);
  // A byte for each digit: two of them share one only where they are written.
  const digits = new Uint8Array(digitsMax + 1);
  let wordCount = 0;
  let digitCount = 0;

  function put(number: number): void {
    let rest = number >>> 0;
    let at = digitCount;
    for (; rest > 7; rest >>>= 3) digits[at++] = (rest & 7) | 8;
    digits[at++] = rest;
    digitCount = at;
  }

  return {
    begin() {
      wordCount = 0;
      digitCount = 0;
    },
    put,
    putSigned: (number) => put((number << 1) ^ (number >> 31)),
    putWord(word) {
      words[wordCount] = word;
      wordCount += 1;
    },
    writeTo(bytes) {
      if (wordCount > wordsMax || digitCount > digitsMax) throw packedFault('are too many');
      bytes[0] = tag;
      bytes[1] = wordCount & 255;
      bytes[2] = wordCount >>> 8;
      bytes.set(wordBytes.subarray(0, 4 * wordCount), HEAD_LENGTH);
      let end = HEAD_LENGTH + 4 * wordCount;
      digits[digitCount] = 0;
      for (let at = 0; at < digitCount; at += 2) bytes[end++] = (digits[at] ?? 0) | ((digits[at + 1] ?? 0) << 4);
      return end;
    },
  };
}

/** How many words and digits there are at most. */
export interface Room {
  readonly wordsMax: number;
  readonly digitsMax: number;
}

/** Tag, and the count of words. */
const HEAD_LENGTH = 3;

/** The largest length of what a writer writes. */
export const writtenLengthMax = ({ wordsMax, digitsMax }: Room): number =>
  HEAD_LENGTH + 4 * wordsMax + Math.ceil(digitsMax / 2);

/** A reader of what a writer with the same tag and room wrote. */
export function createDigitReader(tag: number, { wordsMax, digitsMax }: Room): DigitReader {
  const words = new Int32Array(wordsMax);
  const digits = new Uint8Array(digitsMax + 1);
  const wordBytes = new Uint8Array(words.buffer);
  let wordCount = 0;
  let nextWord = 0;
  let digitCount = 0;
  let nextDigit = 0;

  function take(): number {
    let number = 0;
    for (let place = 0; place < DIGITS_MAX; place += 1) {
      if (nextDigit >= digitCount) throw packedFault('are cut');
      const digit = digits[nextDigit] ?? 0;
      nextDigit += 1;
      number |= (digit & 7) << (3 * place);
      if (digit < 8) return number >>> 0;
    }
    throw packedFault('have a number without an end');
  }

  return {
    begin(bytes) {
      if (bytes[0] !== tag) throw packedFault('are of another kind or version');
      wordCount = (bytes[1] ?? 0) | ((bytes[2] ?? 0) << 8);
      const digitLength = bytes.length - HEAD_LENGTH - 4 * wordCount;
      if (wordCount > wordsMax || digitLength < 0 || 2 * digitLength > digits.length) {
        throw packedFault('have a wrong length');
      }
      wordBytes.set(bytes.subarray(HEAD_LENGTH, HEAD_LENGTH + 4 * wordCount));
      const digitsFrom = HEAD_LENGTH + 4 * wordCount;
      for (let at = 0; at < digitLength; at += 1) {
        const pair = bytes[digitsFrom + at] ?? 0;
        digits[2 * at] = pair & 15;
        digits[2 * at + 1] = pair >>> 4;
      }
      nextWord = 0;
      digitCount = 2 * digitLength;
      nextDigit = 0;
    },
    take,
    takeSigned() {
      const number = take();
      return (number >>> 1) ^ -(number & 1);
    },
    takeWord() {
      if (nextWord >= wordCount) throw packedFault('are cut');
      const word = words[nextWord] ?? 0;
      nextWord += 1;
      return word;
    },
    end() {
      // The last byte may have a digit to spare.
      if (nextWord !== wordCount || digitCount - nextDigit > 1) throw packedFault('have a wrong length');
    },
  };
}
