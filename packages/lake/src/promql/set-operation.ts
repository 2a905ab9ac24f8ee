import { collected, type Evaluation } from './evaluation.ts';
import { hasValues, mergedByLabels, type StepSeries, type StepStream } from './step-series.ts';
import type { BinaryNode } from './syntax-tree.ts';
import { matchKey } from './vector-matching.ts';

/** `and`, `or` and `unless`: series of one side by whether the other side has one that belongs to them, step by step. */
export async function* setOperation(node: BinaryNode, evaluation: Evaluation): StepStream {
  const key = matchKey(node.matching);
  const left = await collected(evaluation.vector(node.left), evaluation);
  const right = await collected(evaluation.vector(node.right), evaluation);
  const keyOfSeries = ({ labels }: StepSeries): string => key(labels);
  if (node.operator === 'or') {
    const others = stepsByKey(left, keyOfSeries);
    for (const one of right) keepWhere(one, others.get(keyOfSeries(one)), false);
    yield* mergedByLabels([...left, ...right].filter(hasValues));
    return;
  }
  const others = stepsByKey(right, keyOfSeries);
  for (const one of left) {
    keepWhere(one, others.get(keyOfSeries(one)), node.operator === 'and');
    if (hasValues(one)) yield one;
  }
}

/** At which steps any series of a key has a value. */
function stepsByKey(
  series: readonly StepSeries[],
  keyOfSeries: (series: StepSeries) => string,
): ReadonlyMap<string, Uint8Array> {
  const steps = new Map<string, Uint8Array>();
  for (const one of series) {
    const key = keyOfSeries(one);
    const known = steps.get(key);
    if (known === undefined) steps.set(key, one.present.slice());
    else for (let step = 0; step < known.length; step += 1) if (one.present[step] === 1) known[step] = 1;
  }
  return steps;
}

/** Keeps the values of the steps that are marked, or of those that are not. */
function keepWhere({ present }: StepSeries, marked: Uint8Array | undefined, isKept: boolean): void {
  for (let step = 0; step < present.length; step += 1) {
    if ((marked?.[step] === 1) !== isKept) present[step] = 0;
  }
}
