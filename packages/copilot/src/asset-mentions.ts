import type { AssetId } from '@heliosiq/model';
import { contentWordsOf, wordsOf } from './question-words.ts';

const mentionsMax = 10;
const fuzzyWordsMax = 40;
/** A part of a name that this many assets share, such as `service` or `remote`, names none of them. */
const sharedByMax = 3;

interface Mention {
  readonly asset: AssetId;
  /** 3: its whole name; 2: its whole name with a slip; 1.5: a part that few share; 1: such a part with a slip. */
  readonly strength: number;
}

/**
 * Assets that a question names, the clearest first: by the whole name in any spelling of case and separators
 * (`pet site` is `PetSite`), by a telling part of it, or with a slip of the keyboard in longer words.
 */
export function mentionedAssets(question: string, assets: readonly AssetId[]): readonly AssetId[] {
  const said = spokenNames(question);
  const fuzzy = contentWordsOf(question)
    .filter((word) => word.length >= 5)
    .slice(0, fuzzyWordsMax);
  const joined = [...said].filter((name) => name.length >= 5).slice(0, 4 * fuzzyWordsMax);
  const sharing = new Map<string, number>();
  const partsOf = new Map<AssetId, readonly string[]>();
  for (const asset of assets) {
    const parts = [...new Set([...segmentsOf(asset), ...wordsOf(asset)])].filter((part) => part.length >= 4);
    partsOf.set(asset, parts);
    for (const part of parts) sharing.set(part, (sharing.get(part) ?? 0) + 1);
  }
  const mentions: Mention[] = [];
  for (const asset of assets) {
    const whole = compact(asset);
    const parts = (partsOf.get(asset) ?? []).filter((part) => (sharing.get(part) ?? 0) <= sharedByMax);
    const strength = said.has(whole)
      ? 3
      : whole.length >= 5 && joined.some((name) => isSlipOf(name, whole))
        ? 2
        : parts.some((part) => said.has(part))
          ? 1.5
          : parts.some((part) => part.length >= 5 && fuzzy.some((word) => isSlipOf(word, part)))
            ? 1
            : 0;
    if (strength > 0) mentions.push({ asset, strength });
  }
  mentions.sort((a, b) => b.strength - a.strength || a.asset.length - b.asset.length || (a.asset < b.asset ? -1 : 1));
  const clearest = mentions[0]?.strength;
  return mentions
    .filter(({ strength }) => strength === clearest)
    .slice(0, mentionsMax)
    .map(({ asset }) => asset);
}

/** Words of the question that look like a name of something: quoted, or with inner capitals, digits or hyphens. */
export function nameLikeWords(question: string): readonly string[] {
  const quoted = [...question.matchAll(/["'`“]([^"'`”]{2,100})["'`”]/g)].map((match) => match[1] ?? '');
  const shaped = [
    ...question.matchAll(/\b[\p{L}][\p{L}\p{N}]*(?:\p{Ll}\p{Lu}|[-_./][\p{L}\p{N}]|\p{N})[\p{L}\p{N}_./-]*/gu),
  ].map((match) => match[0]);
  const names = [...quoted, ...shaped].filter((name) => !/^p\d\d$/i.test(name));
  return [...new Set(names)].slice(0, 5);
}

/** One to three consecutive words of the question, run together. */
function spokenNames(question: string): ReadonlySet<string> {
  const words = question
    .normalize('NFKC')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .slice(0, 400);
  const names = new Set<string>();
  for (let start = 0; start < words.length; start += 1) {
    for (let length = 1; length <= 6; length += 1) names.add(words.slice(start, start + length).join(''));
  }
  for (const word of contentWordsOf(question)) names.add(word);
  return names;
}

function segmentsOf(asset: string): readonly string[] {
  return asset
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((segment) => segment !== '');
}

function compact(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '');
}

/** True for another word within one edit, two from nine letters on, that begins with the same letter. */
function isSlipOf(word: string, name: string): boolean {
  if (word === name || word[0] !== name[0]) return word === name;
  const editsMax = name.length >= 9 ? 2 : 1;
  return Math.abs(word.length - name.length) <= editsMax && editDistance(word, name) <= editsMax;
}

/** Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
