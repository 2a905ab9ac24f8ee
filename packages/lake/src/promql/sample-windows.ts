import { emptySeries, type SeriesSamples, type StepGrid, type StepSeries } from './step-series.ts';
import type { LabelSet } from './label-set.ts';

export type SampleStream = AsyncIterable<SeriesSamples>;

/** The windows that a range function looks at: one per step, open at the left and closed at the right. */
export interface SampleWindows {
  /** The right ends, by step. */
  readonly ends: StepGrid;
  readonly rangeMs: number;
}

/** The value of a window: samples from `low` (inclusive) to `high` (exclusive), at least as many as the function needs. */
export type WindowValue = (low: number, high: number, step: number) => number;

/** A function over the samples of a window. */
export type WindowFunction = OneByOne | AllAtOnce;

interface OneByOne {
  /** Windows of fewer samples have no value. */
  readonly samplesMin: number;
  /** Whether the value depends on the step besides its window. */
  readonly usesStep?: boolean;
  /** Looks at a series once, before its windows. */
  prepare(samples: SeriesSamples, windows: SampleWindows): WindowValue;
}

/** What is asked so often that it goes over the windows itself, without a call and a number on the heap for each. */
interface AllAtOnce {
  /** Sets the values of the windows that have one. */
  fill(samples: SeriesSamples, windows: SampleWindows, into: Pick<StepSeries, 'values' | 'present'>): void;
}

interface WindowCall {
  readonly labels: LabelSet;
  readonly of: WindowFunction;
  readonly into?: StepSeries | undefined;
}

/**
 * A function at the windows of all steps of a series, in one pass: the ends of the windows only move forward. `into`: what the
 * result takes the place of.
 */
export function overWindows(
  samples: SeriesSamples,
  windows: SampleWindows,
  { labels, of, into }: WindowCall,
): StepSeries {
  const { times } = samples;
  const { startMs, stepMs, count } = windows.ends;
  const { values, present } = into ?? emptySeries(labels, count);
  if (into !== undefined) present.fill(0);
  if ('fill' in of) {
    // At one moment all steps are alike.
    const different = stepMs === 0 ? 1 : count;
    of.fill(samples, { ...windows, ends: { startMs, stepMs, count: different } }, { values, present });
    if (different < count) {
      values.fill(values[0] ?? 0);
      present.fill(present[0] ?? 0);
    }
    return { labels, values, present };
  }
  const valueOf = of.prepare(samples, windows);
  let [low, high] = [0, 0];
  for (let step = 0; step < count; step += 1) {
    const endMs = startMs + step * stepMs;
    const fromMs = endMs - windows.rangeMs;
    while (high < times.length && (times[high] ?? 0) <= endMs) high += 1;
    while (low < high && (times[low] ?? 0) <= fromMs) low += 1;
    if (high - low < of.samplesMin) continue;
    values[step] = valueOf(low, high, step);
    present[step] = 1;
    if (stepMs === 0 && of.usesStep !== true) {
      values.fill(values[step] ?? 0);
      present.fill(1);
      break;
    }
  }
  return { labels, values, present };
}
