import type { GroupLabels } from './group-labels.ts';
import { collected, type Evaluation } from './evaluation.ts';
import { keyOf, metricLabel, onlyLabels, withLabel, withoutLabels, type LabelSet } from './label-set.ts';
import { plainDecimalOf } from './number-text.ts';
import { noteQuantiles } from './quantile-note.ts';
import { emptySeries, type StepSeries, type StepStream } from './step-series.ts';
import { quantileOf } from './statistics.ts';
import type { AggregateNode } from './syntax-tree.ts';

/** `quantile`: of each group the quantile of its values at a step. */
export async function* quantileOfGroups(
  node: AggregateNode,
  evaluation: Evaluation,
  labelsOf: GroupLabels,
): StepStream {
  const { grid, scope } = evaluation;
  const { parameter } = node;
  const quantiles = parameter === undefined ? new Float64Array(grid.count) : await evaluation.scalar(parameter);
  const series = await collected(evaluation.vector(node.inner), evaluation);
  noteQuantiles(quantiles, scope.notes, parameter?.place ?? node.place);
  for (const group of Map.groupBy(series, ({ labels }) => keyOf(labelsOf(labels))).values()) {
    const result = emptySeries(labelsOf(group[0]?.labels ?? []), grid.count);
    const values = new Float64Array(group.length);
    for (let step = 0; step < grid.count; step += 1) {
      let measured = 0;
      for (const one of group) if (one.present[step] === 1) values[measured++] = one.values[step] ?? 0;
      if (measured === 0) continue;
      result.present[step] = 1;
      result.values[step] = quantileOf(values.subarray(0, measured), quantiles[step] ?? Number.NaN);
      const turn = scope.budget.breathe();
      if (turn !== undefined) await turn;
    }
    if (result.present.includes(1)) yield result;
  }
}

/** `count_values`: how many series of a group have each value, which becomes a label. */
export async function* countValues(node: AggregateNode, evaluation: Evaluation): StepStream {
  const label = node.parameter?.kind === 'text' ? node.parameter.value : '';
  const { isWithout, labels: given } = node.grouping;
  // The label of the value is one to group by.
  const names = new Set(isWithout ? [...given, metricLabel] : [...given, label]);
  const labelsOf = (of: LabelSet): LabelSet => (isWithout ? withoutLabels(of, names) : onlyLabels(of, names));
  const { grid, scope } = evaluation;
  const counted = new Map<string, StepSeries>();
  for await (const series of evaluation.vector(node.inner)) {
    for (let step = 0; step < grid.count; step += 1) {
      if (series.present[step] === 0) continue;
      const labels = labelsOf(withLabel(series.labels, label, plainDecimalOf(series.values[step] ?? 0)));
      const key = keyOf(labels);
      let count = counted.get(key);
      if (count === undefined) {
        scope.budget.holdCells(grid.count);
        count = emptySeries(labels, grid.count);
        counted.set(key, count);
      }
      count.present[step] = 1;
      count.values[step] = (count.values[step] ?? 0) + 1;
    }
    const turn = scope.budget.breathe();
    if (turn !== undefined) await turn;
  }
  yield* counted.values();
}
