import { HeliosError } from '@heliosiq/model/errors.ts';
import {
  createBitReader,
  createBitWriter,
  readBits,
  readVarint,
  type BitReader,
  type BitWriter,
} from './bit-stream.ts';
import { exactDecimals, nearDecimals, readDecimals, writeDecimals, type Decimals } from './decimal-coding.ts';
import { readModelled } from './modelled-reader.ts';
import { unitOf, writeModelled } from './modelled-writer.ts';
import { readRice, writeRice } from './rice-coding.ts';
import { readXor, writeXor } from './xor-coding.ts';

/**
 * A column of 64-bit floats as bytes. A byte of form says what was done to it, in this order: values that repeat at once are
 * written once with their number (`runs`); where values come again later, the different ones are written in ascending order and
 * the column says which (`dictionary`); what is left is written as decimals, or XORed bit by bit where that is shorter. Columns
 * that stay and are dear in all these ways are `modelled` value by value instead, which takes over ten times as long to read.
 */

/** The form of decimals of all values. */
export const plainForm = 0;
const form = { runs: 1, dictionary: 2, xor: 4, modelled: 8 } as const;
/** Values that take less are written as they are: looking closer would take more than it saves. */
const cheapBits = 12;
/** The same for values with something beside their decimals, which is written anew for each that repeats. */
const cheapNearBits = 3;
/** Decimals that take more may be beaten by XOR. */
const expensiveBits = 46;
/**
 * Columns of fewer values, or that take fewer bits for each, are not modelled; nor are those of plain decimals below some more
 * bits, which lie close to what a model could do, unless they are multiples of something.
 */
const modelledMin = { values: 32, bitsEach: 1, plainBitsEach: 20 } as const;
/** Modelling pays off when it takes no more than this share: it is slower to read. */
const modelledShareMax = 0.94;
/** Runs pay off when they are not more than this share of the values, and a dictionary likewise. */
const shareMax = { runs: 0.6, distinct: 0.75 } as const;
/** Fewer values are not worth a dictionary. */
const dictionaryMin = 32;
/** What XOR takes for a value, roughly. */
const xorBits = 60;

/**
 * Writes values from the next whole byte on; how many there are is known to the reader. `isThorough`: for values that stay,
 * several ways are tried where they are dear, which takes about a microsecond for each.
 */
export function writeValues(writer: BitWriter, values: Float64Array, isThorough: boolean): void {
  if (!isThorough || values.length < modelledMin.values) {
    writeQuick(writer, values, isThorough);
    return;
  }
  const quick = createBitWriter();
  writeQuick(quick, values, isThorough);
  const bytes = quick.finish();
  const bitsEach = (bytes.length * 8) / values.length;
  const isPlain = bytes[0] === plainForm && bitsEach < modelledMin.plainBitsEach;
  if (bitsEach < modelledMin.bitsEach || (isPlain && unitOf(values) === 1)) {
    writer.writeBytes(bytes);
    return;
  }
  const modelled = createBitWriter();
  modelled.write(form.modelled, 8);
  writeModelled(modelled, values);
  const shorter = modelled.finish();
  writer.writeBytes(shorter.length <= bytes.length * modelledShareMax ? shorter : bytes);
}

function writeQuick(writer: BitWriter, values: Float64Array, isThorough: boolean): void {
  const exact = exactDecimals(values);
  if (exact === undefined && !isThorough) {
    writer.write(form.xor, 8);
    writeXor(writer, values);
    return;
  }
  const asTheyAre = exact ?? nearDecimals(values);
  if (
    asTheyAre !== undefined &&
    (!isThorough || asTheyAre.bitsEach < (exact === undefined ? cheapNearBits : cheapBits))
  ) {
    writer.write(plainForm, 8);
    writeDecimals(writer, values, asTheyAre);
    return;
  }
  const runs = hasOdd(values) ? undefined : runsOf(values);
  const single = runs?.values ?? values;
  const plain = runs === undefined ? asTheyAre : (exactDecimals(single) ?? nearDecimals(single));
  const dictionary = hasOdd(single) ? undefined : dictionaryOf(single, plain?.bitsEach ?? xorBits);
  const column = dictionary?.values ?? single;
  const decimals = shorter(column, dictionary === undefined ? plain : dictionary.decimals);
  writer.write(
    (runs === undefined ? 0 : form.runs) |
      (dictionary === undefined ? 0 : form.dictionary) |
      (decimals === undefined ? form.xor : 0),
    8,
  );
  if (runs !== undefined) {
    writer.writeVarint(single.length);
    writeRice(writer, runs.repeats);
  }
  if (dictionary !== undefined) writer.writeVarint(column.length);
  if (decimals === undefined) writeXor(writer, column);
  else writeDecimals(writer, column, decimals);
  if (dictionary === undefined) return;
  const width = widthOf(column.length);
  for (const place of dictionary.places) writer.write(place, width);
}

