/** What of a passage is searched: the same for every index and every embedder. */

import type { IndexedText } from './bm25.ts';

/** A passage with what stands above it. */
export interface PassageFields {
  readonly title: string | undefined;
  /** The path of headings, which may begin with the title. */
  readonly headings: readonly string[];
  readonly tags?: readonly string[];
  readonly text: string;
}

/** The fields of the lexical index. Tags count like headings. */
export function lexicalFields({ title, headings, tags = [], text }: PassageFields): IndexedText {
  const own = headingsBelow(title, headings);
  return { ...(title !== undefined && { title }), headings: [...own, ...tags], body: text };
}

/** One text for an embedder: title and headings say what the passage is about when its own words do not. */
export function embeddedText({ title, headings, text }: PassageFields): string {
  return [...(title === undefined ? [] : [title]), ...headingsBelow(title, headings), text].join('\n');
}

/** The path of headings without the title that it may begin with. */
export function headingsBelow(title: string | undefined, headings: readonly string[]): readonly string[] {
  return headings[0] === title ? headings.slice(1) : headings;
}
