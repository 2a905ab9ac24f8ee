import { HeliosError } from '@heliosiq/model';
import {
  anyCharacter,
  controls,
  escapedClasses,
  inEitherCase,
  namedClasses,
  without,
  type CodeRanges,
} from './regex-characters.ts';

/** A regular expression as a tree. */
export type RegexNode =
  | { readonly kind: 'character'; readonly ranges: CodeRanges }
  | { readonly kind: 'sequence'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly options: readonly RegexNode[] }
  | {
      readonly kind: 'repeat';
      readonly part: RegexNode;
      readonly min: number;
      readonly max: number;
      readonly isGreedy: boolean;
    }
  /** Captures what its part matches; `index` from 1. */
  | { readonly kind: 'group'; readonly part: RegexNode; readonly index: number; readonly name: string | undefined }
  /** Matches nothing, at an end of the text alone. */
  | { readonly kind: 'anchor'; readonly side: 'begin' | 'end' };

interface Flags {
  readonly isCaseless: boolean;
  /** Whether a dot stands for a line feed too. */
  readonly isDotAll: boolean;
  readonly isLazy: boolean;
}

const nestingMax = 100;
/** The bound of RE2 for counted repetition. */
const repeatMax = 1000;

/**
 * Reads RE2's syntax (https://github.com/google/re2/wiki/Syntax) as Prometheus uses it, where a dot stands for every
 * character; without word boundaries, Unicode classes and the flag `m`. Throws `invalid-request` for anything else.
 */
