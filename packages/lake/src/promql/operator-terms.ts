import type { SyntaxNode } from '@lezer/common';
import { numberOf } from './duration.ts';
import { notPromql, notSupported } from './query-fault.ts';
import { childrenOf, type QueryText } from './query-text.ts';
import { shifted, type Modifier } from './time-modifier.ts';
import type { BinaryOperator, Expression, VectorMatching } from './syntax-tree.ts';

/** How operators bind, the tightest highest; `^` alone to the right (https://prometheus.io/docs/prometheus/latest/querying/operators/). */
const strengths: Readonly<Record<BinaryOperator, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  '==': 3,
  '!=': 3,
  '<': 3,
  '<=': 3,
  '>': 3,
  '>=': 3,
  '+': 4,
  '-': 4,
  '*': 5,
  '/': 5,
  '%': 5,
  atan2: 5,
  '^': 6,
};
const signStrength = strengths['*'];

type Term =
  | { readonly kind: 'operand'; readonly expression: Expression; readonly isBracketed: boolean }
  | { readonly kind: 'sign'; readonly isMinus: boolean; readonly place: number }
  | {
      readonly kind: 'operator';
      readonly operator: BinaryOperator;
      readonly place: number;
      readonly modifiers: readonly SyntaxNode[];
    };

export interface TermsDeps {
  readonly text: QueryText;
  /** Builds what is no operator, sign or modifier of time. */
  readonly primary: (node: SyntaxNode) => Expression;
}

/**
 * Builds a node of the grammar. The grammar is made for colours: it lets `offset`, `@` and ranges reach over operators
 * (`a + b offset 5m`). Here the operands, signs and operators are laid out in the order in which they stand, a modifier
 * goes to the operand before it, and the precedence of PromQL joins them again.
 */
