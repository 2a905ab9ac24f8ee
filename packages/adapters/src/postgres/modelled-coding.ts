import { HeliosError } from '@heliosiq/model';
import {
  createAdaptiveReader,
  createAdaptiveWriter,
  type AdaptiveReader,
  type AdaptiveWriter,
} from './adaptive-coding.ts';
import { readBits, readVarint, readWide, type BitReader, type BitWriter } from './bit-stream.ts';

/**
 * 64-bit floats that are dear in every quick way: each as the value before, as a value of some samples ago, or as a decimal of its
 * own number of places less what was expected. What can be learnt goes through adaptive contexts, the low bits as they are.
 * Floats that are no decimal below 2^53 keep their mantissa. What is decoded equals what was encoded in every bit.
 *
 * Bytes: the kind of expectation; what all whole numbers are multiples of (1 for others); the length of the adaptive bytes; these;
 * then the low bits.
 */

/** What the next value is expected to be: the one before, on a straight line, a moving mean, or between that and the one before. */
const expectations = 4;
const meanShare = 1 / 6;
const placesMax = 19;
const powersOfTen = Array.from({ length: placesMax + 1 }, (_, places) => Number(`1e${places}`));
/** Octaves of the powers of ten: by them the sizes of differences compare, whatever the places. */
const octavesOf = powersOfTen.map((power) => Math.round(Math.log2(power)));
const wholeMax = 2 ** 53;
const expectedMax = 2 ** 52;
const sizeBits = 7;
const sizeMiddle = 64;
const distanceBits = 4;
const distanceMax = 2 ** (2 ** distanceBits - 1);
/** A value of long ago must save this many bits over a difference. */
const distanceGain = 3;
const exponentSteps = 3;

/** Where the contexts of each decision begin. */
const context = {
  same: 0,
  isPast: 8,
  distance: 16,
  isOtherPlaces: 32,
  isFloat: 34,
  places: 36,
  exponent: 68,
  mantissa: 76,
  sign: 80,
  high: 82,
  size: 82 + 4 * 2 ** sizeBits,
} as const;
const sizeSorts = 16;
const contextCount = context.size + sizeSorts * 2 ** sizeBits;

/** What writer and reader know after each value. */
interface Course {
  before: number;
  earlier: number;
  mean: number;
  places: number;
  sizeSort: number;
  sames: number;
  pasts: number;
  /** Sign and exponent of the last float that was kept as one. */
  head: number;
}

function createCourse(): Course {
  return { before: 0, earlier: 0, mean: 0, places: 0, sizeSort: 0, sames: 0, pasts: 0, head: 0x3ff };
}

function expectedOf({ before, earlier, mean }: Course, kind: number): number {
  if (kind === 0) return before;
  if (kind === 1) return 2 * before - earlier;
  return kind === 2 ? mean : (before + mean) / 2;
}

/** The whole number that is expected at a number of places; 0 where there is none to speak of. */
function expectedWhole(expected: number, unit: number, places: number): number {
  const whole = unit > 1 ? Math.round(expected / unit) : Math.round(expected * (powersOfTen[places] ?? 1));
  return Math.abs(whole) < expectedMax ? whole : 0;
}

function goOn(course: Course, value: number): void {
  if (!Number.isFinite(value)) return;
  course.earlier = course.before;
  course.mean += (value - course.mean) * meanShare;
  course.before = value;
  if (!Number.isFinite(course.mean)) course.mean = value;
}

function noteSize(course: Course, size: number): void {
  course.sizeSort = Math.min(sizeSorts - 1, Math.max(0, (size >>> 1) - 22));
}

