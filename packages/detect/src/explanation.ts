import { measureNumber, measureWords } from '@heliosiq/model/measure-words.ts';
import type { SeriesBaseline } from './expected-band.ts';
import type { Cause } from './series-features.ts';

/** Whose numbers they are. */
export interface SeriesWords {
  readonly metric: string;
  readonly labels?: Readonly<Record<string, string>>;
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

/**
 * Says in one line why a sample is unusual. The returned numbers are rounded once, in the series' unit, and are the ones
 * that the sentence quotes, in a unit that reads well. The sentence holds no double quotes.
 */
export function explain(series: SeriesWords, numbers: UnusualNumbers): Explanation {
  const { unit } = series;
  const value = measureWords(numbers.value, unit);
  const expected = measureWords(numbers.expected, unit);
  const bandSize = Math.max(Math.abs(numbers.lower), Math.abs(numbers.upper));
  const lower = measureWords(numbers.lower, unit, bandSize);
  const upper = measureWords(numbers.upper, unit, bandSize);
  const deviation = Number(Math.max(-1e6, Math.min(1e6, numbers.deviation)).toFixed(1));
  const subject = subjectWords(series);
  const outside = numbers.value < numbers.lower || numbers.value > numbers.upper;
  const band =
    lower.value === upper.value
      ? `always ${lower.text}`
      : `expected ${measureNumber(numbers.lower, unit, bandSize)} to ${upper.text}`;
  const history = `${band} ${baselineWords(numbers.baseline)}`;
  const sentence = outside
    ? `${subject} is ${value.text}, ${comparison(value.value, expected.value, unit)} its usual ${expected.text} (${history}).`
    : `${subject} ${causeWords(numbers.cause, unit)}; it is ${value.text}, usually ${expected.text} (${history}).`;
  return {
    value: value.value,
    expected: expected.value,
    lower: lower.value,
    upper: upper.value,
    deviation,
    sentence: oneLine(sentence),
  };
}

const oneLine = (sentence: string): string => sentence.replaceAll('"', "'").replaceAll(/\s+/g, ' ').trim();

/** Labels that say which figure of a distribution it is; they stand before the metric: `p99 latency`. */
const statisticLabels: ReadonlySet<string> = new Set(['statistic', 'stat', 'quantile', 'percentile', 'agg']);
const statisticWords: ReadonlyMap<string, string> = new Map([
  ['avg', 'average'],
  ['mean', 'average'],
  ['sum', 'total'],
  ['min', 'lowest'],
  ['minimum', 'lowest'],
  ['max', 'highest'],
  ['maximum', 'highest'],
]);

/** `p99 latency of PetSite`, `average cpu (core 3) of host-1`. */
function subjectWords({ metric, labels = {}, asset }: SeriesWords): string {
  const before: string[] = [];
  const behind: string[] = [];
  for (const [name, value] of Object.entries(labels)) {
    if (value === '') continue;
    if (statisticLabels.has(name.toLowerCase())) before.push(statisticWord(value));
    else behind.push(`${name} ${value}`);
  }
  return `${[...before, metric].join(' ')}${behind.length === 0 ? '' : ` (${behind.join(', ')})`} of ${asset}`;
}

function statisticWord(value: string): string {
  const word = value.toLowerCase();
  const share = Number(word);
  if (share > 0 && share < 1) return `p${Number((100 * share).toPrecision(6))}`;
  return statisticWords.get(word) ?? word;
}

function comparison(value: number, expected: number, unit: string | undefined): string {
  if (value > 0 && expected > 0) {
    const ratio = value / expected;
    if (ratio >= 1.5) return `${Number(ratio.toPrecision(3))} times`;
    const percent = Number((100 * Math.abs(ratio - 1)).toPrecision(2));
    if (percent > 0) return `${percent}% ${ratio > 1 ? 'above' : 'below'}`;
  }
  const gap = measureWords(Math.abs(value - expected), unit);
  return gap.value === 0 ? 'off' : `${gap.text} ${value > expected ? 'above' : 'below'}`;
}

function causeWords(cause: Cause, unit: string | undefined): string {
  const size = measureWords(Math.abs(cause.size), unit).text;
  const side = cause.size < 0 ? 'below' : 'above';
  switch (cause.feature) {
    case 'jump':
      return `${cause.size < 0 ? 'fell' : 'rose'} by ${size} from one sample to the next, more than is usual`;
    case 'step':
      return `has moved ${size} ${side} where it was, over the last four samples`;
    case 'course':
      return `has moved ${size} ${side} where it was, over some forty samples`;
    case 'spread': {
      const times = Number((1 + Math.abs(cause.size)).toPrecision(3));
      return `varies ${times} times ${cause.size < 0 ? 'less than' : 'as much as'} usual over the last twelve samples`;
    }
    case 'day':
      return `is ${size} ${side} what is usual at this time of day`;
    case 'week-mean':
      return `is ${size} ${side} what is usual at this time of the week`;
    case 'day-ratio':
      return `is ${Number(Math.abs(cause.size).toPrecision(3))} times as far from what is usual at this time of day as it often is`;
    case 'unrest':
      return 'has been unusual over the last few samples';
    case 'level':
    case 'recent':
      return `is ${size} ${side} its level`;
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