export function parseRegex(pattern: string): RegexNode {
  const codes = Array.from(pattern, (character) => character.codePointAt(0) ?? 0);
  let at = 0;
  let groups = 0;
  let flags: Flags = { isCaseless: false, isDotAll: true, isLazy: false };

  const peek = (ahead = 0): string => (at + ahead < codes.length ? String.fromCodePoint(codes[at + ahead] ?? 0) : '');
  const take = (): string => {
    const character = peek();
    at += 1;
    return character;
  };
  const rest = (length: number): string => String.fromCodePoint(...codes.slice(at, at + length));

  function choice(depth: number): RegexNode {
    if (depth > nestingMax) throw refused(pattern, 'it is nested too deeply');
    const before = flags;
    const options = [sequence(depth)];
    while (peek() === '|') {
      at += 1;
      options.push(sequence(depth));
    }
    // Flags hold up to the end of their group.
    flags = before;
    return options.length === 1 && options[0] !== undefined ? options[0] : { kind: 'choice', options };
  }

  function sequence(depth: number): RegexNode {
    const parts: RegexNode[] = [];
    while (at < codes.length && peek() !== '|' && peek() !== ')') {
      const part = atom(depth);
      if (part !== undefined) parts.push(repeated(part));
    }
    return { kind: 'sequence', parts };
  }

  /** Undefined for flags, which match nothing. */
  function atom(depth: number): RegexNode | undefined {
    const character = take();
    switch (character) {
      case '(':
        return group(depth);
      case '[':
        return characterOf(characterClass());
      case '.':
        return { kind: 'character', ranges: flags.isDotAll ? anyCharacter : without([[0x0a, 0x0a]]) };
      case '^':
        return { kind: 'anchor', side: 'begin' };
      case '$':
        return { kind: 'anchor', side: 'end' };
      case '\\':
        if (peek() === 'A' || peek() === 'z') return { kind: 'anchor', side: take() === 'A' ? 'begin' : 'end' };
        return characterOf(escaped());
      case '*':
      case '+':
      case '?':
        throw refused(pattern, `there is nothing before ${character} to repeat`);
      default:
        return characterOf([[codes[at - 1] ?? 0, codes[at - 1] ?? 0]]);
    }
  }

  function characterOf(ranges: CodeRanges): RegexNode {
    return { kind: 'character', ranges: flags.isCaseless ? inEitherCase(ranges) : ranges };
  }

  function group(depth: number): RegexNode | undefined {
    let named: { readonly name: string | undefined } | undefined = { name: undefined };
    if (peek() === '?') {
      const opened = /^\?P?<(\w+)>/.exec(rest(200));
      const flagged = /^\?([imsU]*)(?:-([imsU]+))?([:)])/.exec(rest(20));
      if (opened !== null) {
        at += opened[0].length;
        named = { name: opened[1] };
      } else if (flagged !== null) {
        at += flagged[0].length;
        const before = flags;
        setFlags(flagged[1] ?? '', flagged[2] ?? '');
        if (flagged[3] === ')') return undefined;
        const inner = closed(depth);
        flags = before;
        return inner;
      } else throw refused(pattern, 'of groups with a question mark it knows (?:, (?P<name> and the flags i, s and U');
    }
    groups += 1;
    const index = groups;
    return { kind: 'group', part: closed(depth), index, name: named.name };
  }

  function closed(depth: number): RegexNode {
    const inner = choice(depth + 1);
    if (take() !== ')') throw refused(pattern, 'a group is not closed');
    return inner;
  }

  function setFlags(on: string, off: string): void {
    if (`${on}${off}`.includes('m')) throw refused(pattern, 'the flag m is not known');
    const flag = (letter: string, now: boolean): boolean => (on.includes(letter) || now) && !off.includes(letter);
    flags = {
      isCaseless: flag('i', flags.isCaseless),
      isDotAll: flag('s', flags.isDotAll),
      isLazy: flag('U', flags.isLazy),
    };
  }

  function escaped(): CodeRanges {
    const character = take();
    const known = escapedClasses[character];
    if (known !== undefined) return known;
    const control = controls[character];
    if (control !== undefined) return [[control, control]];
    if (character === 'x') return [hexadecimal()];
    if (character === '' || /[a-zA-Z0-9]/.test(character)) throw refused(pattern, `\\${character} is not known`);
    return [[codes[at - 1] ?? 0, codes[at - 1] ?? 0]];
  }

  function hexadecimal(): readonly [number, number] {
    const [whole = '', long, short] = /^(?:\{([\da-fA-F]{1,6})\}|([\da-fA-F]{2}))/.exec(rest(10)) ?? [];
    const code = Number.parseInt(long ?? short ?? '', 16);
    if (!(code <= 0x10ffff)) throw refused(pattern, '\\x needs two hexadecimal digits, or some in braces');
    at += whole.length;
    return [code, code];
  }

  function characterClass(): CodeRanges {
    const isNegated = peek() === '^';
    if (isNegated) at += 1;
    const ranges: (readonly [number, number])[] = [];
    for (let isFirst = true; peek() !== ']' || isFirst; isFirst = false) {
      if (at >= codes.length) throw refused(pattern, 'a class is not closed');
      const named = peek() === '[' && peek(1) === ':' ? namedClass() : undefined;
      if (named !== undefined) {
        ranges.push(...named);
        continue;
      }
      const low = classMember();
      const [single] = low;
      const isRange = low.length === 1 && single?.[0] === single?.[1] && peek() === '-' && peek(1) !== ']';
      if (!isRange || single === undefined) {
        ranges.push(...low);
        continue;
      }
      at += 1;
      const [high] = classMember();
      if (high === undefined || high[0] !== high[1] || high[0] < single[0]) {
        throw refused(pattern, 'a range is reversed');
      }
      ranges.push([single[0], high[1]]);
    }
    at += 1;
    const folded = flags.isCaseless ? inEitherCase(ranges) : ranges;
    return isNegated ? without(folded) : folded;
  }

  function namedClass(): CodeRanges {
    const [whole = '', negation, name = ''] = /^\[:(\^?)(\w+):\]/.exec(rest(20)) ?? [];
    const known = Object.hasOwn(namedClasses, name) ? namedClasses[name] : undefined;
    if (known === undefined) throw refused(pattern, 'a class of that name is not known');
    at += whole.length;
    return negation === '^' ? without(known) : known;
  }

  function classMember(): CodeRanges {
    const character = take();
    return character === '\\' ? escaped() : [[codes[at - 1] ?? 0, codes[at - 1] ?? 0]];
  }

  function repeated(part: RegexNode): RegexNode {
    const bounds = takeBounds();
    if (bounds === undefined) return part;
    const isMarked = peek() === '?';
    if (isMarked) at += 1;
    if (takeBounds() !== undefined) throw refused(pattern, 'a repetition is repeated');
    return { kind: 'repeat', part, ...bounds, isGreedy: isMarked === flags.isLazy };
  }

  function takeBounds(): { readonly min: number; readonly max: number } | undefined {
    const simple = { '*': { min: 0, max: Infinity }, '+': { min: 1, max: Infinity }, '?': { min: 0, max: 1 } };
    const character = peek();
    if (character === '*' || character === '+' || character === '?') {
      at += 1;
      return simple[character];
    }
    // As in RE2, a brace that begins no count stands for itself.
    const counted = character === '{' ? /^\{(\d{1,4})(?:(,)(\d{0,4}))?\}/.exec(rest(12)) : null;
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
