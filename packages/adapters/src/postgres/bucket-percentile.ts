import { floatDistance } from './float-distance.ts';

/**
 * Percentiles as services interpolate them that count values in logarithmic buckets. In buckets a tenth wide, as Amazon CloudWatch
 * has them, a percentile is 1.1^(k + a/b): b values of bucket k, of which a lie below. Such a float looks like noise of 15 digits
 * and is three small numbers. What is computed here comes out the same on every machine: nothing but the four operations of IEEE
 * 754 is used, and no power or logarithm of a library.
 */

/** A percentile in a bucket. */
export interface BucketPercentile {
  /** The percentile lies between 1.1^bucket and 1.1^(bucket + 1). */
  readonly bucket: number;
  /** Of as many parts of the bucket. */
  readonly parts: number;
  /** So many lie below. */
  readonly below: number;
}

/** How percentiles were written down. */
export interface PercentileDigits {
  /** Digits after the point. */
  readonly places: number;
  /** Further ones were cut off instead of rounded. */
  readonly isCut: boolean;
}

/** Digits after the point at most: powers of ten beyond are no floats. */
export const percentilePlacesMax = 22;
/** Whoever computed a percentile may have come out so many units beside it. */
export const besideMax = 15;

/** The largest number of parts. */
export const partsMax = 2 ** 14 - 1;
/** Buckets from this below one to this above: about 1e-12 to 1e12. */
export const bucketMax = 290;
/** The natural logarithm of 1.1. */
const logarithm = 0.09531017980432487;
/** Terms of the series of the exponential function below 1.1: what follows is below 1e-17. */
const terms = 12;
const wholeMax = 2 ** 53;
const powersOfTen = Array.from({ length: percentilePlacesMax + 1 }, (_, places) => Number(`1e${places}`));
/** The share of a value by which floating point may have missed it. */
const missed = 1.2e-15;

const boundaries = new Map<number, number>();

/** 1.1^bucket, to the nearest float. */
function boundaryOf(bucket: number): number {
  let boundary = boundaries.get(bucket);
  if (boundary === undefined) {
    const power = BigInt(Math.abs(bucket));
    const shift = 60n + power;
    boundary =
      bucket >= 0 ? Number(`${11n ** power}e-${power}`) : Number(`${10n ** (power + shift) / 11n ** power}e-${shift}`);
    boundaries.set(bucket, boundary);
  }
  return boundary;
}

/** The percentile before it was written down. */
function exactly({ bucket, parts, below }: BucketPercentile): number {
  const exponent = (below / parts) * logarithm;
  let sum = 1;
  for (let term = terms; term > 0; term -= 1) sum = 1 + (sum * exponent) / term;
  return boundaryOf(bucket) * sum;
}

/**
 * The percentile as a decimal of so many places, `beside` units of its last place away from what it should be; where a float has
 * fewer places than that, floats away.
 */
export function percentileAt(
  percentile: BucketPercentile,
  { places, isCut }: PercentileDigits,
  beside: number,
): number {
  const exact = exactly(percentile);
  const power = powersOfTen[places] ?? 1;
  const whole = exact * power;
  if (whole >= wholeMax) return exact + beside * floatDistance(exact);
  return ((isCut ? Math.floor(whole) : Math.round(whole)) + beside) / power;
}

/** The percentile that a value is, and how far it is beside that; undefined when it is none. */
export function percentileOf(
  value: number,
  digits: PercentileDigits,
): (BucketPercentile & { readonly beside: number }) | undefined {
  if (!(value > 0)) return undefined;
  const place = Math.log(value) / logarithm;
  if (!(Math.abs(place) < bucketMax - 1)) return undefined;
  const unit = Math.max(1 / (powersOfTen[digits.places] ?? 1), floatDistance(value));
  // On the scale of buckets, where floats are coarse.
  const tolerance = (unit / value + missed) / logarithm + (Math.abs(place) + 8) * Number.EPSILON * 2;
  const bucket = Math.floor(place + tolerance);
  const share = simpleShare(place - bucket, tolerance);
  if (share === undefined) return undefined;
  const percentile = { bucket, ...share };
  const beside = Math.round((value - percentileAt(percentile, digits, 0)) / unit) + 0;
  if (Math.abs(beside) > besideMax || percentileAt(percentile, digits, beside) !== value) return undefined;
  return { ...percentile, beside };
}

/** The first of the continued fraction's shares that lies within the tolerance; undefined when it has too many parts. */
function simpleShare(place: number, tolerance: number): Omit<BucketPercentile, 'bucket'> | undefined {
  if (place <= tolerance) return { parts: 1, below: 0 };
  let [belowBefore, partsBefore, below, parts] = [1, 0, 0, 1];
  for (let rest = place; ;) {
    rest = 1 / rest;
    const whole = Math.floor(rest);
    [belowBefore, below] = [below, whole * below + belowBefore];
    [partsBefore, parts] = [parts, whole * parts + partsBefore];
    if (!(parts <= partsMax)) return undefined;
    if (Math.abs(place - below / parts) <= tolerance) return below < parts ? { parts, below } : undefined;
    rest -= whole;
  }
}

/** How most of the values are written down, if a good part of them are percentiles of buckets; else undefined. */
export function digitsOf(values: Float64Array): PercentileDigits | undefined {
  const step = Math.max(1, Math.floor(values.length / probes));
  const probed = values.filter((_, index) => index % step === 0);
  const places = usualPlaces(probed);
  if (places < placesMin) return undefined;
  let best: PercentileDigits | undefined;
  let bestWorth = probed.length * shareMin;
  for (const isCut of [false, true]) {
    const digits = { places, isCut };
    const worth = probed.reduce((sum, value) => {
      const found = percentileOf(value, digits);
      return sum + (found === undefined ? 0 : 1 / (1 + Math.abs(found.beside) * besidePrice));
    }, 0);
    if (worth <= bestWorth) continue;
    bestWorth = worth;
    best = digits;
  }
  return best;
}

/** Values that are looked at to find out. */
const probes = 48;
/** Values of fewer digits are cheap as they are, and could be percentiles by chance. */
const placesMin = 13;
/** So many of the values must be percentiles. */
const shareMin = 0.04;
const besidePrice = 0.1;

/** The digits after the point that most of the values have. */
function usualPlaces(values: Float64Array): number {
  const counts = new Map<number, number>();
  for (const value of values) {
    const [mantissa = '', exponent = '0'] = String(value).split('e');
    const places = (mantissa.split('.')[1]?.length ?? 0) - Number(exponent);
    if (places >= 0 && places <= percentilePlacesMax) counts.set(places, (counts.get(places) ?? 0) + 1);
  }
  const [usual] = [...counts].sort(([, one], [, other]) => other - one);
  return usual?.[0] ?? 0;
}
