import { collected, type Evaluation } from './evaluation.ts';
import {
  keyOf,
  metricLabel,
  onlyLabels,
  textOfLabels,
  valueUnder,
  withLabel,
  withoutLabels,
  withoutMetric,
  type LabelSet,
} from './label-set.ts';
import { cannotEvaluate } from './query-fault.ts';
import { hasValues, mergedByLabels, type StepSeries, type StepStream } from './step-series.ts';
import { isComparison, type BinaryNode, type VectorMatching } from './syntax-tree.ts';
import { dropsName, numberOperation } from './vector-operation.ts';

/** A text that is the same for series that belong together. */
export function matchKey({ isOn, labels }: VectorMatching): (of: LabelSet) => string {
  const names = new Set(isOn ? labels : [...labels, metricLabel]);
  return (of) => keyOf(isOn ? onlyLabels(of, names) : withoutLabels(of, names));
}

/** Arithmetic and comparison between the series of two vectors that belong together. */
export async function* matched(node: BinaryNode, evaluation: Evaluation): StepStream {
  const { matching } = node;
  const isSwapped = matching.manySide === 'right';
  const leftSeries = await collected(evaluation.vector(node.left), evaluation);
  const rightSeries = await collected(evaluation.vector(node.right), evaluation);
  const [many, ones] = isSwapped ? [rightSeries, leftSeries] : [leftSeries, rightSeries];
  const key = matchKey(matching);
  const onesByKey = Map.groupBy(ones, ({ labels }) => key(labels));
  refuseSeveral(onesByKey, many, { node, isSwapped });
  const results: StepSeries[] = [];
  for (const [group, manyOfGroup] of Map.groupBy(many, ({ labels }) => key(labels))) {
    const onesOfGroup = onesByKey.get(group);
    if (onesOfGroup === undefined) continue;
    const used = createUsedSteps(matching, evaluation.grid.count);
    for (const left of manyOfGroup) {
      for (const right of onesOfGroup) {
        const labels = resultLabels(left.labels, right.labels, node);
        const result = operated({ left, right, labels }, node, { isSwapped, isUsed: used(labels) });
        evaluation.scope.budget.holdCells(result.values.length);
        if (hasValues(result)) results.push(result);
      }
      await evaluation.scope.budget.breathe();
    }
  }
  yield* mergedByLabels(results);
}

interface Pair {
  readonly left: StepSeries;
  readonly right: StepSeries;
  readonly labels: LabelSet;
}

interface PairOptions {
  readonly isSwapped: boolean;
  /** Says that a step has a result, and whether it had one before. */
  readonly isUsed: (step: number) => void;
}

/** The operation at the steps where both have a value; `left` is the side of many. */
function operated({ left, right, labels }: Pair, node: BinaryNode, { isSwapped, isUsed }: PairOptions): StepSeries {
  const operation = numberOperation(node.operator);
  const isFilter = isComparison(node.operator) && !node.isBool;
  const count = left.values.length;
  const values = new Float64Array(count);
  const present = new Uint8Array(count);
  for (let step = 0; step < count; step += 1) {
    if (left.present[step] === 0 || right.present[step] === 0) continue;
    isUsed(step);
    const [many, one] = [left.values[step] ?? 0, right.values[step] ?? 0];
    const first = isSwapped ? one : many;
    const result = isSwapped ? operation(one, many) : operation(many, one);
    if (isFilter && result === 0) continue;
    values[step] = isFilter ? first : result;
    present[step] = 1;
  }
  return { labels, values, present };
}

/** Of a group, which steps have a result already: any for one to one, of the same labels for many to one. */
function createUsedSteps({ manySide }: VectorMatching, count: number): (labels: LabelSet) => (step: number) => void {
  const used = new Map<string, Uint8Array>();
  return (labels) => {
    const key = manySide === 'none' ? '' : keyOf(labels);
    const steps = used.get(key) ?? new Uint8Array(count);
    used.set(key, steps);
    return (step) => {
      if (steps[step] === 1) throw severalMatches(manySide);
      steps[step] = 1;
    };
  };
}

function severalMatches(manySide: VectorMatching['manySide']): Error {
  return manySide === 'none'
    ? cannotEvaluate(
        'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
        'Write group_left or group_right behind on() or ignoring().',
      )
    : cannotEvaluate(
        'multiple matches for labels: grouping labels must ensure unique matches',
        'Name further labels in on(), or aggregate the side of many first.',
      );
}

interface Sides {
  readonly node: BinaryNode;
  readonly isSwapped: boolean;
}

/** The side of one must have one series of a group at each step at which the other side has any. */
function refuseSeveral(
  onesByKey: ReadonlyMap<string, readonly StepSeries[]>,
  many: readonly StepSeries[],
  { node, isSwapped }: Sides,
): void {
  let asked: Uint8Array | undefined;
  for (const ones of onesByKey.values()) {
    const [first] = ones;
    if (first === undefined || ones.length < 2) continue;
    asked ??= stepsWithValues(many, first.values.length);
    const holder = new Array<StepSeries | undefined>(first.values.length).fill(undefined);
    for (const one of ones) {
      for (let step = 0; step < holder.length; step += 1) {
        if (one.present[step] === 0 || asked[step] === 0) continue;
        const other = holder[step];
        if (other !== undefined) throw severalOnOneSide([one, other], node, isSwapped);
        holder[step] = one;
      }
    }
  }
}

function stepsWithValues(series: readonly StepSeries[], count: number): Uint8Array {
  const steps = new Uint8Array(count);
  for (const { present } of series) {
    for (let step = 0; step < count; step += 1) if (present[step] === 1) steps[step] = 1;
  }
  return steps;
}

function severalOnOneSide(series: readonly StepSeries[], { matching }: BinaryNode, isSwapped: boolean): Error {
  const names = series.map(({ labels }) => textOfLabels(labels)).toSorted();
  const set = new Set(matching.isOn ? matching.labels : [...matching.labels, metricLabel]);
  const labels = series[0]?.labels ?? [];
  const group = textOfLabels(matching.isOn ? onlyLabels(labels, set) : withoutLabels(labels, set));
  const side = isSwapped ? 'left' : 'right';
  return cannotEvaluate(
    `found duplicate series for the match group ${group} on the ${side} hand-side of the operation: ` +
      `[${names.join(', ')}];many-to-many matching not allowed: matching labels must be unique on one side`,
    'Name further labels in on(), or aggregate that side first.',
  );
}

function resultLabels(many: LabelSet, one: LabelSet, node: BinaryNode): LabelSet {
  const { isOn, labels, manySide, include } = node.matching;
  let result = dropsName(node) ? withoutMetric(many) : many;
  if (manySide === 'none') {
    const names = new Set(labels);
    result = isOn ? onlyLabels(result, names) : withoutLabels(result, names);
  }
  for (const name of include) result = withLabel(result, name, valueUnder(one, name));
  return result;
}
