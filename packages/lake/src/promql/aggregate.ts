import { createFold, type Fold, type FoldOperator } from './aggregate-fold.ts';
import { countValues, quantileOfGroups } from './aggregate-values.ts';
import { rankedSeries } from './aggregate-rank.ts';
import type { Evaluation } from './evaluation.ts';
import { groupLabels } from './group-labels.ts';
import { keyOf, type LabelSet } from './label-set.ts';
import { hasValues, type StepStream } from './step-series.ts';
import { metricNamesOf } from './metric-names.ts';
import { overRanges } from './range-call.ts';
import type { AggregateNode, Expression } from './syntax-tree.ts';

/** Aggregates series by their groups; a series is let go as soon as its values are in the group's, where the operator allows. */
export async function* aggregate(node: AggregateNode, evaluation: Evaluation): StepStream {
  switch (node.operator) {
    case 'topk':
    case 'bottomk':
      yield* rankedSeries(node, evaluation, groupLabels(node.grouping));
      return;
    case 'quantile':
      yield* quantileOfGroups(node, evaluation, groupLabels(node.grouping));
      return;
    case 'count_values':
      yield* countValues(node, evaluation);
      return;
    case 'sum':
    case 'avg':
    case 'min':
    case 'max':
    case 'count':
    case 'group':
    case 'stddev':
    case 'stdvar':
      yield* folded(node, evaluation, node.operator);
  }
}

async function* folded(node: AggregateNode, evaluation: Evaluation, operator: FoldOperator): StepStream {
  const { budget } = evaluation.scope;
  const { count } = evaluation.grid;
  const labelsOf = groupLabels(node.grouping);
  const groups = new Map<string, { readonly labels: LabelSet; readonly fold: Fold }>();
  for await (const series of seriesToFold(node.inner, evaluation)) {
    const labels = labelsOf(series.labels);
    const key = keyOf(labels);
    let group = groups.get(key);
    if (group === undefined) {
      budget.holdCells(count * 2);
      group = { labels, fold: createFold(operator, count) };
      groups.set(key, group);
    }
    group.fold.add(series);
    const turn = budget.breathe();
    if (turn !== undefined) await turn;
  }
  for (const { labels, fold } of groups.values()) {
    const result = fold.result(labels);
    if (hasValues(result)) yield result;
  }
}

/** The series of groups, which take of each what they need before they ask for the next. */
function seriesToFold(inner: Expression, evaluation: Evaluation): StepStream {
  if (!isOrderFree(inner, evaluation)) return evaluation.vector(inner);
  const inAnyOrder = evaluation.inAnyOrder();
  return inner.kind === 'call' ? overRanges(inner, inAnyOrder, { isPassing: true }) : inAnyOrder.vector(inner);
}

/**
 * Whether groups come out the same in whatever order their series come in: at several steps the result is sorted, and of one
 * metric there is one note at most. At one moment groups are shown as their first series came.
 */
function isOrderFree(inner: Expression, { grid }: Evaluation): boolean {
  const isRead =
    inner.kind === 'selector' || (inner.kind === 'call' && inner.parameters.some(({ kind }) => kind === 'range'));
  return isRead && grid.count > 1 && metricNamesOf(inner) !== 'several';
}
