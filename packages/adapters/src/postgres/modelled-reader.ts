import { HeliosError } from '@heliosiq/model/errors.ts';
import { createAdaptiveReader, type AdaptiveReader } from './adaptive-coding.ts';
import { readBits, readVarint, readWide, unzigzag, type BitReader } from './bit-stream.ts';
import {
  besideMax,
  bucketMax,
  partsMax,
  percentileAt,
  percentilePlacesMax,
  type PercentileDigits,
} from './bucket-percentile.ts';
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
  withNewest,
  type Course,
} from './modelled-course.ts';

const kindMax = (expectations - 1) | extra.lines | extra.percentiles;

/** Reads what `writeModelled` wrote into the whole array; damaged bytes throw `internal`. */
export function readModelled(reader: BitReader, values: Float64Array): void {
  const head = readBits(reader, 8);
  if (head > kindMax) throw damaged();
  const kind = head & (expectations - 1);
  const hasLines = (head & extra.lines) !== 0;
  const unit = readVarint(reader);
  const digits = (head & extra.percentiles) === 0 ? undefined : readDigits(reader);
  const length = readVarint(reader);
  const start = reader.position >>> 3;
  if (unit < 1 || (start + length) * 8 > reader.end) throw damaged();
  const coder = createAdaptiveReader(reader.bytes.subarray(start, start + length), contextCount);
  reader.position = (start + length) * 8;
  const course = createCourse();
  const reading = { coder, reader, course };
  const bytes = new DataView(values.buffer, values.byteOffset);
  for (let index = 0; index < values.length; index += 1) {
    if (index > 0) {
      const same = coder.read(context.same + course.sames);
      course.sames = withNewest(course.sames, same, 3);
      if (same === 1) {
        values[index] = values[index - 1] ?? 0;
        continue;
      }
    }
    if (isOf(reading, 'past')) {
      const bits = coder.readTree(context.distance, distanceBits);
      const distance = 2 ** (bits - 1) + readBits(reader, Math.max(0, bits - 1));
      if (distance > index) throw damaged();
      values[index] = values[index - distance] ?? 0;
    } else if (hasLines && isOf(reading, 'near')) {
      const line = expectedOf(course, 1);
      values[index] = line + (coder.readTree(context.near, nearBits) - nearMax) * floatDistance(line);
    } else if (digits !== undefined && isOf(reading, 'percentile')) {
      values[index] = readPercentile(reading, digits);
    } else if (coder.read(context.isOtherPlaces) === 0) {
      values[index] = readDecimal(reading, unit, kind);
    } else if (coder.read(context.isFloat) === 0) {
      course.places = Math.min(placesMax, coder.readTree(context.places, 5));
      values[index] = readDecimal(reading, unit, kind);
    } else {
      const [upper, lower] = readFloat(reading);
      bytes.setUint32(index * 8, isLittle ? lower : upper, isLittle);
      bytes.setUint32(index * 8 + 4, isLittle ? upper : lower, isLittle);
    }
    goOn(course, values[index] ?? 0);
  }
}

const isLittle = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

interface Reading {
  readonly coder: AdaptiveReader;
  readonly reader: BitReader;
  readonly course: Course;
}

function readDigits(reader: BitReader): PercentileDigits {
  const digits = readVarint(reader);
  const places = digits >>> 1;
  if (places > percentilePlacesMax) throw damaged();
  return { places, isCut: (digits & 1) === 1 };
}

/** Whether the next value is of a sort. */
function isOf({ coder, course }: Reading, sort: 'past' | 'near' | 'percentile'): boolean {
  const bit = coder.read(context.is[sort] + course.lately[sort]);
  course.lately[sort] = withNewest(course.lately[sort], bit, 2);
  return bit === 1;
}

function readPercentile({ coder, reader, course }: Reading, digits: PercentileDigits): number {
  const step = coder.readTree(context.bucketStep, bucketStepBits) - bucketStepMax;
  const bucket = step >= bucketStepMax ? unzigzag(readBits(reader, farBucketBits)) : course.bucket + step;
  if (Math.abs(bucket) > bucketMax) throw damaged();
  course.bucket = bucket;
  const length = coder.readTree(context.partsLength, partsLengthBits);
  if (length === 0) throw damaged();
  const first = 2 ** (length - 1);
  const parts =
    first +
    (length <= learntPartsBits ? coder.readTree(context.parts + first, length - 1) : readBits(reader, length - 1));
  if (parts > partsMax) throw damaged();
  const below = readTruncated(reader, parts);
  const beside = coder.readTree(context.beside, besideBits) - besideMax;
  return percentileAt({ bucket, parts, below }, digits, beside);
}

/** A number below a count: the first ones take one bit less than the others. */
function readTruncated(reader: BitReader, count: number): number {
  const width = bitLength(count) - 1;
  const short = 2 ** (width + 1) - count;
  const value = readBits(reader, width);
  return value < short ? value : value * 2 + readBits(reader, 1) - short;
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
