import { HeliosError } from '@heliosiq/model/errors.ts';
import { readBits, readVarint, unzigzag, zigzag, type BitReader, type BitWriter } from './bit-stream.ts';
import { floatDistance } from './float-distance.ts';
import { readRice, writeRice } from './rice-coding.ts';

/**
 * 64-bit floats as decimals, after Afroozeh et al. ("ALP", SIGMOD 2023): a whole number by a power of ten that all values share,
 * difference by difference, or by the difference of differences where values go in a straight line, Rice coded. What arithmetic left behind, as in 0.30000000000000004, is a second number: how
 * many floats the value lies beside its decimal. What is no decimal below 2^52, such as an infinity, is kept bit by bit
 * beside them. What is decoded equals what was encoded in every bit.
 */

/** A run of values as decimals. */
export interface Decimals {
  readonly exponent: number;
  /** The values are `scaled / 10 ** exponent`, and `besides` floats from there. */
  readonly scaled: Float64Array;
  readonly besides: Float64Array;
  readonly hasBesides: boolean;
  /** Places of values that are kept bit by bit. */
  readonly exceptions: readonly number[];
  /** What a value takes, roughly. */
  readonly bitsEach: number;
}

const scaledMax = 2 ** 51;
/** Floats that a value may lie beside its decimal. */
const besidesMax = 2 ** 30;
const powersOfTen = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
/** Digits after the point up to which a look at every value comes first. */
const exactExponentMax = 9;
/** Fewer values are not worth the look whether they go in lines. */
const lineMin = 8;
/** Lines must save this share, because differences of differences are dearer where there is noise. */
const lineShareMax = 0.8;
/** Differences of differences stay below this, so that their zigzag is exact in 53 bits. */
const bendMax = 2 ** 51;
/** Values by which the exponent is chosen. */
const probes = 24;

/** The usual case: every value is a decimal of few digits, with nothing besides; undefined otherwise. */
export function exactDecimals(values: Float64Array): Decimals | undefined {
  const scaled = new Float64Array(values.length);
  let exponent = 0;
  let power = 1;
  let checked = 0;
  let bits = 0;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? 0;
    while (!isExact(value, power)) {
      exponent += 1;
      if (exponent > exactExponentMax) return undefined;
      power = powersOfTen[exponent] ?? 1;
      checked = index;
    }
    scaled[index] = Math.round(value * power);
  }
  // A value that an earlier, smaller power suited need not suit the final one.
  for (let index = 0; index < checked; index += 1) {
    const value = values[index] ?? 0;
    if (!isExact(value, power)) return undefined;
    scaled[index] = Math.round(value * power);
  }
  const step = Math.max(1, Math.floor(values.length / probes));
  let probed = 0;
  for (let index = step; index < values.length; index += step, probed += 1) {
    bits += bitsOf((scaled[index] ?? 0) - (scaled[index - 1] ?? 0));
  }
  return { exponent, scaled, besides: scaled, hasBesides: false, exceptions: [], bitsEach: bits / Math.max(1, probed) };
}

function isExact(value: number, power: number): boolean {
  const scaled = Math.round(value * power);
  // Negative zero equals zero and is none: its sign would be lost.
  return scaled / power === value && Math.abs(scaled) < scaledMax && !Object.is(value, -0);
}

/** The exponent that makes a sample of the values shortest. */
function bestExponent(values: Float64Array): number | undefined {
  let best: number | undefined;
  let bestBits = Infinity;
  const step = Math.max(1, Math.floor(values.length / probes));
  for (let exponent = 0; exponent < powersOfTen.length; exponent += 1) {
    const power = powersOfTen[exponent] ?? 1;
    let bits = 0;
    for (let index = 0; index < values.length && bits < bestBits; index += step) {
      const value = values[index] ?? 0;
      const before = values[index === 0 ? 0 : index - 1] ?? 0;
      const beside = besideOf(value, power);
      bits +=
        beside === undefined ? 96 : bitsOf(Math.round(value * power) - Math.round(before * power)) + bitsOf(beside);
    }
    if (bits >= bestBits) continue;
    best = exponent;
    bestBits = bits;
  }
  return bestBits >= 80 * Math.ceil(values.length / step) ? undefined : best;
}

/** The values as decimals of the exponent that suits them best; undefined when too many of them are none. */
export function nearDecimals(values: Float64Array): Decimals | undefined {
  const exponent = bestExponent(values);
  if (exponent === undefined) return undefined;
  const power = powersOfTen[exponent] ?? 1;
  const scaled = new Float64Array(values.length);
  const besides = new Float64Array(values.length);
  const exceptions: number[] = [];
  let hasBesides = false;
  let bits = 0;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? 0;
    const before = index === 0 ? 0 : (scaled[index - 1] ?? 0);
    const beside = besideOf(value, power);
    if (beside === undefined) {
      exceptions.push(index);
      scaled[index] = before;
      bits += 80;
      continue;
    }
    const whole = Math.round(value * power);
    scaled[index] = whole;
    besides[index] = beside;
    hasBesides ||= beside !== 0;
    bits += bitsOf(whole - before) + bitsOf(beside);
  }
  if (exceptions.length > values.length / 8 + 1) return undefined;
  return { exponent, scaled, besides, hasBesides, exceptions, bitsEach: bits / values.length };
}