/** Writes values; how many there are is known to the reader. */
export function writeModelled(writer: BitWriter, values: Float64Array): void {
  const kind = bestExpectation(values);
  const unit = unitOf(values);
  const coder = createAdaptiveWriter(contextCount);
  const low: LowBits[] = [];
  const course = createCourse();
  const lastAt = new Map<number, number>();
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? 0;
    if (index > 0) {
      const isSame = value === values[index - 1] && (value !== 0 || Object.is(value, values[index - 1]));
      coder.write(context.same + course.sames, isSame ? 1 : 0);
      course.sames = ((course.sames << 1) | (isSame ? 1 : 0)) & 7;
      if (isSame) continue;
    }
    const places = placesOf(value, course.places, unit);
    const whole = places === undefined ? 0 : unit > 1 ? value / unit : Math.round(value * (powersOfTen[places] ?? 1));
    const expected = places === undefined ? 0 : expectedWhole(expectedOf(course, kind), unit, places);
    const difference = whole - expected;
    const isWhole = places !== undefined && Math.abs(difference) < wholeMax && expected + difference === whole;
    const bits = isWhole ? bitLength(Math.abs(difference)) : 64;
    const distance = index - (lastAt.get(value) ?? -Infinity);
    const isPast = distance < distanceMax && bits > bitLength(distance) + distanceGain;
    coder.write(context.isPast + course.pasts, isPast ? 1 : 0);
    course.pasts = ((course.pasts << 1) | (isPast ? 1 : 0)) & 3;
    if (isPast) {
      const length = bitLength(distance);
      coder.writeTree(context.distance, distanceBits, length);
      low.push({ value: distance - 2 ** (length - 1), width: length - 1 });
    } else if (isWhole) {
      writePlaces(coder, course, places);
      writeDifference({ coder, low, course }, difference, octavesAt(unit, places));
    } else {
      coder.write(context.isOtherPlaces, 1);
      coder.write(context.isFloat, 1);
      writeFloat({ coder, low, course }, values, index);
    }
    // Zero has two signs, and what is no number equals nothing.
    if (value !== 0 && value === value) lastAt.set(value, index);
    goOn(course, value);
  }
  const adaptive = coder.finish();
  writer.write(kind, 8);
  writer.writeVarint(unit);
  writer.writeVarint(adaptive.length);
  writer.writeBytes(adaptive);
  for (const { value, width } of low) writer.writeWide(value, width);
}

interface LowBits {
  readonly value: number;
  readonly width: number;
}

interface Writing {
  readonly coder: AdaptiveWriter;
  readonly low: LowBits[];
  readonly course: Course;
}

function octavesAt(unit: number, places: number): number {
  return unit > 1 ? 0 : (octavesOf[places] ?? 0);
}

function writePlaces(coder: AdaptiveWriter, course: Course, places: number): void {
  const isOther = places !== course.places;
  coder.write(context.isOtherPlaces, isOther ? 1 : 0);
  if (!isOther) return;
  coder.write(context.isFloat, 0);
  coder.writeTree(context.places, 5, places);
  course.places = places;
}

function writeDifference({ coder, low, course }: Writing, difference: number, octaves: number): void {
  const rest = Math.abs(difference);
  const length = bitLength(rest);
  const size = length - octaves + sizeMiddle;
  coder.writeTree(context.size + course.sizeSort * 2 ** sizeBits, sizeBits, size);
  noteSize(course, size);
  if (length === 0) return;
  coder.write(context.sign, difference < 0 ? 1 : 0);
  if (length === 1) return;
  const high = Math.floor(rest / 2 ** Math.max(0, length - 3));
  const own = context.high + size * 4;
  if (length === 2) {
    coder.write(own, high & 1);
    return;
  }
  coder.write(own, (high >>> 1) & 1);
  coder.write(own + 1 + ((high >>> 1) & 1), high & 1);
  low.push({ value: rest % 2 ** (length - 3), width: length - 3 });
}

/** Sign and exponent as a step from the last one's, the first bits of the mantissa, and the rest as it is. */
function writeFloat({ coder, low, course }: Writing, values: Float64Array, index: number): void {
  // By its bits: a number that is none may carry some that arithmetic would change.
  const bytes = new DataView(values.buffer, values.byteOffset);
  const upper = bytes.getUint32(index * 8 + (isLittle ? 4 : 0), isLittle);
  const lower = bytes.getUint32(index * 8 + (isLittle ? 0 : 4), isLittle);
  const head = upper >>> 20;
  const step = head - course.head;
  const isNear = Math.abs(step) <= exponentSteps;
  coder.writeTree(context.exponent, 3, isNear ? step + exponentSteps : 7);
  if (!isNear) low.push({ value: head, width: 12 });
  course.head = head;
  const first = (upper >>> 18) & 3;
  coder.writeTree(context.mantissa, 2, first);
  low.push({ value: upper & 0x3ffff, width: 18 }, { value: lower, width: 32 });
}

const isLittle = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** The fewest places that a value is a decimal of, looked for from those of the last one; undefined when it is none. */
function placesOf(value: number, near: number, unit: number): number | undefined {
  if (unit > 1) return 0;
  if (isDecimal(value, near)) {
    let places = near;
    while (places > 0 && isDecimal(value, places - 1)) places -= 1;
    return places;
  }
  for (let places = 0; places <= placesMax; places += 1) if (isDecimal(value, places)) return places;
  return undefined;
}

function isDecimal(value: number, places: number): boolean {
  const power = powersOfTen[places] ?? 1;
  const whole = Math.round(value * power);
  return whole / power === value && Math.abs(whole) < wholeMax && !Object.is(value, -0);
}

/** What all values are multiples of, when they are whole; else 1. */
export function unitOf(values: Float64Array): number {
  let unit = 0;
  for (const value of values) {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) return 1;
    let [larger, smaller] = [Math.abs(value), unit];
    while (smaller !== 0) [larger, smaller] = [smaller, larger % smaller];
    unit = larger;
    if (unit === 1) return 1;
  }
  return Math.max(1, unit);
}

