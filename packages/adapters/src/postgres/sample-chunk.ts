import { HeliosError } from '@heliosiq/model';
import { joinRuns, type SampleRun } from '../sample-run.ts';
import { createBitReader, createBitWriter, unzigzag, zigzag, type BitReader, type BitWriter } from './bit-stream.ts';
import { readRice, writeRice } from './rice-coding.ts';
import { readXor, writeXor } from './xor-coding.ts';

/**
 * Compressed columns of samples. A chunk is one or more frames, one after the other in time, so that a growing chunk is
 * appended to without being read. A frame is: a byte of form, count, first time, times, values.
 *
 * Times: one step where they are regular; else the differences of their differences in units of their greatest common
 * divisor, Rice coded. Values: whole numbers by a power of ten, difference by difference, Rice coded, where each value is
 * exactly such a decimal (after Afroozeh et al., "ALP", SIGMOD 2023); else XORed bit by bit ("Gorilla", VLDB 2015).
 * What is decoded equals what was encoded bit for bit.
 */

const formatVersion = 1;
const form = { regularTimes: 0b01, decimalValues: 0b10 } as const;
/** More samples than any frame has: a larger count means damaged bytes. */
const countMax = 1_000_000;
/** Scaled decimals stay below this, so that the zigzag of a difference is exact in 53 bits. */
const scaledMax = 2 ** 50;
/** Times stay within this (year 37,648), so that differences of differences are exact too. */
const timeMax = 2 ** 50;
const powersOfTen = Array.from({ length: 15 }, (_, exponent) => 10 ** exponent);

/** One frame of a run of 1 to 1,000,000 samples with whole milliseconds within 2^50 of 1970; any values. */
export function encodeFrame(run: SampleRun): Uint8Array {
  const { times, values } = run;
  if (times.length === 0 || times.length > countMax)
    throw new RangeError(`a frame cannot hold ${times.length} samples`);
  if ((times[0] ?? 0) < -timeMax || (times.at(-1) ?? 0) > timeMax) throw new RangeError('a time is too far from 1970');
  const writer = createBitWriter();
  const decimals = decimalsOf(values);
  const step = regularStep(times);
  writer.write(
    (formatVersion << 4) |
      (step === undefined ? 0 : form.regularTimes) |
      (decimals === undefined ? 0 : form.decimalValues),
    8,
  );
  writer.writeVarint(times.length);
  writer.writeVarint(zigzag(times[0] ?? 0));
  if (step === undefined) writeIrregularTimes(writer, times);
  else if (times.length > 1) writer.writeVarint(step);
  if (decimals === undefined) writeXor(writer, values);
  else writeDecimals(writer, decimals);
  return writer.finish();
}

/** The samples of a chunk: all its frames in order. */
export function decodeChunk(bytes: Uint8Array): SampleRun {
  if (bytes.length === 0) return joinRuns([]);
  const reader = createBitReader(bytes);
  const frames: SampleRun[] = [];
  do {
    frames.push(decodeFrame(reader));
  } while (!reader.finishFrame());
  return joinRuns(frames);
}

function decodeFrame(reader: BitReader): SampleRun {
  const head = reader.read(8);
  if (head >>> 4 !== formatVersion) throw new HeliosError('internal', `A sample chunk has the unknown form ${head}`);
  const count = reader.readVarint();
  if (count < 1 || count > countMax)
    throw new HeliosError('internal', `A sample chunk claims to hold ${count} samples`);
  const firstAt = unzigzag(reader.readVarint());
  const times =
    (head & form.regularTimes) === 0
      ? readIrregularTimes(reader, count, firstAt)
      : readRegularTimes(reader, count, firstAt);
  const values = (head & form.decimalValues) === 0 ? readXor(reader, count) : readDecimals(reader, count);
  return { times, values };
}

function regularStep(times: Float64Array): number | undefined {
  const step = (times[1] ?? 0) - (times[0] ?? 0);
  for (let index = 2; index < times.length; index += 1) {
    if ((times[index] ?? 0) - (times[index - 1] ?? 0) !== step) return undefined;
  }
  return step;
}

