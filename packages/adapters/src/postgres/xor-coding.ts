import { readBits, type BitReader, type BitWriter } from './bit-stream.ts';

/**
 * XOR coding of 64-bit floats (Pelkonen et al., "Gorilla", VLDB 2015, section 4.1.2): each value is XORed with the one
 * before; zero is one bit, a difference within the last window of significant bits is sent without naming the window.
 * Every bit of every value survives.
 */

const leadingMax = 31;

/** Writes the values; how many there are is known to the reader. */
export function writeXor(writer: BitWriter, values: Float64Array): void {
  const words = halvesOf(values);
  let [previousHigh, previousLow] = [0, 0];
  let [leading, trailing] = [64, 64];
  for (let index = 0; index < values.length; index += 1) {
    const high = words[index * 2 + highHalf] ?? 0;
    const low = words[index * 2 + lowHalf] ?? 0;
    const xorHigh = (high ^ previousHigh) >>> 0;
    const xorLow = (low ^ previousLow) >>> 0;
    [previousHigh, previousLow] = [high, low];
    if (xorHigh === 0 && xorLow === 0) {
      writer.write(0, 1);
      continue;
    }
    const ownLeading = Math.min(leadingMax, xorHigh === 0 ? 32 + Math.clz32(xorLow) : Math.clz32(xorHigh));
    const ownTrailing = xorLow === 0 ? 32 + trailingZeros(xorHigh) : trailingZeros(xorLow);
    if (ownLeading >= leading && ownTrailing >= trailing) {
      writer.write(0b10, 2);
    } else {
      [leading, trailing] = [ownLeading, ownTrailing];
      writer.write(0b11, 2);
      writer.write(leading, 5);
      writer.write(64 - leading - trailing - 1, 6);
    }
    writeSignificant(writer, [xorHigh, xorLow], { significant: 64 - leading - trailing, trailing });
  }
}

interface BitWindow {
  readonly significant: number;
  readonly trailing: number;
}

function writeSignificant(writer: BitWriter, [high, low]: readonly [number, number], window: BitWindow): void {
  const { significant, trailing } = window;
  let [shiftedHigh, shiftedLow] = [high, low];
  if (trailing >= 32) {
    shiftedHigh = 0;
    shiftedLow = high >>> (trailing - 32);
  } else if (trailing > 0) {
    shiftedHigh = high >>> trailing;
    shiftedLow = (low >>> trailing) | (high << (32 - trailing));
  }
  if (significant > 32) writer.write(shiftedHigh, significant - 32);
  writer.write(shiftedLow, Math.min(significant, 32));
}

/** Reads values into the whole array, as many as were written. */
export function readXor(reader: BitReader, values: Float64Array): void {
  const words = halvesOf(values);
  let [high, low] = [0, 0];
  let [significant, trailing] = [0, 0];
  for (let index = 0; index < values.length; index += 1) {
    if (readBits(reader, 1) === 1) {
      if (readBits(reader, 1) === 1) {
        const leading = readBits(reader, 5);
        significant = readBits(reader, 6) + 1;
        trailing = Math.max(0, 64 - leading - significant);
      }
      const readHigh = significant > 32 ? readBits(reader, significant - 32) : 0;
      const readLow = readBits(reader, Math.min(significant, 32));
      if (trailing >= 32) {
        high ^= readLow << (trailing - 32);
      } else if (trailing > 0) {
        high ^= (readHigh << trailing) | (readLow >>> (32 - trailing));
        low ^= readLow << trailing;
      } else {
        high ^= readHigh;
        low ^= readLow;
      }
    }
    words[index * 2 + highHalf] = high;
    words[index * 2 + lowHalf] = low;
  }
}

/** Which half of a 64-bit float comes first in memory depends on the machine. */
const lowHalf = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1;
const highHalf = 1 - lowHalf;

/** The same memory as 32-bit words. */
function halvesOf(values: Float64Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
}

function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word);
}
