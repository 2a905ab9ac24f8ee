import { HeliosError } from '@heliosiq/model';
import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { durationMsOf } from './duration.ts';
import type { LabelMatcher, MatchOperator } from './label-matcher.ts';
import { overTimeFunctions, type OverTimeFunction } from './over-time.ts';
import { textOfLiteral } from './string-literal.ts';

/** Which series, seen from a moment that lies `offsetMs` before the one asked about. */
export interface Selector {
  readonly matchers: readonly LabelMatcher[];
  readonly offsetMs: number;
}

/** What can be asked. */
export type Expression =
  | { readonly kind: 'instant'; readonly selector: Selector }
  | { readonly kind: 'range'; readonly selector: Selector; readonly rangeMs: number }
  | {
      readonly kind: 'over-time';
      readonly name: OverTimeFunction;
      readonly selector: Selector;
      readonly rangeMs: number;
    };

const queryLengthMax = 100_000;

/** Parts of the language that are not answered, by their name in the grammar. */
const unsupported: Readonly<Record<string, string>> = {
  AggregateExpr: 'aggregation such as sum() or topk()',
  BinaryExpr: 'arithmetic and comparison',
  UnaryExpr: 'a sign before an expression',
  SubqueryExpr: 'subqueries',
  StepInvariantExpr: 'the @ modifier',
  NumberDurationLiteral: 'numbers',
  StringLiteral: 'texts',
};

/** Reads a query. Throws `invalid-request` for what is no PromQL and for what of it is not supported. */
export function parseExpression(query: string): Expression {
  if (query.length > queryLengthMax) throw notAnswered(`a query of more than ${queryLengthMax} characters`);
  if (query.trim() === '') throw notPromql('the query is empty');
  const tree = parser.parse(query);
  let fault = -1;
  tree.iterate({
    enter({ type, from }) {
      if (type.isError && fault < 0) fault = from;
      return fault < 0;
    },
  });
  if (fault >= 0) throw notPromql(`the query is no PromQL from character ${fault + 1} on`);
  const root = tree.topNode.firstChild;
  if (root === null) throw notPromql('the query holds a comment alone');
  return expressionOf(root, query);
}

function expressionOf(node: SyntaxNode, query: string): Expression {
  switch (node.name) {
    case 'ParenExpr':
      return expressionOf(childOf(node), query);
    case 'VectorSelector':
      return { kind: 'instant', selector: { matchers: matchersOf(node, query), offsetMs: 0 } };
    case 'MatrixSelector':
      return {
        kind: 'range',
        selector: { matchers: matchersOf(childOf(node), query), offsetMs: 0 },
        rangeMs: rangeOf(node.lastChild, query),
      };
    case 'OffsetExpr':
      return offsetBy(expressionOf(childOf(node), query), offsetOf(node.lastChild, query));
    case 'FunctionCall':
      return callOf(node, query);
    default:
      throw notAnswered(unsupported[node.name] ?? node.name);
  }
}

function offsetBy(expression: Expression, offsetMs: number): Expression {
  if (expression.kind === 'over-time') throw notPromql('offset follows a selector, not a function');
  return { ...expression, selector: { ...expression.selector, offsetMs: expression.selector.offsetMs + offsetMs } };
}

function callOf(node: SyntaxNode, query: string): Expression {
  const asked = textOf(childOf(node), query);
  const name = overTimeFunctions.find((known) => known === asked);
  if (name === undefined) throw notAnswered(`the function ${asked}()`);
  const body = node.lastChild;
  const [inner, ...more] = body === null ? [] : childrenOf(body);
  if (inner === undefined || more.length > 0) throw notPromql(`${name}() takes one range selector`);
  const over = expressionOf(inner, query);
  if (over.kind !== 'range') throw notPromql(`${name}() takes a range selector such as up[5m]`);
  return { ...over, kind: 'over-time', name };
}

function matchersOf(node: SyntaxNode, query: string): readonly LabelMatcher[] {
  const matchers: LabelMatcher[] = [];
  for (const part of childrenOf(node)) {
    if (part.name === 'Identifier') matchers.push({ name: '__name__', operator: '=', value: textOf(part, query) });
    else if (part.name === 'LabelMatchers') matchers.push(...childrenOf(part).map((one) => matcherOf(one, query)));
    else throw notAnswered(part.name);
  }
  return matchers;
}

function matcherOf(node: SyntaxNode, query: string): LabelMatcher {
  const parts = childrenOf(node);
  const [label, operator, value] = parts;
  if (node.name === 'QuotedLabelName') {
    return { name: '__name__', operator: '=', value: textOfLiteral(textOf(node, query)) };
  }
  if (label === undefined || operator === undefined || value === undefined) throw notAnswered(node.name);
  const name = textOf(label, query);
  return {
    name: label.name === 'QuotedLabelName' ? textOfLiteral(name) : name,
    // The cast holds: the grammar knows these four.
    operator: textOf(operator, query) as MatchOperator,
    value: textOfLiteral(textOf(value, query)),
  };
}

function rangeOf(node: SyntaxNode | null, query: string): number {
  const rangeMs = node === null ? Number.NaN : durationMsOf(textOf(node, query));
  if (!(rangeMs > 0)) throw notPromql('a range must be a duration above zero such as 5m');
  return rangeMs;
}

function offsetOf(node: SyntaxNode | null, query: string): number {
  const text = node === null ? '' : textOf(node, query).replaceAll(/\s/g, '');
  const isNegative = text.startsWith('-');
  const offsetMs = durationMsOf(text.replace(/^[+-]/, ''));
  if (Number.isNaN(offsetMs)) throw notPromql('an offset must be a duration such as 5m');
  return isNegative ? -offsetMs : offsetMs;
}

function childOf(node: SyntaxNode): SyntaxNode {
  if (node.firstChild === null) throw notPromql('the query ends too early');
  return node.firstChild;
}

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(child);
  return children;
}

function textOf(node: SyntaxNode, query: string): string {
  return query.slice(node.from, node.to);
}

function notPromql(message: string): HeliosError {
  return new HeliosError('invalid-request', message, {
    field: 'query',
    cure: 'Write a selector such as up{job="api"}, with a range such as [5m] within a function.',
  });
}

function notAnswered(what: string): HeliosError {
  return new HeliosError('invalid-request', `Not supported: ${what}`, {
    field: 'query',
    cure: `Ask for a selector, a range of it, or one of ${overTimeFunctions.join(', ')} over a range.`,
  });
}