/** The decimals, if they are the shorter way. */
function shorter(values: Float64Array, decimals: Decimals | undefined): Decimals | undefined {
  if (decimals === undefined || decimals.bitsEach < expensiveBits) return decimals;
  const [one, other] = [createBitWriter(), createBitWriter()];
  writeDecimals(one, values, decimals);
  writeXor(other, values);
  return one.align() <= other.align() ? decimals : undefined;
}

/** Values that equal others without being them, such as negative zero, or that do not equal themselves. */
function hasOdd(values: Float64Array): boolean {
  for (const value of values) if (Number.isNaN(value) || Object.is(value, -0)) return true;
  return false;
}

interface Runs {
  readonly values: Float64Array;
  /** How many more times each comes. */
  readonly repeats: Float64Array;
}

function runsOf(values: Float64Array): Runs | undefined {
  let count = 1;
  for (let index = 1; index < values.length; index += 1) if (values[index] !== values[index - 1]) count += 1;
  if (count > values.length * shareMax.runs) return undefined;
  const single = new Float64Array(count);
  const repeats = new Float64Array(count);
  let place = -1;
  for (let index = 0; index < values.length; index += 1) {
    if (index > 0 && values[index] === values[index - 1]) {
      repeats[place] = (repeats[place] ?? 0) + 1;
      continue;
    }
    place += 1;
    single[place] = values[index] ?? 0;
  }
  return { values: single, repeats };
}

interface Dictionary {
  /** The different values in ascending order. */
  readonly values: Float64Array;
  readonly decimals: Decimals | undefined;
  /** Of each value, where it stands among them. */
  readonly places: Int32Array;
}

function dictionaryOf(values: Float64Array, plainBits: number): Dictionary | undefined {
  if (values.length < dictionaryMin) return undefined;
  const distinct = new Set(values);
  if (distinct.size > values.length * shareMax.distinct) return undefined;
  const sorted = Float64Array.from(distinct).sort();
  const decimals = exactDecimals(sorted) ?? nearDecimals(sorted);
  const bits = sorted.length * (decimals?.bitsEach ?? xorBits) + values.length * widthOf(sorted.length);
  if (bits >= values.length * plainBits) return undefined;
  const placeOf = new Map<number, number>();
  for (const [place, value] of sorted.entries()) placeOf.set(value, place);
  return { values: sorted, decimals, places: Int32Array.from(values, (value) => placeOf.get(value) ?? 0) };
}

/** Bits that tell so many places apart. */
function widthOf(count: number): number {
  return 32 - Math.clz32(count - 1);
}

/** The values of bytes that `writeValues` wrote, in an array of `count` when one is given; damaged ones throw `internal`. */
export function readValues(
  bytes: Uint8Array,
  count: number,
  target: Float64Array = new Float64Array(count),
): Float64Array {
  const reader = createBitReader(bytes);
  const head = readBits(reader, 8);
  if (head === form.modelled) {
    readModelled(reader, target);
    return target;
  }
  if (head > (form.runs | form.dictionary | form.xor)) {
    throw new HeliosError('internal', `A column of values has the unknown form ${head}`);
  }
  const single = (head & form.runs) === 0 ? count : readCount(reader, count);
  const repeats = new Float64Array((head & form.runs) === 0 ? 0 : single);
  readRice(reader, repeats);
  const singles = repeats.length === 0 ? target : new Float64Array(single);
  const column = (head & form.dictionary) === 0 ? singles : new Float64Array(readCount(reader, single));
  if ((head & form.xor) === 0) readDecimals(reader, column);
  else readXor(reader, column);
  if ((head & form.dictionary) !== 0) lookUp(reader, column, singles);
  if (repeats.length > 0) repeat(singles, repeats, target);
  return target;
}

function readCount(reader: BitReader, max: number): number {
  const count = readVarint(reader);
  if (count >= 1 && count <= max) return count;
  throw new HeliosError('internal', `A column of values claims to hold ${count} of ${max}`);
}

/** Fills in the values of a dictionary by their places in it. */
function lookUp(reader: BitReader, column: Float64Array, values: Float64Array): void {
  const width = widthOf(column.length);
  for (let index = 0; index < values.length; index += 1) values[index] = column[readBits(reader, width)] ?? 0;
}

/** Fills in values, each as often as it came. */
function repeat(single: Float64Array, repeats: Float64Array, values: Float64Array): void {
  let end = 0;
  for (let index = 0; index < single.length; index += 1) {
    const next = end + 1 + (repeats[index] ?? 0);
    values.fill(single[index] ?? 0, end, next);
    end = next;
  }
  if (end === values.length) return;
  throw new HeliosError('internal', `A column of values has ${end} values instead of ${values.length}`);
}
