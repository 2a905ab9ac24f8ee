import { HeliosError } from '@heliosiq/model';
import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { checkTypes } from './check-types.ts';
import { functionTable } from './function-table.ts';
import { expressionOfTerms } from './operator-terms.ts';
import { parsePrimary } from './parse-primary.ts';
import { notPromql, notSupported } from './query-fault.ts';
import { childrenOf, createQueryText } from './query-text.ts';
import type { Expression } from './syntax-tree.ts';

const queryLengthMax = 100_000;
/** Levels of nesting, which evaluation follows one within the other. */
const depthMax = 500;

/** Reads a query. Throws `invalid-request` for what is no PromQL and for what of it is not supported; both name the place. */
export function parseQuery(query: string): Expression {
  if (query.length > queryLengthMax) {
    throw new HeliosError('invalid-request', `A query has at most ${queryLengthMax} characters`, { field: 'query' });
  }
  const top = topNodeOf(query);
  const text = createQueryText(query);

  function build(node: SyntaxNode, depth: number): Expression {
    if (depth > depthMax) throw notSupported('a query that is nested so deeply', { query, place: node.from });
    return expressionOfTerms(node, {
      text,
      primary: (one) => parsePrimary(one, text, (inner) => build(inner, depth + 1)),
    });
  }

  const root = firstExpressionOf(top);
  if (root === null) throw notPromql('no expression found in input', { query, place: query.length });
  const expression = build(root, 0);
  checkTypes(expression, { query, depthMax });
  return expression;
}

function firstExpressionOf(top: SyntaxNode): SyntaxNode | null {
  return childrenOf(top)[0] ?? null;
}

/** Without its repair of faults, which takes seconds for long ones, and of which the first is what the asker wants to know. */
const strictParser = parser.configure({ strict: true });

function topNodeOf(query: string): SyntaxNode {
  const isBlank = query.replaceAll(/#[^\n]*/g, '').trim() === '';
  if (isBlank) throw notPromql('no expression found in input', { query, place: query.length });
  try {
    return strictParser.parse(withoutBarePoints(query)).topNode;
  } catch (error) {
    // The parser tells the place by its message alone.
    const place = error instanceof SyntaxError ? /at (\d+)$/.exec(error.message)?.[1] : undefined;
    if (place === undefined) throw error;
    throw faultAt(query, Number(place));
  }
}

/** The grammar wants digits behind the point of a number; `1.` is the same as `1`. Every character keeps its place. */
function withoutBarePoints(query: string): string {
  return query.replaceAll(textOrBarePoint, (whole, digits?: string) => (digits === undefined ? whole : `${digits} `));
}

const textOrBarePoint = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|#[^\n]*|(?<![\w.])(\d[\d_]*)\.(?![\w.])/gs;

function faultAt(query: string, place: number): HeliosError {
  // A name that is called and is no function that the grammar knows: the first fault is its bracket.
  const called = /([a-zA-Z_:][\w:]*)\s*$/.exec(query.slice(0, place));
  if (called?.[1] !== undefined && query[place] === '(' && !functionTable.has(called[1])) {
    return notSupported(`the function ${called[1]}()`, { query, place: called.index });
  }
  const word = query.slice(place).trim().slice(0, 30);
  return notPromql(word === '' ? 'unexpected end of input' : `unexpected ${JSON.stringify(word)}`, { query, place });
}
