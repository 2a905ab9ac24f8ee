import type { SeriesBaseline } from './expected-band.ts';
import type { Cause } from './series-features.ts';

/** Whose numbers they are. */
export interface SeriesWords {
  readonly metric: string;
  readonly asset: string;
  readonly unit?: string | undefined;
}

/** The numbers of an unusual sample. */
export interface UnusualNumbers {
  readonly value: number;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
  readonly deviation: number;
  readonly baseline: SeriesBaseline;
  readonly cause: Cause;
}

/** An explanation: the numbers as a person should read them, and the sentence that quotes exactly these. */
export interface Explanation {
  readonly value: number;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
  readonly deviation: number;
  readonly sentence: string;
}

/** A number with four significant digits, whole from a thousand on. */
export const readableNumber = (number: number): number =>
  Math.abs(number) >= 1000 && Math.abs(number) < 1e15 ? Math.round(number) : Number(number.toPrecision(4));

/** Says why a sample is unusual; the returned numbers are rounded once and are the ones that the sentence quotes. */
export function explain(series: SeriesWords, numbers: UnusualNumbers): Explanation {
  const value = readableNumber(numbers.value);
  const expected = readableNumber(numbers.expected);
  const lower = readableNumber(numbers.lower);
  const upper = readableNumber(numbers.upper);
  const deviation = Number(Math.max(-1e6, Math.min(1e6, numbers.deviation)).toFixed(1));
  const unit = series.unit === undefined || series.unit === '' || series.unit === '1' ? '' : ` ${series.unit}`;
  const subject = `${series.metric} of ${series.asset}`;
  const outside = numbers.value < numbers.lower || numbers.value > numbers.upper;
  const usual = `${expected}${unit}`;
  const band = lower === upper ? `always ${lower}${unit}` : `expected ${lower} to ${upper}${unit}`;
  const history = `${band} ${baselineWords(numbers.baseline)}`;
  const sentence = outside
    ? `${subject} is ${value}${unit}, ${comparison(value, expected)} its usual ${usual} (${history}).`
    : `${subject} ${causeWords(numbers.cause, unit)}; it is ${value}${unit}, usually ${usual} (${history}).`;
  return { value, expected, lower, upper, deviation, sentence };
}

function comparison(value: number, expected: number): string {
  if (value > 0 && expected > 0) {
    const ratio = value / expected;
    if (ratio >= 1.5) return `${Number(ratio.toPrecision(3))} times`;
    const percent = Number((100 * Math.abs(ratio - 1)).toPrecision(2));
    if (percent > 0) return `${percent}% ${ratio > 1 ? 'above' : 'below'}`;
  }
  const gap = readableNumber(Math.abs(value - expected));
  return gap === 0 ? 'off' : `${gap} ${value > expected ? 'above' : 'below'}`;
}

function causeWords(cause: Cause, unit: string): string {
  const size = readableNumber(Math.abs(cause.size));
  const side = cause.size < 0 ? 'below' : 'above';
  switch (cause.feature) {
    case 'jump':
      return `${cause.size < 0 ? 'fell' : 'rose'} by ${size}${unit} from one sample to the next, more than is usual`;
    case 'step':
      return `has moved ${size}${unit} ${side} where it was, over the last four samples`;
    case 'mean':
      return `has been ${size}${unit} ${side} its level on average over the last eight samples`;
    case 'spread':
      return `varies ${Number(Math.exp(Math.abs(cause.size) / 2).toPrecision(3))} times ${cause.size < 0 ? 'less' : 'as much'} as usual over the last twelve samples`;
    case 'day':
    case 'day-mean':
      return `is ${size}${unit} ${side} what is usual at this time of day`;
    case 'week-mean':
      return `is ${size}${unit} ${side} what is usual at this time of the week`;
    case 'pattern':
      return 'moves in a shape that has not been seen before';
    case 'flat':
      return cause.size === 0 ? 'has begun to change' : `has not changed for ${size} samples`;
    case 'streak':
      return `has been ${side} what was expected for several samples in a row`;
    case 'rarity':
      return 'has a value that is hardly ever seen';
    case 'level':
    case 'recent':
      return `is ${size}${unit} ${side} its level`;
  }
}

function baselineWords(baseline: SeriesBaseline): string {
  const span = spanWords(baseline.toMs - baseline.fromMs);
  return baseline.kind === 'daily-season' ? `at this time of day over the last ${span}` : `from the last ${span}`;
}

/** A length of time in the largest unit that it fills twice. */
function spanWords(spanMs: number): string {
  const steps = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
    ['second', 1000],
  ] as const;
  const [name, unitMs] = steps.find(([, ms]) => spanMs >= 2 * ms) ?? ['second', 1000];
  const amount = Math.max(1, Math.round(spanMs / unitMs));
  return amount === 1 ? name : `${amount} ${name}s`;
}
