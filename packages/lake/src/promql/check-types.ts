import { functionTable, type FunctionSignature } from './function-table.ts';
import { compileMatchers } from './label-matcher.ts';
import { notPromql, notSupported, type QueryPlace } from './query-fault.ts';
import {
  isComparison,
  isSetOperator,
  type AggregateNode,
  type BinaryNode,
  type CallNode,
  type Expression,
  type ValueType,
} from './syntax-tree.ts';

const words: Readonly<Record<ValueType, string>> = {
  scalar: 'scalar',
  vector: 'instant vector',
  matrix: 'range vector',
  string: 'string',
};

/** What an expression comes to. */
export function typeOf(expression: Expression): ValueType {
  switch (expression.kind) {
    case 'number':
      return 'scalar';
    case 'text':
      return 'string';
    case 'selector':
    case 'aggregate':
      return 'vector';
    case 'range':
    case 'subquery':
      return 'matrix';
    case 'negation':
      return typeOf(expression.inner);
    case 'call':
      return functionTable.get(expression.name)?.gives ?? 'vector';
    case 'binary':
      return typeOf(expression.left) === 'scalar' && typeOf(expression.right) === 'scalar' ? 'scalar' : 'vector';
  }
}

interface CheckContext {
  readonly query: string;
  readonly depthMax: number;
}

/** Checks that every part takes what it is given, throughout an expression; throws `invalid-request` with the place. */
export function checkTypes(expression: Expression, context: CheckContext, depth = 0): void {
  const at = (place: number): QueryPlace => ({ query: context.query, place });
  if (depth > context.depthMax) throw notSupported('a query that is nested so deeply', at(expression.place));
  const check = (inner: Expression): void => checkTypes(inner, context, depth + 1);
  switch (expression.kind) {
    case 'number':
    case 'text':
      return;
    case 'selector':
      if (compileMatchers(expression.matchers).every(({ test }) => test(''))) {
        throw notPromql('vector selector must contain at least one non-empty matcher', at(expression.place));
      }
      return;
    case 'range':
      check(expression.selector);
      return;
    case 'subquery':
      check(expression.inner);
      if (typeOf(expression.inner) !== 'vector') {
        const got = typeOf(expression.inner);
        throw notPromql(`subquery is only allowed on instant vector, got ${got} instead`, at(expression.place));
      }
      return;
    case 'negation': {
      check(expression.inner);
      const got = typeOf(expression.inner);
      if (got === 'scalar' || got === 'vector') return;
      throw notPromql(
        `unary expression only allowed on expressions of type scalar or instant vector, got "${words[got]}"`,
        at(expression.place),
      );
    }
    case 'aggregate':
      checkAggregate(expression, at);
      if (expression.parameter !== undefined) check(expression.parameter);
      check(expression.inner);
      return;
    case 'call':
      checkCall(expression, at);
      for (const parameter of expression.parameters) check(parameter);
      return;
    case 'binary':
      checkBinary(expression, at);
      check(expression.left);
      check(expression.right);
  }
}

type At = (place: number) => QueryPlace;

function expectType(expression: Expression, wanted: ValueType, { where, at }: { where: string; at: At }): void {
  const got = typeOf(expression);
  if (got === wanted) return;
  throw notPromql(`expected type ${words[wanted]} in ${where}, got ${words[got]}`, at(expression.place));
}

function checkAggregate({ operator, parameter, inner }: AggregateNode, at: At): void {
  if (parameter !== undefined) {
    expectType(parameter, operator === 'count_values' ? 'string' : 'scalar', { where: 'aggregation parameter', at });
  }
  expectType(inner, 'vector', { where: 'aggregation expression', at });
}

function checkCall({ name, parameters, place }: CallNode, at: At): void {
  const signature = functionTable.get(name);
  if (signature === undefined) throw notSupported(`the function ${name}()`, at(place));
  checkCount(signature, parameters.length, { name, at: at(place) });
  for (const [index, parameter] of parameters.entries()) {
    const wanted = signature.takes[index] ?? signature.takes.at(-1);
    if (wanted !== undefined) expectType(parameter, wanted, { where: `call to function "${name}"`, at });
  }
}

function checkCount(
  { takes, optional = 0, isOpen = false }: FunctionSignature,
  got: number,
  { name, at }: { readonly name: string; readonly at: QueryPlace },
): void {
  const least = takes.length - optional;
  const most = isOpen ? Infinity : takes.length;
  if (got >= least && got <= most) return;
  const wanted = least === most ? `${least}` : got < least ? `at least ${least}` : `at most ${most}`;
  throw notPromql(`expected ${wanted} argument(s) in call to "${name}", got ${got}`, at);
}

function checkBinary({ operator, left, right, isBool, matching, place }: BinaryNode, at: At): void {
  const sides = [typeOf(left), typeOf(right)];
  if (sides.some((type) => type !== 'scalar' && type !== 'vector')) {
    throw notPromql('binary expression must contain only scalar and instant vector types', at(place));
  }
  const isAllScalar = sides.every((type) => type === 'scalar');
  if (isBool && !isComparison(operator)) {
    throw notPromql('bool modifier can only be used on comparison operators', at(place));
  }
  if (isAllScalar && isComparison(operator) && !isBool) {
    throw notPromql('comparisons between scalars must use BOOL modifier', at(place));
  }
  const twice = matching.isOn ? matching.labels.find((label) => matching.include.includes(label)) : undefined;
  if (twice !== undefined) {
    throw notPromql(`label "${twice}" must not occur in ON and GROUP clause at once`, at(place));
  }
  const hasScalar = sides.includes('scalar');
  if (hasScalar && isSetOperator(operator)) {
    throw notPromql(`set operator "${operator}" not allowed in binary scalar expression`, at(place));
  }
  if (hasScalar && matching.labels.length > 0) {
    throw notPromql('vector matching only allowed between instant vectors', at(place));
  }
  if (isSetOperator(operator) && matching.manySide !== 'none') {
    throw notPromql(`no grouping allowed for "${operator}" operation`, at(place));
  }
}
