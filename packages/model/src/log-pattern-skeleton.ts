import type { LogWord, ParameterKind } from './log-words.ts';

/** A constant word, or a parameter of some kind. */
export type SkeletonWord = { readonly constant: string } | { readonly kind: ParameterKind };

/** What lines of one pattern have in common. */
export type Skeleton = readonly SkeletonWord[];

/** Stands for a parameter; no word of a line has this character. */
const parameterSign = '\u0000';

export function skeletonOf(words: readonly LogWord[]): Skeleton {
  return words.map(({ text, kind }) => (kind === undefined ? { constant: text } : { kind }));
}

/** Equal for lines whose constants and places of parameters are equal, whatever the kinds. */
export function keyOf(skeleton: Skeleton): string {
  return skeleton.map((word) => ('constant' in word ? word.constant : parameterSign)).join(' ');
}

/** The skeleton with a parameter at a place, as one with parameters right before and behind it. */
export function withParameterAt(skeleton: Skeleton, place: number): Skeleton {
  const words: SkeletonWord[] = [];
  for (const [index, word] of skeleton.entries()) {
    const next: SkeletonWord = index === place ? { kind: 'word' } : word;
    const last = words.at(-1);
    if (last !== undefined && 'kind' in last && 'kind' in next) words[words.length - 1] = { kind: 'any' };
    else words.push(next);
  }
  return words;
}

/** The skeleton with kinds that suit both; the other's constants and places must be the same. */
export function withKindsOf(skeleton: Skeleton, other: Skeleton): Skeleton {
  let changed: SkeletonWord[] | undefined;
  for (const [index, word] of skeleton.entries()) {
    const second = other[index];
    if (!('kind' in word) || second === undefined || !('kind' in second) || word.kind === second.kind) continue;
    if (word.kind === 'any') continue;
    changed ??= [...skeleton];
    changed[index] = { kind: 'any' };
  }
  return changed ?? skeleton;
}

/** For people: constants as they are, parameters as `<kind>`, or `<*>` where lines differ. */
export function templateOf(skeleton: Skeleton): string {
  return skeleton
    .map((word) => ('constant' in word ? word.constant : word.kind === 'any' ? '<*>' : `<${word.kind}>`))
    .join(' ');
}

/** The skeleton as plain data: constants as they are, parameters as `[kind]`. */
export function writeSkeleton(skeleton: Skeleton): readonly (string | readonly [ParameterKind])[] {
  return skeleton.map((word) => ('constant' in word ? word.constant : ([word.kind] as const)));
}

/** A skeleton from what `writeSkeleton` made of it. */
export function readSkeleton(written: readonly (string | readonly [ParameterKind])[]): Skeleton {
  return written.map((word) => (typeof word === 'string' ? { constant: word } : { kind: word[0] }));
}
