import {
  moveTo,
  peekBits,
  readBits,
  readWide,
  unzigzag,
  zigzag,
  type BitReader,
  type BitWriter,
} from './bit-stream.ts';

/**
 * Rice coding (Rice and Plaunt 1971) of signed whole numbers that are mostly near zero: a number is its quotient by 2^k
 * in unary and k bits of remainder. Each group of 64 has the k that suits it; a quotient from 16 on is an escape, so that
 * an outlier costs 69 bits and leaves its neighbours small. Numbers must be below 2^52 in size.
 */

/** Numbers that share one k, and the bits that tell it. */
export const groupLength = 64;
export const shiftBits = 6;
const escapeOnes = 16;
const wideBits = 53;
/** Stands for k where all numbers of a group are zero and nothing follows. */
const allZero = 63;
const smallShiftMax = 26;
/** Codes below this are shifted as 32-bit numbers. */
const smallCodeMax = 2 ** 30;

/** The codes of one group; no work in between gives way, so that one array serves all. */
const codes = new Float64Array(groupLength);
const smallCodes = new Int32Array(groupLength);

/** Writes the numbers from `start` on; how many there are is known to the reader. */
export function writeRice(writer: BitWriter, numbers: Float64Array, start = 0): void {
  for (let from = start; from < numbers.length; from += groupLength) {
    const count = Math.min(groupLength, numbers.length - from);
    let sum = 0;
    let isSmall = true;
    for (let index = 0; index < count; index += 1) {
      const code = zigzag(numbers[from + index] ?? 0);
      codes[index] = code;
      if (code < smallCodeMax) smallCodes[index] = code;
      else isSmall = false;
      sum += code;
    }
    if (sum === 0) writer.write(allZero, shiftBits);
    else if (isSmall) writeSmallGroup(writer, count, sum);
    else writeWideGroup(writer, count, sum);
  }
}

function writeSmallGroup(writer: BitWriter, count: number, sum: number): void {
  const k = bestShift(sum / count, (shift) => smallBitsWith(count, shift));
  writer.write(k, shiftBits);
  for (let index = 0; index < count; index += 1) {
    const code = smallCodes[index] ?? 0;
    const quotient = code >>> k;
    if (quotient >= escapeOnes) writeEscape(writer, code);
    // `quotient` ones, a zero and the remainder, in one go where they fit.
    else if (quotient + 1 + k <= 31) {
      writer.write((((1 << quotient) - 1) << (k + 1)) | (code & ((1 << k) - 1)), quotient + 1 + k);
    } else {
      writer.write(2 ** (quotient + 1) - 2, quotient + 1);
      writer.write(code & ((1 << k) - 1), k);
    }
  }
}

function writeWideGroup(writer: BitWriter, count: number, sum: number): void {
  const k = bestShift(sum / count, (shift) => wideBitsWith(count, shift));
  const scale = 2 ** k;
  writer.write(k, shiftBits);
  for (let index = 0; index < count; index += 1) {
    const code = codes[index] ?? 0;
    const quotient = Math.floor(code / scale);
    if (quotient >= escapeOnes) {
      writeEscape(writer, code);
    } else {
      writer.write(2 ** (quotient + 1) - 2, quotient + 1);
      writer.writeWide(code - quotient * scale, k);
    }
  }
}

function writeEscape(writer: BitWriter, code: number): void {
  writer.write(0xffff, escapeOnes);
  writer.writeWide(code, wideBits);
}

/** The k with the fewest bits: from the mean downwards while it gets better, because outliers lift the mean. */
function bestShift(mean: number, bitsWith: (shift: number) => number): number {
  let k = Math.min(52, Math.max(0, Math.floor(Math.log2(mean)) + 1));
  let bits = bitsWith(k);
  for (let lower = k - 1; lower >= 0; lower -= 1) {
    const lowerBits = bitsWith(lower);
    if (lowerBits > bits) {
      // A single outlier makes a plateau near the mean; two steps further down show whether it ends.
      if (k - lower > 2) break;
      continue;
    }
    bits = lowerBits;
    k = lower;
  }
  return k;
}