export function expressionOfTerms(root: SyntaxNode, { text, primary }: TermsDeps): Expression {
  const terms = layOut(root);
  let at = 0;
  const expression = climb(0);
  return expression;

  /** From the last term to the first without recursion, since a long chain of operators is a deep tree. */
  function layOut(node: SyntaxNode): readonly Term[] {
    const laid: Term[] = [];
    const open: (SyntaxNode | { readonly term: Term } | { readonly apply: SyntaxNode })[] = [node];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if ('term' in next) laid.push(next.term);
      else if ('apply' in next) applyTo(laid, next.apply);
      else open.push(...partsOf(next).toReversed());
    }
    return laid;
  }

  function partsOf(
    node: SyntaxNode,
  ): readonly (SyntaxNode | { readonly term: Term } | { readonly apply: SyntaxNode })[] {
    const children = childrenOf(node);
    const [first, second] = children;
    if (first === undefined)
      return isSigned(node) ? [signOf(node), { term: operandOf(node) }] : [{ term: operandOf(node) }];
    switch (node.name) {
      case 'BinaryExpr': {
        const last = children.at(-1);
        if (second === undefined || last === undefined) throw incomplete(node);
        const operator: Term = {
          kind: 'operator',
          operator: operatorOf(second),
          place: second.from,
          modifiers: children.slice(2, -1),
        };
        return [first, { term: operator }, last];
      }
      case 'UnaryExpr':
        if (second === undefined) throw incomplete(node);
        return [{ term: { kind: 'sign', isMinus: text.textOf(first) === '-', place: first.from } }, second];
      case 'OffsetExpr':
      case 'StepInvariantExpr':
      case 'MatrixSelector':
      case 'SubqueryExpr':
        return [first, { apply: node }];
      case 'AnchoredExpr':
      case 'SmoothedExpr':
        throw notSupported(`the modifier ${text.textOf(second ?? node)}`, {
          query: text.query,
          place: second?.from ?? 0,
        });
      default:
        return [{ term: operandOf(node) }];
    }
  }

  /** The grammar takes a sign before a number as a part of it, which binds tighter than `^` then. */
  function isSigned(node: SyntaxNode): boolean {
    return node.name === 'NumberDurationLiteral' && /^[+-]/.test(text.textOf(node));
  }

  function signOf(node: SyntaxNode): { readonly term: Term } {
    return { term: { kind: 'sign', isMinus: text.textOf(node).startsWith('-'), place: node.from } };
  }

  function operandOf(node: SyntaxNode): Term {
    return { kind: 'operand', expression: primary(node), isBracketed: node.name === 'ParenExpr' };
  }

  function operatorOf(node: SyntaxNode): BinaryOperator {
    const word = text.textOf(node).toLowerCase();
    // The cast holds where the table has the key.
    if (Object.hasOwn(strengths, word)) return word as BinaryOperator;
    throw notSupported(`the operator ${word}`, { query: text.query, place: node.from });
  }

  function applyTo(laid: Term[], node: SyntaxNode): void {
    const last = laid.at(-1);
    if (last?.kind !== 'operand') throw incomplete(node);
    const modifier = modifierOf(node);
    if (last.isBracketed && modifier.kind !== 'subquery') {
      throw notPromql('a range, offset or @ must follow a selector without brackets', {
        query: text.query,
        place: modifier.place,
      });
    }
    const expression = shifted(last.expression, modifier, text.query);
    laid[laid.length - 1] = { kind: 'operand', expression, isBracketed: false };
  }

  function modifierOf(node: SyntaxNode): Modifier {
    const children = childrenOf(node).slice(1);
    const [first, second] = children;
    if (first === undefined) throw incomplete(node);
    const place = first.from;
    switch (node.name) {
      case 'OffsetExpr':
        if (second === undefined) throw incomplete(node);
        return { kind: 'offset', offsetMs: text.durationOf(second), place };
      case 'MatrixSelector':
        return { kind: 'range', rangeMs: text.durationOf(first), place };
      case 'SubqueryExpr': {
        const stepMs = second === undefined ? undefined : text.durationOf(second);
        return { kind: 'subquery', rangeMs: text.durationOf(first), stepMs, place };
      }
      default: {
        if (second === undefined) throw incomplete(node);
        const word = text.textOf(second).replaceAll(/\s/g, '');
        if (/^(start|end)/i.test(word)) return { kind: 'at', moment: /^start/i.test(word) ? 'start' : 'end', place };
        const [, sign, unsigned = ''] = /^([+-]?)(.*)$/.exec(word) ?? [];
        const seconds = (numberOf(unsigned) ?? Number.NaN) * (sign === '-' ? -1 : 1);
        return { kind: 'at', moment: Math.round(seconds * 1000), place };
      }
    }
  }

  /** Precedence climbing (Richards 1969): operators as strong as `least` and stronger. */
  function climb(least: number): Expression {
    let left = operand();
    for (let term = terms[at]; term?.kind === 'operator'; term = terms[at]) {
      const strength = strengths[term.operator];
      if (strength < least) break;
      at += 1;
      const right = climb(term.operator === '^' ? strength : strength + 1);
      left = {
        kind: 'binary',
        operator: term.operator,
        left,
        right,
        isBool: term.modifiers.some(({ name }) => name === 'BoolModifier'),
        matching: matchingOf(term.modifiers),
        place: left.place,
      };
    }
    return left;
  }

  function operand(): Expression {
    const term = terms[at];
    if (term === undefined || term.kind === 'operator') throw incomplete(root);
    at += 1;
    if (term.kind === 'operand') return term.expression;
    const inner = climb(signStrength + 1);
    if (!term.isMinus && inner.kind !== 'text' && inner.kind !== 'range') return inner;
    if (inner.kind === 'number') return { ...inner, value: -inner.value, place: term.place };
    return { kind: 'negation', inner, place: term.place };
  }

  function matchingOf(modifiers: readonly SyntaxNode[]): VectorMatching {
    const fill = modifiers.find(({ name }) => name.startsWith('Fill'));
    if (fill !== undefined) throw notSupported('fill()', { query: text.query, place: fill.from });
    const clause = modifiers.find(({ name }) => name === 'MatchingModifierClause');
    if (clause === undefined) return { isOn: false, labels: [], manySide: 'none', include: [] };
    const parts = childrenOf(clause);
    const lists = parts.filter(({ name }) => name === 'GroupingLabels').map((list) => text.labelNamesOf(list));
    const isLeft = parts.some(({ name }) => name === 'GroupLeft');
    const isRight = parts.some(({ name }) => name === 'GroupRight');
    return {
      isOn: parts[0]?.name === 'On',
      labels: lists[0] ?? [],
      manySide: isLeft ? 'left' : isRight ? 'right' : 'none',
      include: lists[1] ?? [],
    };
  }

  function incomplete(node: SyntaxNode) {
    return notPromql('the expression is incomplete', { query: text.query, place: node.to });
  }
}
