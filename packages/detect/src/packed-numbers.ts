import type { DigitReader, DigitWriter } from './digit-stream.ts';

/** How a number is written: zero, a small whole one by its distance from the one before, a large one by that from the last large one, in single precision, or as it is. */
const KIND = { zero: 0, small: 1, near: 2, single: 3, double: 4 } as const;
const KINDS = 5;

/** Whole numbers below this are small, and near those that are closer than that. */
const SMALL_MAX = 2 ** 20;
const NEAR_MAX = 2 ** 31;

const single = new Float32Array(1);
const bits = new Int32Array(single.buffer);

/** Numbers to write or to read, with their bits: two words each, the lower first. */
interface Numbers {
  readonly numbers: Float64Array;
  readonly words: Int32Array;
}

const withWords = (numbers: Float64Array): Numbers => ({
  numbers,
  words: new Int32Array(numbers.buffer, numbers.byteOffset, 2 * numbers.length),
});

/** Writes any numbers, bit for bit, by runs of a kind: zeros, whole numbers and those of single precision take less. */
export function packNumbers(given: Float64Array, to: DigitWriter): void {
  const all = withWords(given);
  let from = 0;
  let large = 0;
  while (from < given.length) {
    const kind = kindOf(all, from, large);
    let end = from + 1;
    let reference = kind === KIND.double ? largeOf(given[from] ?? 0, large) : large;
    while (end < given.length && kindOf(all, end, reference) === kind) {
      if (kind === KIND.double) reference = largeOf(given[end] ?? 0, reference);
      end += 1;
    }
    to.put(kind + KINDS * (end - from - 1));
    for (let at = from; at < end; at += 1) {
      writeNumber(all, { at, kind, large, before: at === from ? 0 : (given[at - 1] ?? 0) }, to);
    }
    large = reference;
    from = end;
  }
}

/** Reads as many numbers as there is room for. */
export function unpackNumbers(numbers: Float64Array, from: DigitReader): void {
  const { words } = withWords(numbers);
  let at = 0;
  let large = 0;
  while (at < numbers.length) {
    const run = from.take();
    const kind = run % KINDS;
    const end = Math.min(numbers.length, at + 1 + Math.floor(run / KINDS));
    let before = 0;
    for (; at < end; at += 1) {
      if (kind === KIND.double) {
        words[2 * at] = from.takeWord();
        words[2 * at + 1] = from.takeWord();
        large = largeOf(numbers[at] ?? 0, large);
      } else if (kind === KIND.single) {
        bits[0] = from.takeWord();
        numbers[at] = single[0] ?? 0;
      } else if (kind === KIND.zero) numbers[at] = 0;
      else {
        const number: number = from.takeSigned() + (kind === KIND.near ? large : before);
        numbers[at] = number;
        before = number;
      }
    }
  }
}

/** What it takes to write a number: its index and kind, the last large whole number, and the one before it in its run. */
interface Place {
  readonly at: number;
  readonly kind: number;
  readonly large: number;
  readonly before: number;
}

function writeNumber({ numbers, words }: Numbers, { at, kind, large, before }: Place, to: DigitWriter): void {
  const number = numbers[at] ?? 0;
  if (kind === KIND.small) to.putSigned(number - before);
  else if (kind === KIND.near) to.putSigned(number - large);
  else if (kind === KIND.single) {
    single[0] = number;
    to.putWord(bits[0] ?? 0);
  } else if (kind === KIND.double) {
    to.putWord(words[2 * at] ?? 0);
    to.putWord(words[2 * at + 1] ?? 0);
  }
}

/** The last large whole number, of which moments are: later ones are written by their distance from it. */
const largeOf = (number: number, before: number): number => (Number.isSafeInteger(number) ? number : before);

/** What is no number is written as it is, and so are zeros with a sign. */
function kindOf({ numbers, words }: Numbers, at: number, large: number): number {
  const number = numbers[at] ?? 0;
  if (number === 0) return (words[2 * at + 1] ?? 0) === 0 ? KIND.zero : KIND.double;
  if (Number.isSafeInteger(number)) {
    if (Math.abs(number) < SMALL_MAX) return KIND.small;
    if (Math.abs(number - large) < NEAR_MAX) return KIND.near;
  }
  return Math.fround(number) === number ? KIND.single : KIND.double;
}
