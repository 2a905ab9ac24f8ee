import { unzigzag, zigzag, type BitReader, type BitWriter } from './bit-stream.ts';

/**
 * Rice coding (Rice and Plaunt 1971) of signed whole numbers that are mostly near zero: a number is its quotient by 2^k
 * in unary and k bits of remainder. Each group of 64 has the k that suits it; a quotient from 16 on is an escape, so that
 * an outlier costs 69 bits and leaves its neighbours small. Numbers must be below 2^52 in size.
 */

const groupLength = 64;
const escapeOnes = 16;
const wideBits = 53;
/** Stands for k where all numbers of a group are zero and nothing follows. */
const allZero = 63;

/** Writes the numbers; how many there are is known to the reader. */
export function writeRice(writer: BitWriter, numbers: Float64Array): void {
  const coded = new Float64Array(groupLength);
  for (let start = 0; start < numbers.length; start += groupLength) {
    const count = Math.min(groupLength, numbers.length - start);
    let sum = 0;
    for (let index = 0; index < count; index += 1) {
      const code = zigzag(numbers[start + index] ?? 0);
      coded[index] = code;
      sum += code;
    }
    if (sum === 0) {
      writer.write(allZero, 6);
      continue;
    }
    const k = bestShift(coded, count, sum / count);
    writer.write(k, 6);
    for (let index = 0; index < count; index += 1) writeCode(writer, coded[index] ?? 0, k);
  }
}

function writeCode(writer: BitWriter, code: number, k: number): void {
  const scale = 2 ** k;
  const quotient = Math.floor(code / scale);
  if (quotient >= escapeOnes) {
    writer.write(0xffff, escapeOnes);
    writer.writeWide(code, wideBits);
    return;
  }
  // `quotient` ones and a zero.
  writer.write(2 ** (quotient + 1) - 2, quotient + 1);
  writer.writeWide(code - quotient * scale, k);
}

/** The k with the fewest bits: from the mean downwards while it gets better, because outliers lift the mean. */
function bestShift(coded: Float64Array, count: number, mean: number): number {
  let k = Math.min(52, Math.max(0, Math.floor(Math.log2(mean)) + 1));
  let bits = bitsWith(coded, count, k);
  for (let lower = k - 1; lower >= 0; lower -= 1) {
    const lowerBits = bitsWith(coded, count, lower);
    if (lowerBits > bits) {
      // A single outlier makes a plateau near the mean; two steps further down show whether it ends.
      if (k - lower > 6) break;
      continue;
    }
    bits = lowerBits;
    k = lower;
  }
  return k;
}

function bitsWith(coded: Float64Array, count: number, k: number): number {
  const scale = 2 ** k;
  let bits = 0;
  for (let index = 0; index < count; index += 1) {
    const quotient = Math.floor((coded[index] ?? 0) / scale);
    bits += quotient >= escapeOnes ? escapeOnes + wideBits : quotient + 1 + k;
  }
  return bits;
}

/** Reads as many numbers as were written. */
export function readRice(reader: BitReader, count: number): Float64Array {
  const numbers = new Float64Array(count);
  for (let start = 0; start < count; start += groupLength) {
    const end = Math.min(start + groupLength, count);
    const k = reader.read(6);
    if (k === allZero) continue;
    const scale = 2 ** k;
    for (let index = start; index < end; index += 1) {
      const quotient = reader.readOnes(escapeOnes);
      const code = quotient === escapeOnes ? reader.readWide(wideBits) : quotient * scale + reader.readWide(k);
      numbers[index] = unzigzag(code);
    }
  }
  return numbers;
}
