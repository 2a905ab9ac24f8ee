/** A set of code points as inclusive ranges. */
export type CodeRanges = readonly (readonly [from: number, to: number])[];

const codeMax = 0x10ffff;

export const anyCharacter: CodeRanges = [[0, codeMax]];

const digit: CodeRanges = [[0x30, 0x39]];
const lower: CodeRanges = [[0x61, 0x7a]];
const upper: CodeRanges = [[0x41, 0x5a]];
const word: CodeRanges = [...digit, ...upper, [0x5f, 0x5f], ...lower];
const space: CodeRanges = [
  [0x09, 0x0a],
  [0x0c, 0x0d],
  [0x20, 0x20],
];

/** Classes behind a backslash. */
export const escapedClasses: Readonly<Record<string, CodeRanges>> = {
  d: digit,
  w: word,
  s: space,
  D: without(digit),
  W: without(word),
  S: without(space),
};

/** Classes by name, as in `[[:alpha:]]`. */
export const namedClasses: Readonly<Record<string, CodeRanges>> = {
  alnum: [...digit, ...upper, ...lower],
  alpha: [...upper, ...lower],
  ascii: [[0, 0x7f]],
  blank: [
    [0x09, 0x09],
    [0x20, 0x20],
  ],
  cntrl: [
    [0, 0x1f],
    [0x7f, 0x7f],
  ],
  digit,
  graph: [[0x21, 0x7e]],
  lower,
  print: [[0x20, 0x7e]],
  punct: [
    [0x21, 0x2f],
    [0x3a, 0x40],
    [0x5b, 0x60],
    [0x7b, 0x7e],
  ],
  space: [
    [0x09, 0x0d],
    [0x20, 0x20],
  ],
  upper,
  word,
  xdigit: [...digit, [0x41, 0x46], [0x61, 0x66]],
};

export const controls: Readonly<Record<string, number>> = { n: 0x0a, r: 0x0d, t: 0x09, f: 0x0c, v: 0x0b, a: 0x07 };

/** All code points but those of the ranges. */
export function without(ranges: CodeRanges): CodeRanges {
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

/** Ranges longer than this hold whole alphabets, of which the Latin one alone is folded. */
const foldedMax = 1000;

/** The ranges with the other case of each letter. */
export function inEitherCase(ranges: CodeRanges): CodeRanges {
  const folded: (readonly [number, number])[] = [...ranges];
  for (const [from, to] of ranges) {
    const codes = to - from <= foldedMax ? [from, to] : [Math.max(from, 0x41), Math.min(to, 0x7a)];
    for (let code = codes[0] ?? 0; code <= (codes[1] ?? -1); code += 1) {
      const letter = String.fromCodePoint(code);
      for (const other of [letter.toLowerCase(), letter.toUpperCase()]) {
        const otherCode = other.codePointAt(0) ?? 0;
        if (otherCode !== code && String.fromCodePoint(otherCode) === other) folded.push([otherCode, otherCode]);
      }
    }
  }
  return folded;
}
