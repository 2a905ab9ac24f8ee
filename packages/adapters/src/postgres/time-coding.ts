import { HeliosError } from '@heliosiq/model/errors.ts';
import {
  createBitReader,
  readBits,
  readVarint,
  unzigzag,
  zigzag,
  type BitReader,
  type BitWriter,
} from './bit-stream.ts';
import { readRice, writeRice } from './rice-coding.ts';

/**
 * Ascending times in whole milliseconds as bytes: a byte of form, how many, the first; then one step where they are regular, else
 * the differences of their differences in units of their greatest common divisor, Rice coded.
 */

const form = { regular: 0, irregular: 1 } as const;
/** More samples than any frame has: a larger count means damaged bytes. */
const countMax = 1_000_000;
/** Times stay within this of 1970 (year 37,648), so that differences of differences are exact. */
const timeMax = 2 ** 50;

/** Writes 1 to 1,000,000 strictly ascending times within 2^50 of 1970. */
export function writeTimes(writer: BitWriter, times: Float64Array): void {
  if (times.length === 0 || times.length > countMax) {
    throw new RangeError(`a frame cannot hold ${times.length} samples`);
  }
  const [first, last] = [times[0] ?? 0, times[times.length - 1] ?? 0];
  if (first < -timeMax || last > timeMax) throw new RangeError('a time is too far from 1970');
  const step = regularStep(times);
  writer.write(step === undefined ? form.irregular : form.regular, 8);
  writer.writeVarint(times.length);
  writer.writeVarint(zigzag(first));
  if (step === undefined) writeIrregular(writer, times);
  else if (times.length > 1) writer.writeVarint(step);
}

/** The times of bytes that `writeTimes` wrote, in an array that has their number, when one is given. */
export function readTimes(bytes: Uint8Array, target?: Float64Array): Float64Array {
  const reader = createBitReader(bytes);
  const isRegular = bytes[0] === form.regular;
  reader.position = 8;
  const count = readVarint(reader);
  if (count < 1 || count > countMax || (bytes[0] ?? 255) > form.irregular) {
    throw new HeliosError('internal', `A column of times claims to be of form ${bytes[0]} with ${count} times`);
  }
  if (target !== undefined && target.length !== count) {
    throw new HeliosError('internal', `A column of times has ${count} times instead of ${target.length}`);
  }
  const times = target ?? new Float64Array(count);
  const first = unzigzag(readVarint(reader));
  if (isRegular) readRegularTimes(reader, times, first);
  else readIrregularTimes(reader, times, first);
  return times;
}

function regularStep(times: Float64Array): number | undefined {
  const step = (times[1] ?? 0) - (times[0] ?? 0);
  for (let index = 2; index < times.length; index += 1) {
    if ((times[index] ?? 0) - (times[index - 1] ?? 0) !== step) return undefined;
  }
  return step;
}

/** Reads regular times into the whole array. */
export function readRegularTimes(reader: BitReader, times: Float64Array, first: number): void {
  const step = times.length > 1 ? readVarint(reader) : 0;
  for (let index = 0; index < times.length; index += 1) times[index] = first + index * step;
}

function writeIrregular(writer: BitWriter, times: Float64Array): void {
  const steps = new Float64Array(times.length - 1);
  let unit = 0;
  for (let index = 0; index < steps.length; index += 1) {
    const step = (times[index + 1] ?? 0) - (times[index] ?? 0);
    steps[index] = step;
    if (unit !== 1) unit = greatestCommonDivisor(step, unit);
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
  writeRice(writer, steps, 1);
}

/** What stands before the differences of differences of irregular times: the second time is the first and one step. */
export interface IrregularHead {
  readonly count: number;
  readonly first: number;
  readonly unit: number;
  /** In units. */
  readonly step: number;
}

/** Reads the head of a column of irregular times from a whole byte on; undefined where it has another form. */
export function readIrregularHead(reader: BitReader): IrregularHead | undefined {
  if (readBits(reader, 8) !== form.irregular) return undefined;
  const count = readVarint(reader);
  const first = unzigzag(readVarint(reader));
  const unit = readVarint(reader);
  return { count, first, unit, step: unzigzag(readVarint(reader)) };
}

/** Reads irregular times into the whole array, which has two or more. */
export function readIrregularTimes(reader: BitReader, times: Float64Array, first: number): void {
  const unit = readVarint(reader);
  let step = unzigzag(readVarint(reader));
  // The changes are read to where the times will stand.
  readRice(reader, times, 2);
  let at = first;
  times[0] = at;
  at += step * unit;
  times[1] = at;
  for (let index = 2; index < times.length; index += 1) {
    step += times[index] ?? 0;
    at += step * unit;
    times[index] = at;
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  let [larger, smaller] = [a, b];
  while (smaller !== 0) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}