/** The expectation that lies nearest, on a scale of octaves. */
function bestExpectation(values: Float64Array): number {
  const course = createCourse();
  const octaves = new Float64Array(expectations);
  for (const value of values) {
    if (value === course.before || !Number.isFinite(value)) continue;
    const size = Math.abs(value) + 1e-300;
    for (let kind = 0; kind < expectations; kind += 1) {
      octaves[kind] = (octaves[kind] ?? 0) + Math.log2(Math.abs(value - expectedOf(course, kind)) / size + 1e-9);
    }
    goOn(course, value);
  }
  let best = 0;
  for (let kind = 1; kind < expectations; kind += 1) if ((octaves[kind] ?? 0) < (octaves[best] ?? 0)) best = kind;
  return best;
}

/** Bits of a whole number from 0 to 2^53. */
function bitLength(value: number): number {
  return value < word ? 32 - Math.clz32(value) : 64 - Math.clz32(Math.floor(value / word));
}

const word = 2 ** 32;

/** Reads values into the whole array, as many as were written. */
export function readModelled(reader: BitReader, values: Float64Array): void {
  const kind = readBits(reader, 8);
  const unit = readVarint(reader);
  const length = readVarint(reader);
  const start = reader.position >>> 3;
  if (kind >= expectations || unit < 1 || (start + length) * 8 > reader.end) throw damaged();
  const coder = createAdaptiveReader(reader.bytes.subarray(start, start + length), contextCount);
  reader.position = (start + length) * 8;
  const course = createCourse();
  const bytes = new DataView(values.buffer, values.byteOffset);
  for (let index = 0; index < values.length; index += 1) {
    if (index > 0) {
      const same = coder.read(context.same + course.sames);
      course.sames = ((course.sames << 1) | same) & 7;
      if (same === 1) {
        values[index] = values[index - 1] ?? 0;
        continue;
      }
    }
    const past = coder.read(context.isPast + course.pasts);
    course.pasts = ((course.pasts << 1) | past) & 3;
    if (past === 1) {
      const bits = coder.readTree(context.distance, distanceBits);
      const distance = 2 ** (bits - 1) + readBits(reader, Math.max(0, bits - 1));
      if (distance > index) throw damaged();
      values[index] = values[index - distance] ?? 0;
    } else if (coder.read(context.isOtherPlaces) === 0) {
      values[index] = readDecimal({ coder, reader, course }, unit, kind);
    } else if (coder.read(context.isFloat) === 0) {
      course.places = Math.min(placesMax, coder.readTree(context.places, 5));
      values[index] = readDecimal({ coder, reader, course }, unit, kind);
    } else {
      const [upper, lower] = readFloat({ coder, reader, course });
      bytes.setUint32(index * 8, isLittle ? lower : upper, isLittle);
      bytes.setUint32(index * 8 + 4, isLittle ? upper : lower, isLittle);
    }
    goOn(course, values[index] ?? 0);
  }
}

interface Reading {
  readonly coder: AdaptiveReader;
  readonly reader: BitReader;
  readonly course: Course;
}

function readDecimal({ coder, reader, course }: Reading, unit: number, kind: number): number {
  const { places } = course;
  const size = coder.readTree(context.size + course.sizeSort * 2 ** sizeBits, sizeBits);
  noteSize(course, size);
  const length = size - sizeMiddle + octavesAt(unit, places);
  if (length < 0 || length > 53) throw damaged();
  let difference = length === 0 ? 0 : 1;
  const isNegative = length > 0 && coder.read(context.sign) === 1;
  if (length > 1) {
    const own = context.high + size * 4;
    const first = coder.read(own);
    difference = 2 + first;
    if (length > 2) {
      difference = difference * 2 + coder.read(own + 1 + first);
      difference = difference * 2 ** (length - 3) + readWide(reader, length - 3);
    }
  }
  const whole = expectedWhole(expectedOf(course, kind), unit, places) + (isNegative ? -difference : difference);
  return unit > 1 ? whole * unit : whole / (powersOfTen[places] ?? 1);
}

/** The upper and the lower half of a float's bits. */
function readFloat({ coder, reader, course }: Reading): [upper: number, lower: number] {
  const step = coder.readTree(context.exponent, 3);
  course.head = step === 7 ? readBits(reader, 12) : (course.head + step - exponentSteps) & 0xfff;
  const first = coder.readTree(context.mantissa, 2);
  const upper = (course.head << 20) | (first << 18) | readBits(reader, 18);
  return [upper >>> 0, readBits(reader, 32)];
}

function damaged(): HeliosError {
  return new HeliosError('internal', 'Modelled values end too early or beyond their bounds: their bytes are damaged');
}
