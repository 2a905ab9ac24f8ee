import { shiftedGrid, type Evaluation } from './evaluation.ts';
import type { SampleStream, SampleWindows } from './sample-windows.ts';
import { withoutStaleMarkers } from './stale-marker.ts';
import { endOf, type StepGrid } from './step-series.ts';
import { tooMuch } from './query-fault.ts';
import type { RangeNode, SubqueryNode } from './syntax-tree.ts';

/** Steps of a subquery: a bound of one series' memory. */
const subqueryStepsMax = 1_000_000;

/** The windows of a range or subquery at the steps of an evaluation. */
export function windowsOf(node: RangeNode | SubqueryNode, { grid, scope }: Evaluation): SampleWindows {
  const shift = node.kind === 'range' ? node.selector.shift : node.shift;
  return { ends: shiftedGrid(grid, shift, scope), rangeMs: node.rangeMs };
}

/** The samples of each series that matches, in all windows of all steps. */
export async function* rangeSamples(node: RangeNode, evaluation: Evaluation): SampleStream {
  const { scope } = evaluation;
  const { ends, rangeMs } = windowsOf(node, evaluation);
  const range = { from: ends.startMs - rangeMs + 1, to: endOf(ends) + 1 };
  for await (const { labels, ...points } of scope.reader.read(node.selector.matchers, range)) {
    const samples = withoutStaleMarkers(points);
    if (samples.times.length > 0) yield { labels, ...samples };
  }
}

/** The values of an expression at the steps of a subquery, which are whole multiples of its step since the epoch. */
export async function* subquerySamples(node: SubqueryNode, evaluation: Evaluation): SampleStream {
  const grid = subqueryGrid(node, evaluation);
  if (grid.count < 1) return;
  for await (const { labels, values, present } of evaluation.at(grid).vector(node.inner)) {
    const count = present.reduce((sum, one) => sum + one, 0);
    if (count === 0) continue;
    const samples = { times: new Float64Array(count), values: new Float64Array(count) };
    let end = 0;
    for (let step = 0; step < grid.count; step += 1) {
      if (present[step] === 0) continue;
      samples.times[end] = grid.startMs + step * grid.stepMs;
      samples.values[end] = values[step] ?? 0;
      end += 1;
    }
    evaluation.scope.budget.countSamples(count);
    yield { labels, ...samples };
  }
}

function subqueryGrid(node: SubqueryNode, evaluation: Evaluation): StepGrid {
  const { ends, rangeMs } = windowsOf(node, evaluation);
  const stepMs = node.stepMs ?? evaluation.scope.subqueryStepMs;
  const startMs = (Math.floor((ends.startMs - rangeMs) / stepMs) + 1) * stepMs;
  const count = Math.floor((endOf(ends) - startMs) / stepMs) + 1;
  if (count > subqueryStepsMax)
    throw tooMuch(`a subquery of ${count} steps is too large; ${subqueryStepsMax} are possible`);
  return { startMs, stepMs, count };
}