function readRegularTimes(reader: BitReader, count: number, firstAt: number): Float64Array {
  const times = new Float64Array(count);
  const step = count > 1 ? reader.readVarint() : 0;
  for (let index = 0; index < count; index += 1) times[index] = firstAt + index * step;
  return times;
}

function writeIrregularTimes(writer: BitWriter, times: Float64Array): void {
  const steps = new Float64Array(times.length - 1);
  let unit = 0;
  for (let index = 0; index < steps.length; index += 1) {
    const step = (times[index + 1] ?? 0) - (times[index] ?? 0);
    steps[index] = step;
    unit = greatestCommonDivisor(step, unit);
  }
  writer.writeVarint(unit);
  let previous = 0;
  for (let index = 0; index < steps.length; index += 1) {
    const step = (steps[index] ?? 0) / unit;
    steps[index] = step - previous;
    previous = step;
  }
  // The first difference is a whole step, far from zero: it goes before the others.
  writer.writeVarint(zigzag(steps[0] ?? 0));
  writeRice(writer, steps.subarray(1));
}

function readIrregularTimes(reader: BitReader, count: number, firstAt: number): Float64Array {
  const times = new Float64Array(count);
  const unit = reader.readVarint();
  let step = unzigzag(reader.readVarint());
  const changes = readRice(reader, count - 2);
  let at = firstAt;
  times[0] = at;
  for (let index = 1; index < count; index += 1) {
    if (index > 1) step += changes[index - 2] ?? 0;
    at += step * unit;
    times[index] = at;
  }
  return times;
}

function greatestCommonDivisor(a: number, b: number): number {
  let [larger, smaller] = [a, b];
  while (smaller !== 0) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}

interface Decimals {
  /** Values are `scaled / 10 ** exponent`. */
  readonly exponent: number;
  readonly scaled: Float64Array;
}

/** The values as whole numbers by one power of ten; undefined when one of them is not exactly such a number. */
function decimalsOf(values: Float64Array): Decimals | undefined {
  let exponent = 0;
  for (const value of values) {
    while (!isDecimal(value, powersOfTen[exponent] ?? 1)) {
      exponent += 1;
      if (exponent === powersOfTen.length) return undefined;
    }
  }
  const power = powersOfTen[exponent] ?? 1;
  const scaled = new Float64Array(values.length);
  for (const [index, value] of values.entries()) {
    // A value that an earlier, smaller power suited need not suit the final one.
    if (!isDecimal(value, power)) return undefined;
    scaled[index] = Math.round(value * power);
  }
  return { exponent, scaled };
}

function isDecimal(value: number, power: number): boolean {
  const scaled = Math.round(value * power);
  // Negative zero equals zero and is none: its sign would be lost.
  return scaled / power === value && Math.abs(scaled) < scaledMax && !Object.is(value, -0);
}

function writeDecimals(writer: BitWriter, { exponent, scaled }: Decimals): void {
  writer.write(exponent, 8);
  writer.writeVarint(zigzag(scaled[0] ?? 0));
  const changes = new Float64Array(scaled.length - 1);
  for (let index = 0; index < changes.length; index += 1)
    changes[index] = (scaled[index + 1] ?? 0) - (scaled[index] ?? 0);
  writeRice(writer, changes);
}

function readDecimals(reader: BitReader, count: number): Float64Array {
  const power = powersOfTen[reader.read(8)];
  if (power === undefined) throw new HeliosError('internal', 'A sample chunk has an unknown power of ten');
  let scaled = unzigzag(reader.readVarint());
  const changes = readRice(reader, count - 1);
  const values = new Float64Array(count);
  values[0] = scaled / power;
  for (let index = 1; index < count; index += 1) {
    scaled += changes[index - 1] ?? 0;
    values[index] = scaled / power;
  }
  return values;
}