function smallBitsWith(count: number, k: number): number {
  let bits = count * (1 + k);
  for (let index = 0; index < count; index += 1) {
    const quotient = (smallCodes[index] ?? 0) >>> k;
    bits += quotient >= escapeOnes ? escapeOnes + wideBits - 1 - k : quotient;
  }
  return bits;
}

function wideBitsWith(count: number, k: number): number {
  const scale = 2 ** -k;
  let bits = count * (1 + k);
  for (let index = 0; index < count; index += 1) {
    const quotient = Math.floor((codes[index] ?? 0) * scale);
    bits += quotient >= escapeOnes ? escapeOnes + wideBits - 1 - k : quotient;
  }
  return bits;
}

/** Reads numbers into an array from `start` to its end, as many as were written. */
export function readRice(reader: BitReader, numbers: Float64Array, start = 0): void {
  for (let from = start; from < numbers.length; from += groupLength) {
    const to = Math.min(from + groupLength, numbers.length);
    readGroup(reader, numbers, { from, to, k: readBits(reader, shiftBits) });
  }
}

/** Numbers of one group, or some of them. */
export interface Group {
  readonly from: number;
  readonly to: number;
  readonly k: number;
}

/** Reads the numbers of a group whose k was read. */
export function readGroup(reader: BitReader, numbers: Float64Array, group: Group): void {
  if (group.k === allZero) numbers.fill(0, group.from, group.to);
  else if (isSmallShift(group.k)) readSmallGroup(reader, numbers, group);
  else readWideGroup(reader, numbers, group);
}

/** Whether the codes with this k that are no escape fit a signed 32-bit number. */
export function isSmallShift(k: number): boolean {
  return k <= smallShiftMax;
}

/** The bits of the longest code with this k that one word has wherever in its first byte the code begins, and that is no escape. */
export function wordCodeMax(k: number): number {
  return Math.min(wordBits, escapeOnes + k);
}

/** Each number is taken from the 25 bits and more that one word has from its place on, which nearly all fit into. */
function readSmallGroup(reader: BitReader, numbers: Float64Array, { from, to, k }: Group): void {
  const { view } = reader;
  const wordEnd = reader.end - 32;
  let position = reader.position;
  for (let index = from; index < to; index += 1) {
    if (position <= wordEnd) {
      const word = view.getInt32(position >>> 3) << (position & 7);
      const ones = Math.clz32(~word);
      const length = ones + 1 + k;
      if (ones < escapeOnes && length <= wordBits) {
        // In two shifts, because one by 32 would be none.
        const code = (ones << k) | (((word << (ones + 1)) >>> 1) >>> (31 - k));
        numbers[index] = (code >>> 1) ^ -(code & 1);
        position += length;
        continue;
      }
    }
    reader.position = position;
    numbers[index] = readSmallNumber(reader, k);
    position = reader.position;
  }
  moveTo(reader, position);
}

/** Bits of a word that are there wherever in its first byte a number begins. */
const wordBits = 25;

/** Reads one number with a small k, which may be an escape or the last one. */
export function readSmallNumber(reader: BitReader, k: number): number {
  const { position } = reader;
  const ones = Math.clz32(~peekBits(reader, position));
  if (ones >= escapeOnes) {
    moveTo(reader, position + escapeOnes);
    return unzigzag(readWide(reader, wideBits));
  }
  const code = k === 0 ? ones : (ones << k) | (peekBits(reader, position + ones + 1) >>> (32 - k));
  moveTo(reader, position + ones + 1 + k);
  return (code >>> 1) ^ -(code & 1);
}

function readWideGroup(reader: BitReader, numbers: Float64Array, { from, to, k }: Group): void {
  const scale = 2 ** k;
  for (let index = from; index < to; index += 1) {
    const ones = Math.min(escapeOnes, Math.clz32(~peekBits(reader, reader.position)));
    const isEscape = ones === escapeOnes;
    moveTo(reader, reader.position + ones + (isEscape ? 0 : 1));
    const code = isEscape ? readWide(reader, wideBits) : ones * scale + readWide(reader, k);
    numbers[index] = unzigzag(code);
  }
}
