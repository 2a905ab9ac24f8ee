import { isComparison, type BinaryNode, type BinaryOperator } from './syntax-tree.ts';
import { withoutMetric } from './label-set.ts';
import type { StepSeries } from './step-series.ts';

/** Two numbers to one; comparisons give 1 or 0. */
export type NumberOperation = (left: number, right: number) => number;

/** What an operator does with numbers (IEEE 754); a set operator does nothing with them. */
export function numberOperation(operator: BinaryOperator): NumberOperation {
  switch (operator) {
    case '+':
      return (left, right) => left + right;
    case '-':
      return (left, right) => left - right;
    case '*':
      return (left, right) => left * right;
    case '/':
      return (left, right) => left / right;
    case '%':
      return (left, right) => left % right;
    case '^':
      return power;
    case 'atan2':
      return Math.atan2;
    case '==':
      return (left, right) => (left === right ? 1 : 0);
    case '!=':
      return (left, right) => (left !== right ? 1 : 0);
    case '<':
      return (left, right) => (left < right ? 1 : 0);
    case '<=':
      return (left, right) => (left <= right ? 1 : 0);
    case '>':
      return (left, right) => (left > right ? 1 : 0);
    case '>=':
      return (left, right) => (left >= right ? 1 : 0);
    case 'and':
    case 'or':
    case 'unless':
      throw new RangeError(`${operator} works on series, not on numbers`);
  }
}

/** As IEEE 754-2008 has it, where one to the power of anything is one; ECMAScript says NaN. */
function power(left: number, right: number): number {
  if (left === 1 || (left === -1 && (right === Infinity || right === -Infinity))) return 1;
  return left ** right;
}

/** Whether results lose the name: they are no longer what the metric says. */
export function dropsName({ operator, isBool }: BinaryNode): boolean {
  return isBool || !isComparison(operator);
}

interface ScalarSide {
  readonly scalar: Float64Array;
  readonly isScalarLeft: boolean;
}

/** An operation between a series and a scalar, in place; a comparison without `bool` leaves out where it does not hold. */
export function withScalar(series: StepSeries, node: BinaryNode, { scalar, isScalarLeft }: ScalarSide): StepSeries {
  const operation = numberOperation(node.operator);
  const { values, present } = series;
  const isFilter = isComparison(node.operator) && !node.isBool;
  for (let step = 0; step < values.length; step += 1) {
    if (present[step] === 0) continue;
    const value = values[step] ?? 0;
    const other = scalar[step] ?? 0;
    const result = isScalarLeft ? operation(other, value) : operation(value, other);
    if (!isFilter) values[step] = result;
    else if (result === 0) present[step] = 0;
  }
  return dropsName(node) ? { ...series, labels: withoutMetric(series.labels) } : series;
}
