/** A pattern that a whole text must match. */
export interface AnchoredPattern {
  matches(text: string): boolean;
}

interface Step {
  readonly accepts: (character: string) => boolean;
  readonly isOptional: boolean;
  readonly isRepeated: boolean;
}

const escapedClasses: Readonly<Record<string, RegExp>> = {
  d: /^\d$/,
  D: /^\D$/,
  w: /^\w$/,
  W: /^\W$/,
  s: /^\s$/,
  S: /^\S$/,
};

/**
 * Reads a regular expression of literals, `.`, `[classes]`, `\d` and its like, the quantifiers `*`, `+` and `?`, and `|`
 * between alternatives, anchored at both ends as Alertmanager does. Groups and counted repeats are refused. Matching takes
 * time in proportion to the text: no pattern can hold the program up. Throws a `SyntaxError` that says what is wrong.
 */
export function anchoredPattern(source: string): AnchoredPattern {
  const alternatives = alternativesOf(source);
  return { matches: (text) => alternatives.some((steps) => runs(steps, text)) };
}

function alternativesOf(source: string): readonly (readonly Step[])[] {
  const alternatives: Step[][] = [[]];
  const characters = Array.from(source);
  for (let at = 0; at < characters.length;) {
    const character = characters[at] ?? '';
    if (character === '|') {
      alternatives.push([]);
      at += 1;
      continue;
    }
    const { accepts, next } = atomAt(characters, at);
    const quantifier = characters[next] ?? '';
    const isQuantified = quantifier !== '' && '*+?'.includes(quantifier);
    alternatives.at(-1)?.push({
      accepts,
      isOptional: isQuantified && quantifier !== '+',
      isRepeated: isQuantified && quantifier !== '?',
    });
    at = next + (isQuantified ? 1 : 0);
  }
  return alternatives;
}

function atomAt(
  characters: readonly string[],
  at: number,
): { readonly accepts: Step['accepts']; readonly next: number } {
  const character = characters[at] ?? '';
  if (character === '.') return { accepts: () => true, next: at + 1 };
  if (character === '\\') {
    const escaped = characters[at + 1];
    if (escaped === undefined) throw new SyntaxError('the pattern ends with a backslash');
    const known = escapedClasses[escaped];
    if (known !== undefined) return { accepts: (given) => known.test(given), next: at + 2 };
    if (/[a-zA-Z0-9]/.test(escaped)) throw new SyntaxError(`\\${escaped} is not supported`);
    return { accepts: (given) => given === escaped, next: at + 2 };
  }
  if (character === '[') {
    let end = at + 1;
    while (end < characters.length && (characters[end] !== ']' || end === at + 1))
      end += characters[end] === '\\' ? 2 : 1;
    if (end >= characters.length) throw new SyntaxError('a [ is not closed');
    // One class alone takes constant time; the engine only tells whether one character is in it.
    const known = new RegExp(`^${characters.slice(at, end + 1).join('')}$`, 'u');
    return { accepts: (given) => known.test(given), next: end + 1 };
  }
  if ('(){}^$*+?'.includes(character)) {
    throw new SyntaxError(`"${character}" is not supported here; escape it, or write several alternatives with |`);
  }
  return { accepts: (given) => given === character, next: at + 1 };
}

/** Follows all ways through the steps at once. */
function runs(steps: readonly Step[], text: string): boolean {
  let at = reached(steps, new Set([0]));
  for (const character of text) {
    const next = new Set<number>();
    for (const index of at) {
      const step = steps[index];
      if (step === undefined || !step.accepts(character)) continue;
      next.add(index + 1);
      if (step.isRepeated) next.add(index);
    }
    if (next.size === 0) return false;
    at = reached(steps, next);
  }
  return at.has(steps.length);
}

/** Adds the places that optional steps let through. */
function reached(steps: readonly Step[], places: Set<number>): Set<number> {
  for (const index of places) {
    if (steps[index]?.isOptional === true) places.add(index + 1);
  }
  return places;
}
