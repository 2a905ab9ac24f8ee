import { HeliosError } from '@heliosiq/model';

/** A number made from the value of a sample. */
export type ValueFunction = (value: number) => number;

interface Cursor {
  readonly tokens: readonly string[];
  at: number;
  depth: number;
}

const tokenForm = /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|([a-z]+)|([-+*/(),]))/y;
const textLengthMax = 500;
const depthMax = 32;

const functions: Readonly<Record<string, (...numbers: readonly number[]) => number>> = {
  abs: (x = Number.NaN) => Math.abs(x),
  round: (x = Number.NaN) => Math.round(x),
  min: (...numbers) => Math.min(...numbers),
  max: (...numbers) => Math.max(...numbers),
};

/**
 * Compiles arithmetic on `value`: numbers, `+ - * /`, brackets, `abs(x)`, `round(x)`, `min(a, b)`, `max(a, b)`;
 * e.g. `(value - 32) * 5 / 9`. Throws `config-invalid` naming the place.
 */
export function compileArithmetic(text: string): ValueFunction {
  const cursor: Cursor = { tokens: tokensOf(text), at: 0, depth: 0 };
  const result = sum(cursor);
  if (cursor.at < cursor.tokens.length) throw bad(text, `"${cursor.tokens[cursor.at]}" was not expected there`);
  return result;

  function sum(from: Cursor): ValueFunction {
    from.depth += 1;
    if (from.depth > depthMax) throw bad(text, 'its brackets are nested too deeply');
    let left = product(from);
    for (let sign = takeOf(from, '+', '-'); sign !== undefined; sign = takeOf(from, '+', '-')) {
      left = sign === '+' ? added(left, product(from)) : subtracted(left, product(from));
    }
    from.depth -= 1;
    return left;
  }

  function product(from: Cursor): ValueFunction {
    let left = factor(from);
    for (let sign = takeOf(from, '*', '/'); sign !== undefined; sign = takeOf(from, '*', '/')) {
      left = sign === '*' ? multiplied(left, factor(from)) : divided(left, factor(from));
    }
    return left;
  }

  function factor(from: Cursor): ValueFunction {
    let isNegative = false;
    while (takeOf(from, '-') !== undefined) isNegative = !isNegative;
    const operand = atom(from);
    return isNegative ? (value) => -operand(value) : operand;
  }

  function atom(from: Cursor): ValueFunction {
    const token = from.tokens[from.at++];
    if (token === undefined) throw bad(text, 'something is missing at its end');
    if (token === 'value') return (value) => value;
    if (token === '(') {
      const inner = sum(from);
      if (takeOf(from, ')') === undefined) throw bad(text, 'a bracket is not closed');
      return inner;
    }
    if (/^\d/.test(token)) {
      const number = Number(token);
      return () => number;
    }
    const call = Object.hasOwn(functions, token) ? functions[token] : undefined;
    if (call === undefined) throw bad(text, `"${token}" is unknown`);
    return called(call, listOf(from, token));
  }

  function listOf(from: Cursor, name: string): readonly ValueFunction[] {
    if (takeOf(from, '(') === undefined) throw bad(text, `"${name}" needs brackets`);
    const list = [sum(from)];
    while (takeOf(from, ',') !== undefined) list.push(sum(from));
    if (takeOf(from, ')') === undefined) throw bad(text, 'a bracket is not closed');
    return list;
  }
}

function added(a: ValueFunction, b: ValueFunction): ValueFunction {
  return (value) => a(value) + b(value);
}

function subtracted(a: ValueFunction, b: ValueFunction): ValueFunction {
  return (value) => a(value) - b(value);
}

function multiplied(a: ValueFunction, b: ValueFunction): ValueFunction {
  return (value) => a(value) * b(value);
}

function divided(a: ValueFunction, b: ValueFunction): ValueFunction {
  return (value) => a(value) / b(value);
}

function called(call: (...numbers: readonly number[]) => number, list: readonly ValueFunction[]): ValueFunction {
  return (value) => call(...list.map((each) => each(value)));
}

function takeOf(cursor: Cursor, ...wanted: readonly string[]): string | undefined {
  const token = cursor.tokens[cursor.at];
  if (token === undefined || !wanted.includes(token)) return undefined;
  cursor.at += 1;
  return token;
}

function tokensOf(text: string): readonly string[] {
  const trimmed = text.trim();
  if (trimmed.length > textLengthMax) throw bad(trimmed, `at most ${textLengthMax} characters`);
  const tokens: string[] = [];
  for (let at = 0; at < trimmed.length;) {
    tokenForm.lastIndex = at;
    const match = tokenForm.exec(trimmed);
    if (match === null) throw bad(trimmed, `"${trimmed.slice(at, at + 10)}" cannot be read`);
    tokens.push(match[1] ?? match[2] ?? match[3] ?? '');
    at = tokenForm.lastIndex;
  }
  return tokens;
}

function bad(text: string, reason: string): HeliosError {
  return new HeliosError('config-invalid', `"${text.slice(0, 100)}" is not arithmetic: ${reason}`, {
    cure: 'Write e.g. (value - 32) * 5 / 9',
  });
}
