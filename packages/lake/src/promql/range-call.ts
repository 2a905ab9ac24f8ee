import type { Evaluation } from './evaluation.ts';
import { keyOf, metricLabel, valueUnder, withoutMetric, type LabelSet } from './label-set.ts';
import { metricNamesOf } from './metric-names.ts';
import { overTimeFunctions, quantileOverTime } from './over-time-functions.ts';
import { noteQuantile } from './quantile-note.ts';
import { rateFunctions } from './rate-functions.ts';
import { windowsOf } from './range-selection.ts';
import { overWindows, type WindowFunction } from './sample-windows.ts';
import { emptySeries, hasValues, sameLabels, type StepStream } from './step-series.ts';
import type { CallNode, RangeNode, SubqueryNode } from './syntax-tree.ts';
import { deriv, predictLinear } from './trend-functions.ts';
import { labelsOfAbsent } from './label-functions.ts';

const keepsName: ReadonlySet<string> = new Set(['last_over_time', 'first_over_time']);
const counterEnds: readonly string[] = ['_total', '_sum', '_count', '_bucket'];

/** Evaluates a function over ranges, series by series. `isPassing`: each is only looked at until the next one is asked for. */
export async function* overRanges(
  node: CallNode,
  evaluation: Evaluation,
  { isPassing = false }: { readonly isPassing?: boolean } = {},
): StepStream {
  const range = node.parameters.find((one) => one.kind === 'range' || one.kind === 'subquery');
  if (range === undefined) throw new RangeError(`${node.name}() has no range`);
  if (node.name === 'absent_over_time') yield* absentOverTime(range, evaluation);
  else yield* ofSeries({ node, range, of: await windowFunction(node, evaluation), isPassing }, evaluation);
}

async function windowFunction(node: CallNode, evaluation: Evaluation): Promise<WindowFunction> {
  const { name, parameters } = node;
  const scalarNode = parameters.find((one) => one.kind !== 'range' && one.kind !== 'subquery');
  const scalar = scalarNode === undefined ? new Float64Array() : await evaluation.scalar(scalarNode);
  switch (name) {
    case 'quantile_over_time':
      return quantileOverTime(scalar, (quantile) => {
        noteQuantile(quantile, evaluation.scope.notes, scalarNode?.place ?? node.place);
      });
    case 'predict_linear':
      return predictLinear(scalar, evaluation.grid);
    case 'deriv':
      return deriv;
  }
  const known = rateFunctions[name] ?? overTimeFunctions[name];
  if (known === undefined) throw new RangeError(`there is no function ${name}()`);
  return known;
}

interface RangeCall {
  readonly node: CallNode;
  readonly range: RangeNode | SubqueryNode;
  readonly of: WindowFunction;
  readonly isPassing: boolean;
}

async function* ofSeries({ node, range, of, isPassing }: RangeCall, evaluation: Evaluation): StepStream {
  const { budget, notes } = evaluation.scope;
  const windows = windowsOf(range, evaluation);
  const labelsOf = keepsName.has(node.name) ? (labels: LabelSet) => labels : withoutMetric;
  // Series of several metrics may be alike without their names.
  const seen = metricNamesOf(range) === 'several' ? new Set<string>() : undefined;
  const passing = isPassing ? emptySeries([], windows.ends.count) : undefined;
  for await (const samples of evaluation.samples(range)) {
    const labels = labelsOf(samples.labels);
    const result = overWindows(samples, windows, { labels, of, into: passing });
    const turn = budget.breathe();
    if (turn !== undefined) await turn;
    if (!hasValues(result)) continue;
    if (seen !== undefined) {
      const key = keyOf(labels);
      if (seen.has(key)) throw sameLabels();
      seen.add(key);
    }
    if (node.name === 'rate' || node.name === 'increase') {
      const metric = valueUnder(samples.labels, metricLabel);
      if (metric !== '' && !counterEnds.some((end) => metric.endsWith(end))) {
        notes.inform(
          `metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${JSON.stringify(metric)}`,
          range.place,
        );
      }
    }
    yield result;
  }
}

/** One series, with 1 where no window of any series holds a sample. */
async function* absentOverTime(range: RangeNode | SubqueryNode, evaluation: Evaluation): StepStream {
  const windows = windowsOf(range, evaluation);
  const present = overTimeFunctions['present_over_time'];
  const result = emptySeries(labelsOfAbsent(range), evaluation.grid.count);
  result.values.fill(1);
  result.present.fill(1);
  for await (const samples of evaluation.samples(range)) {
    if (present === undefined) break;
    const held = overWindows(samples, windows, { labels: samples.labels, of: present });
    for (let step = 0; step < held.present.length; step += 1) if (held.present[step] === 1) result.present[step] = 0;
  }
  if (hasValues(result)) yield result;
}
