import type { SyntaxNode } from '@lezer/common';
import { durationMsOf } from './duration.ts';
import { notPromql, notSupported } from './query-fault.ts';
import { textOfLiteral } from './string-literal.ts';

/** The words of a query under the nodes of its grammar. */
export interface QueryText {
  readonly query: string;
  /** What a node covers. */
  textOf(node: SyntaxNode): string;
  /** The text that a string literal stands for. */
  literalOf(node: SyntaxNode): string;
  /** A duration such as `5m`, in milliseconds; a sign only where it is allowed. */
  durationOf(node: SyntaxNode): number;
  /** The names in a list such as `(job, "k8s.pod")`. */
  labelNamesOf(node: SyntaxNode): readonly string[];
}

export function createQueryText(query: string): QueryText {
  const textOf = (node: SyntaxNode): string => query.slice(node.from, node.to);

  function literalOf(node: SyntaxNode): string {
    const text = textOf(node);
    if (text.length < 2 || text.at(-1) !== text[0]) {
      throw notPromql('a text is not closed', { query, place: node.from });
    }
    return textOfLiteral(text);
  }

  return {
    query,
    textOf,
    literalOf,
    durationOf(node) {
      const text = textOf(node).replaceAll(/\s/g, '');
      const [, sign, unsigned = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
      const durationMs = durationMsOf(unsigned);
      if (!Number.isNaN(durationMs)) return sign === '-' ? -durationMs : durationMs;
      throw notSupported('a duration that is calculated', { query, place: node.from });
    },
    labelNamesOf: (node) =>
      childrenOf(node)
        .filter(({ name }) => name === 'LabelName' || name === 'QuotedLabelName')
        .map((one) => (one.name === 'LabelName' ? textOf(one) : literalOf(one))),
  };
}

export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (child.name !== 'LineComment') children.push(child);
  }
  return children;
}
