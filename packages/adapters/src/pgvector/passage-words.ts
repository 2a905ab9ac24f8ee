/** Terms as PostgreSQL's full text search takes them, so that the same rules of analysis hold here as elsewhere. */

import type { IndexedPassage } from '@heliosiq/ports';

/** The terms of a text in order: how a language and identifiers are taken apart is decided by the caller. */
export type Terms = (text: string) => readonly string[];

/** What a `tsvector` can hold. */
const POSITION_MAX = 16_383;
const TERM_LENGTH_MAX = 200;
const TERMS_PER_PASSAGE_MAX = 20_000;

/** The passage as the text of a `tsvector`: terms of the title weigh A, those of headings and tags B, the rest D. */
export function passageWords({ title, headings, tags, text }: IndexedPassage, terms: Terms): string {
  const places = new Map<string, string[]>();
  let position = 0;
  const add = (words: string, weight: string): void => {
    for (const term of terms(words)) {
      if (position >= TERMS_PER_PASSAGE_MAX) return;
      position += 1;
      const kept = term.slice(0, TERM_LENGTH_MAX);
      const at = `${Math.min(position, POSITION_MAX)}${weight}`;
      const known = places.get(kept);
      if (known === undefined) places.set(kept, [at]);
      else known.push(at);
    }
  };
  add(title, 'A');
  add([...headings, ...tags].join('\n'), 'B');
  add(text, '');
  return [...places].map(([term, at]) => `${quoted(term)}:${at.join(',')}`).join(' ');
}

/** A term as the text of a `tsquery`, also as one of several parted by `|`. */
export function quoted(term: string): string {
  return `'${storable(term.slice(0, TERM_LENGTH_MAX)).replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** PostgreSQL keeps no NUL and no half of a surrogate pair. */
function storable(text: string): string {
  return text.replaceAll('\0', ' ').toWellFormed();
}