/** How many floats a value lies beside its decimal; undefined when it cannot be kept as one. */
function besideOf(value: number, power: number): number | undefined {
  const scaled = Math.round(value * power);
  if (!(Math.abs(scaled) < scaledMax) || Object.is(value, -0)) return undefined;
  const decimal = scaled / power;
  if (decimal === value) return 0;
  const unit = floatDistance(decimal);
  const beside = (value - decimal) / unit;
  // Across a power of two the floats lie closer or wider: only what comes back as it was is taken.
  return Number.isInteger(beside) && Math.abs(beside) < besidesMax && decimal + beside * unit === value
    ? beside
    : undefined;
}

/** What Rice coding needs for a number among its like, roughly. */
function bitsOf(value: number): number {
  return value === 0 ? 1 : 2.5 + Math.log2(Math.abs(value));
}

const flag = { exceptions: 1, besides: 2, lines: 4 } as const;
const flagBits = 3;

/** Writes decimals; `values` are those they are of, and how many is known to the reader. */
export function writeDecimals(writer: BitWriter, values: Float64Array, decimals: Decimals): void {
  const { exponent, scaled, besides, hasBesides, exceptions } = decimals;
  const changes = new Float64Array(scaled.length);
  for (let index = 1; index < changes.length; index += 1) {
    changes[index] = (scaled[index] ?? 0) - (scaled[index - 1] ?? 0);
  }
  const isLines = goesInLines(changes);
  if (isLines) {
    for (let index = changes.length - 1; index > 1; index -= 1) {
      changes[index] = (changes[index] ?? 0) - (changes[index - 1] ?? 0);
    }
  }
  writer.write(
    (exponent << flagBits) |
      (isLines ? flag.lines : 0) |
      (hasBesides ? flag.besides : 0) |
      (exceptions.length > 0 ? flag.exceptions : 0),
    8,
  );
  writer.writeVarint(zigzag(scaled[0] ?? 0));
  if (isLines) writer.writeVarint(zigzag(changes[1] ?? 0));
  writeRice(writer, changes, isLines ? 2 : 1);
  if (hasBesides) writeRice(writer, besides);
  if (exceptions.length === 0) return;
  writer.writeVarint(exceptions.length);
  // As bytes: a number that is none may carry bits that arithmetic would change.
  const bytes = new DataView(values.buffer, values.byteOffset);
  let last = 0;
  for (const place of exceptions) {
    writer.writeVarint(place - last);
    writer.write(bytes.getUint32(place * 8), 32);
    writer.write(bytes.getUint32(place * 8 + 4), 32);
    last = place;
  }
}

/** Whether the changes of changes are clearly smaller than the changes. */
function goesInLines(changes: Float64Array): boolean {
  if (changes.length < lineMin) return false;
  let [ones, twos] = [0, 0];
  for (let index = 2; index < changes.length; index += 1) {
    const bend = (changes[index] ?? 0) - (changes[index - 1] ?? 0);
    if (Math.abs(bend) >= bendMax) return false;
    ones += Math.log2(1 + Math.abs(changes[index] ?? 0));
    twos += Math.log2(1 + Math.abs(bend));
  }
  return twos < ones * lineShareMax;
}

/** Reads decimals into the whole array. */
export function readDecimals(reader: BitReader, values: Float64Array): void {
  const head = readBits(reader, 8);
  const power = powersOfTen[head >>> flagBits];
  if (power === undefined) throw new HeliosError('internal', 'A column of values has an unknown power of ten');
  if ((head & flag.lines) === 0) readScaled(reader, values, power);
  else readLines(reader, values, power);
  if ((head & flag.besides) !== 0) {
    const besides = new Float64Array(values.length);
    readRice(reader, besides);
    for (let index = 0; index < values.length; index += 1) {
      const beside = besides[index] ?? 0;
      const decimal = values[index] ?? 0;
      if (beside !== 0) values[index] = decimal + beside * floatDistance(decimal);
    }
  }
  if ((head & flag.exceptions) === 0) return;
  const bytes = new DataView(values.buffer, values.byteOffset);
  let place = 0;
  for (let left = readVarint(reader); left > 0; left -= 1) {
    place += readVarint(reader);
    if (place >= values.length) throw new HeliosError('internal', 'A column of values has an exception beyond its end');
    bytes.setUint32(place * 8, readBits(reader, 32));
    bytes.setUint32(place * 8 + 4, readBits(reader, 32));
  }
}

/** Reads what stands before the differences of decimals that have nothing besides; undefined for others. */
export function readPlainHead(reader: BitReader): { readonly power: number; readonly first: number } | undefined {
  const head = readBits(reader, 8);
  const power = powersOfTen[head >>> flagBits];
  const isPlain = (head & (flag.lines | flag.besides | flag.exceptions)) === 0;
  return power === undefined || !isPlain ? undefined : { power, first: unzigzag(readVarint(reader)) };
}

/** Reads whole numbers by a power of ten into the whole array: the first, then Rice coded differences. */
export function readScaled(reader: BitReader, values: Float64Array, power: number): void {
  let scaled = unzigzag(readVarint(reader));
  readRice(reader, values, 1);
  values[0] = scaled / power;
  if (power === 1) {
    for (let index = 1; index < values.length; index += 1) values[index] = scaled += values[index] ?? 0;
    return;
  }
  for (let index = 1; index < values.length; index += 1) {
    scaled += values[index] ?? 0;
    values[index] = scaled / power;
  }
}

function readLines(reader: BitReader, values: Float64Array, power: number): void {
  let scaled = unzigzag(readVarint(reader));
  let change = unzigzag(readVarint(reader));
  readRice(reader, values, 2);
  values[0] = scaled / power;
  scaled += change;
  // Lines are only drawn through several values.
  values[1] = scaled / power;
  for (let index = 2; index < values.length; index += 1) {
    change += values[index] ?? 0;
    scaled += change;
    values[index] = scaled / power;
  }
}
