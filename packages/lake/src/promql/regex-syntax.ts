import { HeliosError } from '@heliosiq/model';

/** A set of code points as inclusive ranges. */
export type CodeRanges = readonly (readonly [from: number, to: number])[];

/** A regular expression as a tree. */
export type RegexNode =
  | { readonly kind: 'character'; readonly ranges: CodeRanges }
  | { readonly kind: 'sequence'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly options: readonly RegexNode[] }
  | { readonly kind: 'repeat'; readonly part: RegexNode; readonly min: number; readonly max: number };

const codeMax = 0x10ffff;
const nestingMax = 100;
/** The bound of RE2 for counted repetition. */
const repeatMax = 1000;

const digit: CodeRanges = [[0x30, 0x39]];
const word: CodeRanges = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
const space: CodeRanges = [
  [0x09, 0x0a],
  [0x0c, 0x0d],
  [0x20, 0x20],
];
const classes: Readonly<Record<string, CodeRanges>> = {
  d: digit,
  w: word,
  s: space,
  D: without(digit),
  W: without(word),
  S: without(space),
};
const controls: Readonly<Record<string, number>> = { n: 0x0a, r: 0x0d, t: 0x09, f: 0x0c, v: 0x0b, a: 0x07 };

/** All code points but those of the ranges. */
function without(ranges: CodeRanges): CodeRanges {
  const sorted = ranges.toSorted(([a], [b]) => a - b);
  const rest: [number, number][] = [];
  let next = 0;
  for (const [from, to] of sorted) {
    if (from > next) rest.push([next, from - 1]);
    next = Math.max(next, to + 1);
  }
  if (next <= codeMax) rest.push([next, codeMax]);
  return rest;
}

/**
 * Reads the part of RE2's syntax (https://github.com/google/re2/wiki/Syntax) that has no need to look around: characters,
 * classes, groups, choice, repetition, and the anchors at the ends, which change nothing because the whole text is
 * matched. Throws `invalid-request` for anything else.
 */
export function parseRegex(pattern: string): RegexNode {
  const codes = Array.from(pattern, (character) => character.codePointAt(0) ?? 0);
  let at = 0;

  const peek = (): string => (at < codes.length ? String.fromCodePoint(codes[at] ?? 0) : '');
  const take = (): string => {
    const character = peek();
    at += 1;
    return character;
  };

  function choice(depth: number): RegexNode {
    if (depth > nestingMax) throw refused(pattern, 'it is nested too deeply');
    const options = [sequence(depth)];
    while (peek() === '|') {
      at += 1;
      options.push(sequence(depth));
    }
    return options.length === 1 && options[0] !== undefined ? options[0] : { kind: 'choice', options };
  }

  function sequence(depth: number): RegexNode {
    const parts: RegexNode[] = [];
    while (at < codes.length && peek() !== '|' && peek() !== ')') {
      const isAnchor = (peek() === '^' && at === 0) || (peek() === '$' && at === codes.length - 1);
      if (isAnchor) at += 1;
      else parts.push(repeated(atom(depth)));
    }
    return { kind: 'sequence', parts };
  }

  function atom(depth: number): RegexNode {
    const character = take();
    switch (character) {
      case '(': {
        if (peek() === '?') {
          at += 1;
          if (take() !== ':') throw refused(pattern, 'of groups with a question mark it may hold (?: alone');
        }
        const inner = choice(depth + 1);
        if (take() !== ')') throw refused(pattern, 'a group is not closed');
        return inner;
      }
      case '[':
        return { kind: 'character', ranges: characterClass() };
      case '.':
        return { kind: 'character', ranges: without([[0x0a, 0x0a]]) };
      case '\\':
        return { kind: 'character', ranges: escaped() };
      case '*':
      case '+':
      case '?':
        throw refused(pattern, `there is nothing before ${character} to repeat`);
      case '^':
      case '$':
        throw refused(pattern, `${character} may stand at an end alone`);
      default:
        return { kind: 'character', ranges: [[codes[at - 1] ?? 0, codes[at - 1] ?? 0]] };
    }
  }

  function escaped(): CodeRanges {
    const character = take();
    const known = classes[character];
    if (known !== undefined) return known;
    const control = controls[character];
    if (control !== undefined) return [[control, control]];
    if (character === '' || /[a-zA-Z0-9]/.test(character)) throw refused(pattern, `\\${character} is not known`);
    return [[codes[at - 1] ?? 0, codes[at - 1] ?? 0]];
  }

  function characterClass(): CodeRanges {
    const isNegated = peek() === '^';
    if (isNegated) at += 1;
    const ranges: (readonly [number, number])[] = [];
    for (let isFirst = true; peek() !== ']' || isFirst; isFirst = false) {
      if (at >= codes.length) throw refused(pattern, 'a class is not closed');
      if (peek() === '[' && codes[at + 1] === 0x3a) throw refused(pattern, 'classes by name are not known');
      const low = classMember();
      const [single] = low;
      const isRange = low.length === 1 && single?.[0] === single?.[1] && peek() === '-' && codes[at + 1] !== 0x5d;
      if (!isRange || single === undefined) {
        ranges.push(...low);
        continue;
      }
      at += 1;
      const [high] = classMember();
      if (high === undefined || high[0] !== high[1] || high[0] < single[0])
        throw refused(pattern, 'a range is reversed');
      ranges.push([single[0], high[1]]);
    }
    at += 1;
    return isNegated ? without(ranges) : ranges;
  }

  function classMember(): CodeRanges {
    const character = take();
    return character === '\\' ? escaped() : [[codes[at - 1] ?? 0, codes[at - 1] ?? 0]];
  }

  function repeated(part: RegexNode): RegexNode {
    const bounds = takeBounds();
    if (bounds === undefined) return part;
    // Lazy or greedy makes no difference to whether the whole text matches.
    if (peek() === '?') at += 1;
    if (takeBounds() !== undefined) throw refused(pattern, 'a repetition is repeated');
    return { kind: 'repeat', part, ...bounds };
  }

  function takeBounds(): { readonly min: number; readonly max: number } | undefined {
    const simple = { '*': { min: 0, max: Infinity }, '+': { min: 1, max: Infinity }, '?': { min: 0, max: 1 } };
    const character = peek();
    if (character === '*' || character === '+' || character === '?') {
      at += 1;
      return simple[character];
    }
    // As in RE2, a brace that begins no count stands for itself.
    const rest = character === '{' ? String.fromCodePoint(...codes.slice(at, at + 12)) : '';
    const counted = /^\{(\d{1,4})(?:(,)(\d{0,4}))?\}/.exec(rest);
    if (counted === null) return undefined;
    at += counted[0].length;
    const min = Number(counted[1]);
    const max = counted[2] === undefined ? min : counted[3] === '' ? Infinity : Number(counted[3]);
    if (min > repeatMax || (max !== Infinity && max > repeatMax) || max < min) {
      throw refused(pattern, `a count must be 0 to ${repeatMax}, the lower one first`);
    }
    return { min, max };
  }

  const tree = choice(0);
  if (at < codes.length) throw refused(pattern, 'a group is closed that was not opened');
  return tree;
}

/** The fault of a pattern. */
export function refused(pattern: string, reason: string): HeliosError {
  const shown = pattern.length > 100 ? `${pattern.slice(0, 100)}…` : pattern;
  return new HeliosError('invalid-request', `The regular expression ${shown} is not taken: ${reason}`, {
    field: 'query',
    cure: 'Use characters, classes, groups, |, *, +, ? and {n,m}.',
  });
}
