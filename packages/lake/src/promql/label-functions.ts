import { collected, type Evaluation } from './evaluation.ts';
import { noLabels, metricLabel, valueUnder, withLabel, type LabelSet } from './label-set.ts';
import { cannotEvaluate } from './query-fault.ts';
import { compileCapture } from './regex-capture.ts';
import { mergedByLabels, relabelled, type StepStream } from './step-series.ts';
import type { CallNode, Expression } from './syntax-tree.ts';

/** `label_replace`: a label from a template of what a regular expression captures in another. */
export async function* labelReplace({ parameters }: CallNode, evaluation: Evaluation): StepStream {
  const [vector, target = '', template = '', source = '', pattern = ''] = partsOf(parameters);
  if (vector === undefined) return;
  checkName(target);
  const expand = compileCapture(pattern);
  yield* renamed(vector, evaluation, (labels) => {
    const value = expand(valueUnder(labels, source), template);
    return value === undefined ? labels : withLabel(labels, target, value);
  });
}

/** `label_join`: a label from the values of others. */
export async function* labelJoin({ parameters }: CallNode, evaluation: Evaluation): StepStream {
  const [vector, target = '', separator = '', ...sources] = partsOf(parameters);
  if (vector === undefined) return;
  checkName(target);
  yield* renamed(vector, evaluation, (labels) => {
    return withLabel(labels, target, sources.map((source) => valueUnder(labels, source)).join(separator));
  });
}

async function* renamed(
  vector: Expression,
  evaluation: Evaluation,
  rename: (labels: LabelSet) => LabelSet,
): StepStream {
  const series = await collected(evaluation.vector(vector), evaluation);
  yield* mergedByLabels(series.map((one) => relabelled(one, rename(one.labels))));
}

function partsOf([vector, ...texts]: readonly Expression[]): readonly [Expression | undefined, ...string[]] {
  return [vector, ...texts.map((one) => (one.kind === 'text' ? one.value : ''))];
}

function checkName(name: string): void {
  if (name === '') throw cannotEvaluate('invalid destination label name', 'Name a label.');
}

/** The labels of the one series that `absent` gives: those that the selector names exactly. */
export function labelsOfAbsent(expression: Expression): LabelSet {
  const selector = expression.kind === 'range' ? expression.selector : expression;
  if (selector.kind !== 'selector') return noLabels;
  const matchers = selector.matchers.filter(({ name }) => name !== metricLabel);
  let labels = noLabels;
  for (const { name, operator, value } of matchers) {
    const isOnly = matchers.filter((one) => one.name === name).length === 1;
    if (operator === '=' && isOnly) labels = withLabel(labels, name, value);
  }
  return labels;
}
