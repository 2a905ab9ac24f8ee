import { cannotEvaluate } from './query-fault.ts';
import { keyOf, type LabelSet } from './label-set.ts';

/** The steps of an evaluation: `startMs`, `startMs + stepMs`, ...; milliseconds since the epoch. */
export interface StepGrid {
  readonly startMs: number;
  readonly stepMs: number;
  readonly count: number;
}

/** The values of a series at the steps. The consumer of a series may change its values in place. */
export interface StepSeries {
  readonly labels: LabelSet;
  readonly values: Float64Array;
  /** 1 where there is a value (which may be NaN), 0 where there is none. */
  readonly present: Uint8Array;
}

/** Samples of one series in ascending time, without staleness markers. */
export interface SeriesSamples {
  readonly labels: LabelSet;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

export type StepStream = AsyncIterable<StepSeries>;

export function endOf({ startMs, stepMs, count }: StepGrid): number {
  return startMs + stepMs * (count - 1);
}

export function emptySeries(labels: LabelSet, count: number): StepSeries {
  return { labels, values: new Float64Array(count), present: new Uint8Array(count) };
}

/** The same steps under other labels. */
export function relabelled({ values, present }: StepSeries, labels: LabelSet): StepSeries {
  return { labels, values, present };
}

export function hasValues({ present }: StepSeries): boolean {
  return present.includes(1);
}

/**
 * Series of equal labels as one, where they have no step in common; throws `unprocessable` where they do. Takes series
 * over as they come, so that the first of equal ones is changed.
 */
export function mergedByLabels(series: readonly StepSeries[]): readonly StepSeries[] {
  const known = new Map<string, StepSeries>();
  for (const one of series) {
    const key = keyOf(one.labels);
    const first = known.get(key);
    if (first === undefined) known.set(key, one);
    else overlay(first, one);
  }
  return [...known.values()];
}

function overlay(onto: StepSeries, more: StepSeries): void {
  for (let step = 0; step < more.present.length; step += 1) {
    if (more.present[step] === 0) continue;
    if (onto.present[step] === 1) throw sameLabels();
    onto.present[step] = 1;
    onto.values[step] = more.values[step] ?? 0;
  }
}

/** Two results cannot have one set of labels. */
export function sameLabels(): Error {
  return cannotEvaluate(
    'vector cannot contain metrics with the same labelset',
    'Ask for one metric at a time: a function or operator drops the name.',
  );
}
