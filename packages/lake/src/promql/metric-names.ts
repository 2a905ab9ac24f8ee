import { metricLabel } from './label-set.ts';
import { isComparison, type Expression } from './syntax-tree.ts';
import { dropsName } from './vector-operation.ts';

/** How many metric names the series of an expression may have between them. */
export type MetricNames = 'none' | 'one' | 'several';

/** Where it is not `several`, taking the names away cannot make two series alike, so that series need not be compared. */
export function metricNamesOf(expression: Expression): MetricNames {
  switch (expression.kind) {
    case 'selector':
      return expression.matchers.some(({ name, operator }) => name === metricLabel && operator === '=')
        ? 'one'
        : 'several';
    case 'range':
      return metricNamesOf(expression.selector);
    case 'subquery':
      return metricNamesOf(expression.inner);
    case 'aggregate':
      return namesOfAggregate(expression);
    case 'call':
      return namesOfCall(expression);
    case 'binary':
      return namesOfBinary(expression);
    case 'number':
    case 'text':
    case 'negation':
      return 'none';
  }
}

function namesOfAggregate({ operator, inner, grouping }: Extract<Expression, { kind: 'aggregate' }>): MetricNames {
  if (operator === 'topk' || operator === 'bottomk') return metricNamesOf(inner);
  if (operator === 'count_values') return 'several';
  return !grouping.isWithout && grouping.labels.includes(metricLabel) ? 'several' : 'none';
}

function namesOfCall({ name, parameters }: Extract<Expression, { kind: 'call' }>): MetricNames {
  if (name === 'label_replace' || name === 'label_join') return 'several';
  const keepsNames = ['last_over_time', 'first_over_time', 'sort', 'sort_desc'].includes(name);
  const [first] = parameters;
  return keepsNames && first !== undefined ? metricNamesOf(first) : 'none';
}

function namesOfBinary(node: Extract<Expression, { kind: 'binary' }>): MetricNames {
  const sides = [metricNamesOf(node.left), metricNamesOf(node.right)];
  if (node.matching.include.includes(metricLabel)) return 'several';
  if (isComparison(node.operator) && !dropsName(node)) return sides.includes('several') ? 'several' : 'one';
  if (node.operator === 'and' || node.operator === 'unless') return sides[0] ?? 'several';
  if (node.operator === 'or') return sides.every((names) => names === 'none') ? 'none' : 'several';
  return 'none';
}
