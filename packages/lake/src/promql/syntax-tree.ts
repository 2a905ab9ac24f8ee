import type { LabelMatcher } from './label-matcher.ts';

/** What an expression comes to: one number a step, series of numbers, samples of series, or a text. */
export type ValueType = 'scalar' | 'vector' | 'matrix' | 'string';

/** A moment that `@` fixes: milliseconds since the epoch, or an end of the range that is asked about. */
export type FixedMoment = number | 'start' | 'end';

/** When samples are looked at, seen from a step. */
export interface TimeShift {
  /** How far before the step, in milliseconds. */
  readonly offsetMs: number;
  /** The moment that stands for every step, where `@` names one. */
  readonly fixedAt?: FixedMoment;
}

interface Placed {
  /** Where it begins in the query, in characters from 0. */
  readonly place: number;
}

export interface NumberNode extends Placed {
  readonly kind: 'number';
  readonly value: number;
}

export interface TextNode extends Placed {
  readonly kind: 'text';
  readonly value: string;
}

/** The last sample of each series that matches, within the look-back. */
export interface SelectorNode extends Placed {
  readonly kind: 'selector';
  readonly matchers: readonly LabelMatcher[];
  readonly shift: TimeShift;
}

/** All samples of a stretch. */
export interface RangeNode extends Placed {
  readonly kind: 'range';
  readonly selector: SelectorNode;
  readonly rangeMs: number;
}

/** The values of an expression at steps of its own, as samples of a stretch. */
export interface SubqueryNode extends Placed {
  readonly kind: 'subquery';
  readonly inner: Expression;
  readonly rangeMs: number;
  /** Undefined: the default interval of evaluation. */
  readonly stepMs: number | undefined;
  readonly shift: TimeShift;
}

export interface CallNode extends Placed {
  readonly kind: 'call';
  readonly name: string;
  readonly parameters: readonly Expression[];
}

export interface AggregateNode extends Placed {
  readonly kind: 'aggregate';
  readonly operator: AggregateOperator;
  /** k, the quantile, or the name of a label. */
  readonly parameter: Expression | undefined;
  readonly inner: Expression;
  readonly grouping: Grouping;
}

export interface Grouping {
  readonly isWithout: boolean;
  readonly labels: readonly string[];
}

export interface BinaryNode extends Placed {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
  /** Comparison that answers 0 or 1 instead of leaving out. */
  readonly isBool: boolean;
  readonly matching: VectorMatching;
}

export interface NegationNode extends Placed {
  readonly kind: 'negation';
  readonly inner: Expression;
}

/** Which series of two sides belong together. */
export interface VectorMatching {
  /** By these labels alone, or by all but these and the name. */
  readonly isOn: boolean;
  readonly labels: readonly string[];
  /** The side that may have several series for one of the other. */
  readonly manySide: 'left' | 'right' | 'none';
  /** Labels that results take from the side of one. */
  readonly include: readonly string[];
}

export type Expression =
  | NumberNode
  | TextNode
  | SelectorNode
  | RangeNode
  | SubqueryNode
  | CallNode
  | AggregateNode
  | BinaryNode
  | NegationNode;

export const aggregateOperators = [
  'sum',
  'avg',
  'min',
  'max',
  'count',
  'group',
  'stddev',
  'stdvar',
  'topk',
  'bottomk',
  'quantile',
  'count_values',
] as const;
export type AggregateOperator = (typeof aggregateOperators)[number];

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^' | 'atan2';
export type ComparisonOperator = '==' | '!=' | '<' | '<=' | '>' | '>=';
export type SetOperator = 'and' | 'or' | 'unless';
export type BinaryOperator = ArithmeticOperator | ComparisonOperator | SetOperator;

export function isComparison(operator: BinaryOperator): operator is ComparisonOperator {
  return ['==', '!=', '<', '<=', '>', '>='].includes(operator);
}

export function isSetOperator(operator: BinaryOperator): operator is SetOperator {
  return operator === 'and' || operator === 'or' || operator === 'unless';
}
