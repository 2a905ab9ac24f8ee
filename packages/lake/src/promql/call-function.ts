import { calendarFunctions } from './calendar-functions.ts';
import { clamped, eachValue, numberFunctions, roundTo, seriesOfScalar, stepSeconds } from './element-functions.ts';
import type { Evaluation } from './evaluation.ts';
import { collected } from './evaluation.ts';
import { histogramQuantile } from './histogram-quantile.ts';
import { selected } from './instant-selection.ts';
import { labelJoin, labelReplace, labelsOfAbsent } from './label-functions.ts';
import { metricNamesOf } from './metric-names.ts';
import { overRanges } from './range-call.ts';
import { emptySeries, mergedByLabels, type StepSeries, type StepStream } from './step-series.ts';
import type { CallNode, Expression } from './syntax-tree.ts';
import { withoutMetric } from './label-set.ts';

/** Evaluates a function that gives series. */
export async function* callFunction(node: CallNode, evaluation: Evaluation): StepStream {
  const { name, parameters } = node;
  const [first, second, third] = parameters;
  const { grid } = evaluation;
  switch (name) {
    case 'vector':
      if (first !== undefined) yield seriesOfScalar(await evaluation.scalar(first));
      return;
    case 'label_replace':
      yield* labelReplace(node, evaluation);
      return;
    case 'label_join':
      yield* labelJoin(node, evaluation);
      return;
    case 'histogram_quantile':
      yield* histogramQuantile(node, evaluation);
      return;
    case 'absent':
      if (first !== undefined) yield* absent(first, evaluation.vector(first), evaluation);
      return;
    case 'sort':
    case 'sort_desc':
      if (first !== undefined) yield* sorted(node, first, evaluation);
      return;
    case 'timestamp':
      if (first !== undefined) yield* timestamps(first, evaluation);
      return;
    case 'clamp':
    case 'clamp_min':
    case 'clamp_max': {
      const bounds = [second, third].flatMap((one) => (one === undefined ? [] : [evaluation.scalar(one)]));
      const [low, high] = await Promise.all(bounds);
      if (first !== undefined && low !== undefined) yield* clampedSeries({ name, inner: first, low, high }, evaluation);
      return;
    }
    case 'round': {
      const nearest = second === undefined ? undefined : await evaluation.scalar(second);
      if (first !== undefined) yield* mapped(first, evaluation, (value, step) => roundTo(value, nearest?.[step] ?? 1));
      return;
    }
  }
  const calendar = calendarFunctions[name];
  if (calendar !== undefined) {
    if (first === undefined) yield eachValue(seriesOfScalar(stepSeconds(grid)), calendar);
    else yield* mapped(first, evaluation, calendar);
    return;
  }
  const number = numberFunctions[name];
  if (number !== undefined) {
    if (first !== undefined) yield* mapped(first, evaluation, number);
    return;
  }
  yield* overRanges(node, evaluation);
}

/** A function of each value. */
async function* mapped(
  inner: Expression,
  evaluation: Evaluation,
  of: (value: number, step: number) => number,
): StepStream {
  const results = withBreaths(evaluation.vector(inner), evaluation, (series) => eachValue(series, of));
  if (metricNamesOf(inner) !== 'several') yield* results;
  else yield* mergedByLabels(await collected(results, evaluation));
}

async function* withBreaths(
  stream: StepStream,
  { scope }: Evaluation,
  of: (series: StepSeries) => StepSeries,
): StepStream {
  for await (const series of stream) {
    yield of(series);
    const turn = scope.budget.breathe();
    if (turn !== undefined) await turn;
  }
}

interface Clamping {
  readonly name: string;
  readonly inner: Expression;
  readonly low: Float64Array;
  readonly high: Float64Array | undefined;
}

async function* clampedSeries({ name, inner, low, high }: Clamping, evaluation: Evaluation): StepStream {
  const bounds = (step: number): readonly [least: number, most: number] => {
    const bound = low[step] ?? 0;
    if (name === 'clamp_min') return [bound, Infinity];
    return name === 'clamp_max' ? [-Infinity, bound] : [bound, high?.[step] ?? 0];
  };
  const kept = withBreaths(evaluation.vector(inner), evaluation, (series) => {
    // A least value above the largest leaves nothing.
    for (let step = 0; step < series.present.length; step += 1) {
      const [least, most] = bounds(step);
      if (most < least) series.present[step] = 0;
    }
    return eachValue(series, (value, step) => clamped(value, ...bounds(step)));
  });
  yield* mergedByLabels(await collected(kept, evaluation));
}

/** One series, with 1 where the expression has no value at all. */
export async function* absent(inner: Expression, stream: StepStream, { grid, scope }: Evaluation): StepStream {
  const result = emptySeries(labelsOfAbsent(inner), grid.count);
  result.present.fill(1);
  result.values.fill(1);
  for await (const { present } of stream) {
    for (let step = 0; step < grid.count; step += 1) if (present[step] === 1) result.present[step] = 0;
    const turn = scope.budget.breathe();
    if (turn !== undefined) await turn;
  }
  if (result.present.includes(1)) yield result;
}

/** By value at one moment, NaN last; over a range answers are in the order of labels whatever the query says. */
async function* sorted({ name, place }: CallNode, inner: Expression, evaluation: Evaluation): StepStream {
  const { grid, scope } = evaluation;
  if (grid.count > 1) {
    scope.notes.warn('sort is ineffective for range queries since results are always ordered by labels', place);
    yield* evaluation.vector(inner);
    return;
  }
  const sign = name === 'sort' ? 1 : -1;
  const valueOf = ({ values }: StepSeries): number => values[0] ?? Number.NaN;
  const series = await collected(evaluation.vector(inner), evaluation);
  yield* series.toSorted((a, b) => {
    const [left, right] = [valueOf(a), valueOf(b)];
    if (Number.isNaN(left) || Number.isNaN(right)) return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
    return left === right ? 0 : (left < right ? -1 : 1) * sign;
  });
}

/** When the samples of a selector were taken; for anything else the steps themselves. */
async function* timestamps(inner: Expression, evaluation: Evaluation): StepStream {
  const stream = inner.kind === 'selector' ? selected(inner, evaluation, 'time') : evaluation.vector(inner);
  const seconds = stepSeconds(evaluation.grid);
  const named = withBreaths(stream, evaluation, (series) =>
    inner.kind === 'selector'
      ? { ...series, labels: withoutMetric(series.labels) }
      : eachValue(series, (_, step) => seconds[step] ?? 0),
  );
  if (metricNamesOf(inner) !== 'several') yield* named;
  else yield* mergedByLabels(await collected(named, evaluation));
}
