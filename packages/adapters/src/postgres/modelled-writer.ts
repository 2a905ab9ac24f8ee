import { createAdaptiveWriter, type AdaptiveWriter } from './adaptive-coding.ts';
import { zigzag, type BitWriter } from './bit-stream.ts';
import { besideMax, digitsOf, percentileOf, type BucketPercentile } from './bucket-percentile.ts';
import { floatDistance } from './float-distance.ts';
import {
  besideBits,
  bitLength,
  bucketStepBits,
  bucketStepMax,
  context,
  contextCount,
  createCourse,
  distanceBits,
  distanceMax,
  expectations,
  expectedOf,
  expectedWhole,
  exponentSteps,
  extra,
  farBucketBits,
  goOn,
  learntPartsBits,
  nearBits,
  nearMax,
  noteSize,
  octavesAt,
  partsLengthBits,
  placesMax,
  powersOfTen,
  sizeBits,
  sizeMiddle,
  wholeMax,
  withNewest,
  type Course,
} from './modelled-course.ts';

/** A value of long ago must save this many bits over what it would take otherwise. */
const distanceGain = 3;
/** Bits of what lies near a line, and of a percentile beside twice the length of its parts, roughly. */
const roughBits = { near: 4, percentile: 9 } as const;
/** Values near lines are looked for where more than this share of the changes is such. */
const nearShareMin = 0.02;

/** Writes values in the form of `modelled-course.ts`; how many there are is known to the reader. */
export function writeModelled(writer: BitWriter, values: Float64Array): void {
  const unit = unitOf(values);
  const digits = unit > 1 ? undefined : digitsOf(values);
  const hasLines = unit === 1 && goesNearLines(values);
  const kind = bestExpectation(values);
  const coder = createAdaptiveWriter(contextCount);
  const low: LowBits[] = [];
  const course = createCourse();
  const writing = { coder, low, course };
  const lastAt = new Map<number, number>();
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? 0;
    if (index > 0) {
      const isSame = value === values[index - 1] && (value !== 0 || Object.is(value, values[index - 1]));
      coder.write(context.same + course.sames, isSame ? 1 : 0);
      course.sames = withNewest(course.sames, isSame ? 1 : 0, 3);
      if (isSame) continue;
    }
    const steps = hasLines ? stepsFromLine(course, value) : undefined;
    const percentile = digits === undefined ? undefined : percentileOf(value, digits);
    const places = placesOf(value, course.places, unit);
    const whole = places === undefined ? 0 : unit > 1 ? value / unit : Math.round(value * (powersOfTen[places] ?? 1));
    const expected = places === undefined ? 0 : expectedWhole(expectedOf(course, kind), unit, places);
    const difference = whole - expected;
    const isWhole = places !== undefined && Math.abs(difference) < wholeMax && expected + difference === whole;
    const plainBits = isWhole ? bitLength(Math.abs(difference)) : 64;
    const percentileBits = percentile === undefined ? 64 : roughBits.percentile + 2 * bitLength(percentile.parts);
    const isPercentile = percentileBits < plainBits;
    const bits = steps === undefined ? Math.min(plainBits, percentileBits) : Math.min(plainBits, roughBits.near);
    const isNear = steps !== undefined && plainBits > roughBits.near;
    const distance = index - (lastAt.get(value) ?? -Infinity);
    const isPast = distance < distanceMax && bits > bitLength(distance) + distanceGain;
    decide(coder, course, { of: 'past', is: isPast });
    if (!isPast && hasLines) decide(coder, course, { of: 'near', is: isNear });
    if (!isPast && !isNear && digits !== undefined) decide(coder, course, { of: 'percentile', is: isPercentile });
    if (isPast) {
      const length = bitLength(distance);
      coder.writeTree(context.distance, distanceBits, length);
      low.push({ value: distance - 2 ** (length - 1), width: length - 1 });
    } else if (isNear) {
      coder.writeTree(context.near, nearBits, steps + nearMax);
    } else if (percentile !== undefined && isPercentile) {
      writePercentile(writing, percentile, percentile.beside);
    } else if (isWhole) {
      writePlaces(coder, course, places);
      writeDifference(writing, difference, octavesAt(unit, places));
    } else {
      coder.write(context.isOtherPlaces, 1);
      coder.write(context.isFloat, 1);
      writeFloat(writing, values, index);
    }
    // Zero has two signs, and what is no number equals nothing.
    if (value !== 0 && value === value) lastAt.set(value, index);
    goOn(course, value);
  }
  const adaptive = coder.finish();
  writer.write(kind | (hasLines ? extra.lines : 0) | (digits === undefined ? 0 : extra.percentiles), 8);
  writer.writeVarint(unit);
  if (digits !== undefined) writer.writeVarint(digits.places * 2 + (digits.isCut ? 1 : 0));
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

/** Writes whether a value is of a sort, by what the last two were. */
function decide(
  coder: AdaptiveWriter,
  course: Course,
  { of, is }: { readonly of: 'past' | 'near' | 'percentile'; readonly is: boolean },
): void {
  coder.write(context.is[of] + course.lately[of], is ? 1 : 0);
  course.lately[of] = withNewest(course.lately[of], is ? 1 : 0, 2);
}

/** How many floats a value lies beside the straight line through the two before; undefined when that is far. */
function stepsFromLine(course: Course, value: number): number | undefined {
  const line = expectedOf(course, 1);
  if (!Number.isFinite(line)) return undefined;
  const unit = floatDistance(line);
  // Zero is added because zero has two signs.
  const steps = (value - line) / unit + 0;
  const isNear = Number.isInteger(steps) && Math.abs(steps) <= nearMax && Object.is(line + steps * unit, value);
  return isNear ? steps : undefined;
}

/** Whether values that are no whole numbers go in straight lines, but for their last bits, in a part of all changes. */
function goesNearLines(values: Float64Array): boolean {
  const course = createCourse();
  let [changes, near] = [0, 0];
  for (const value of values) {
    if (value === course.before || !Number.isFinite(value)) continue;
    changes += 1;
    if (!Number.isInteger(value) && stepsFromLine(course, value) !== undefined) near += 1;
    goOn(course, value);
  }
  return near > changes * nearShareMin;
}

function writePercentile(
  { coder, low, course }: Writing,
  { bucket, parts, below }: BucketPercentile,
  beside: number,
): void {
  const step = bucket - course.bucket;
  const isClose = Math.abs(step) < bucketStepMax;
  coder.writeTree(context.bucketStep, bucketStepBits, isClose ? step + bucketStepMax : 2 * bucketStepMax);
  if (!isClose) low.push({ value: zigzag(bucket), width: farBucketBits });
  course.bucket = bucket;
  const length = bitLength(parts);
  coder.writeTree(context.partsLength, partsLengthBits, length);
  if (length <= learntPartsBits)
    coder.writeTree(context.parts + 2 ** (length - 1), length - 1, parts - 2 ** (length - 1));
  else low.push({ value: parts - 2 ** (length - 1), width: length - 1 });
  low.push(truncatedBinary(below, parts));
  coder.writeTree(context.beside, besideBits, beside + besideMax);
}

/** A number below a count in as few bits as the count allows: the first ones take one bit less. */
function truncatedBinary(value: number, count: number): LowBits {
  const width = bitLength(count) - 1;
  const short = 2 ** (width + 1) - count;
  return value < short ? { value, width } : { value: value + short, width: width + 1 };
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
