import { shiftedGrid, type Evaluation } from './evaluation.ts';
import { staleMarkersIn } from './stale-marker.ts';
import { emptySeries, endOf, hasValues, type StepGrid, type StepSeries, type StepStream } from './step-series.ts';
import type { SelectorNode } from './syntax-tree.ts';
import type { LabelSet } from './label-set.ts';

/** What of a series' last sample is wanted. */
export type SampleAspect = 'value' | 'time';

/** The last sample of each series at each step, no older than the look-back; none after a staleness marker. */
export async function* selected(node: SelectorNode, evaluation: Evaluation, aspect: SampleAspect): StepStream {
  const { scope, grid } = evaluation;
  const view = shiftedGrid(grid, node.shift, scope);
  const range = { from: view.startMs - scope.lookbackMs + 1, to: endOf(view) + 1 };
  for await (const series of scope.reader.read(node.matchers, range)) {
    const result = lastSamples(series, view, { lookbackMs: scope.lookbackMs, aspect });
    const turn = scope.budget.breathe();
    if (turn !== undefined) await turn;
    if (hasValues(result)) yield result;
  }
}

interface Samples {
  readonly labels: LabelSet;
  readonly times: Float64Array;
  readonly values: Float64Array;
}

function lastSamples(
  { labels, times, values }: Samples,
  { startMs, stepMs, count }: StepGrid,
  { lookbackMs, aspect }: { readonly lookbackMs: number; readonly aspect: SampleAspect },
): StepSeries {
  const markers = staleMarkersIn(values);
  const result = emptySeries(labels, count);
  let next = 0;
  for (let step = 0; step < count; step += 1) {
    const atMs = startMs + step * stepMs;
    while (next < times.length && (times[next] ?? 0) <= atMs) next += 1;
    const last = next - 1;
    if (last < 0 || (times[last] ?? 0) <= atMs - lookbackMs || markers?.[last] === 1) continue;
    result.values[step] = aspect === 'value' ? (values[last] ?? 0) : (times[last] ?? 0) / 1000;
    result.present[step] = 1;
  }
  return result;
}
