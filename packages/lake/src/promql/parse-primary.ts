import type { SyntaxNode } from '@lezer/common';
import { numberOf } from './duration.ts';
import { functionTable } from './function-table.ts';
import type { LabelMatcher, MatchOperator } from './label-matcher.ts';
import { notPromql, notSupported } from './query-fault.ts';
import { childrenOf, type QueryText } from './query-text.ts';
import {
  aggregateOperators,
  type AggregateNode,
  type CallNode,
  type Expression,
  type Grouping,
  type SelectorNode,
} from './syntax-tree.ts';

type Build = (node: SyntaxNode) => Expression;

/** Reads what stands between operators: numbers, texts, selectors, calls, aggregations and what is in brackets. */
export function parsePrimary(node: SyntaxNode, text: QueryText, build: Build): Expression {
  const at = { query: text.query, place: node.from };
  switch (node.name) {
    case 'ParenExpr': {
      const [inner] = childrenOf(node);
      if (inner === undefined) throw notPromql('the brackets are empty', at);
      return build(inner);
    }
    case 'NumberDurationLiteral': {
      // Its sign is an operator of its own.
      const value = numberOf(text.textOf(node).replace(/^[+-]\s*/, ''));
      if (value === undefined) throw notPromql('it is not a number', at);
      return { kind: 'number', value, place: node.from };
    }
    case 'StringLiteral':
      return { kind: 'text', value: text.literalOf(node), place: node.from };
    case 'VectorSelector':
      return selectorOf(node, text);
    case 'FunctionCall':
      return callOf(node, text, build);
    case 'AggregateExpr':
      return aggregateOf(node, text, build);
    default:
      throw notSupported(node.name, at);
  }
}

function selectorOf(node: SyntaxNode, text: QueryText): SelectorNode {
  const matchers: LabelMatcher[] = [];
  let isNamed = false;
  const name = (value: string, place: number): void => {
    if (isNamed) throw notPromql('metric name must not be set twice', { query: text.query, place });
    isNamed = true;
    matchers.push({ name: '__name__', operator: '=', value });
  };
  for (const part of childrenOf(node)) {
    if (part.name === 'Identifier') name(text.textOf(part), part.from);
    else {
      for (const one of childrenOf(part)) {
        if (one.name === 'QuotedLabelName') name(text.literalOf(one), one.from);
        else matchers.push(matcherOf(one, text));
      }
    }
  }
  if (isNamed && matchers.filter((one) => one.name === '__name__').length > 1) {
    throw notPromql('metric name must not be set twice', { query: text.query, place: node.from });
  }
  return { kind: 'selector', matchers, shift: { offsetMs: 0 }, place: node.from };
}

function matcherOf(node: SyntaxNode, text: QueryText): LabelMatcher {
  const [label, operator, value] = childrenOf(node);
  if (label === undefined || operator === undefined || value === undefined) {
    throw notPromql('a condition on a label is incomplete', { query: text.query, place: node.from });
  }
  return {
    name: label.name === 'QuotedLabelName' ? text.literalOf(label) : text.textOf(label),
    // The cast holds: the grammar knows these four.
    operator: text.textOf(operator) as MatchOperator,
    value: text.literalOf(value),
  };
}

function callOf(node: SyntaxNode, text: QueryText, build: Build): CallNode {
  const [identifier, body] = childrenOf(node);
  const name = identifier === undefined ? '' : text.textOf(identifier);
  if (!functionTable.has(name)) {
    throw notSupported(`the function ${name}()`, { query: text.query, place: node.from });
  }
  return { kind: 'call', name, parameters: parametersOf(body, build), place: node.from };
}

function aggregateOf(node: SyntaxNode, text: QueryText, build: Build): AggregateNode {
  const at = { query: text.query, place: node.from };
  const parts = childrenOf(node);
  const word = text.textOf(parts[0] ?? node).toLowerCase();
  const operator = aggregateOperators.find((known) => known === word);
  if (operator === undefined) throw notSupported(`the aggregation ${word}()`, at);
  const parameters = parametersOf(
    parts.find(({ name }) => name === 'FunctionCallBody'),
    build,
  );
  const wanted = ['topk', 'bottomk', 'quantile', 'count_values'].includes(operator) ? 2 : 1;
  const inner = parameters.at(-1);
  if (inner === undefined || parameters.length !== wanted) {
    const got = parameters.length;
    throw notPromql(`wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${got}`, at);
  }
  return {
    kind: 'aggregate',
    operator,
    parameter: wanted === 2 ? parameters[0] : undefined,
    inner,
    grouping: groupingOf(
      parts.find(({ name }) => name === 'AggregateModifier'),
      text,
    ),
    place: node.from,
  };
}

function groupingOf(modifier: SyntaxNode | undefined, text: QueryText): Grouping {
  const parts = modifier === undefined ? [] : childrenOf(modifier);
  const list = parts.find(({ name }) => name === 'GroupingLabels');
  return {
    isWithout: parts.some(({ name }) => name === 'Without'),
    labels: list === undefined ? [] : [...new Set(text.labelNamesOf(list))],
  };
}

function parametersOf(body: SyntaxNode | undefined, build: Build): readonly Expression[] {
  return body === undefined ? [] : childrenOf(body).map((one) => build(one));
}
