/** Quotes that can be checked: made from a passage, verified against the document as it is now. */

import type { Citation, Document, FoundPassage, Span } from '@heliosiq/model';
import type { CheckedCitation, CitationState } from '@heliosiq/ports';

export interface CitationOptions {
  /** Number in the answer, from 1. */
  readonly n: number;
  /** A page that answers with the quote in it. */
  readonly url: string;
  /** What to quote, in the document's offsets; the whole passage when absent. It must lie inside the passage. */
  readonly quoteSpan?: Span;
}

/** A citation of a found passage, or of the part of it in `quoteSpan`. */
export function citePassage(found: FoundPassage, { n, url, quoteSpan }: CitationOptions): Citation {
  const { passage, title, source, sha256 } = found;
  const span = quoteSpan ?? passage.span;
  if (span.start < passage.span.start || span.end > passage.span.end || span.start >= span.end) {
    throw new RangeError(`span ${span.start}-${span.end} is not inside passage ${passage.id}`);
  }
  const quote = passage.text.slice(span.start - passage.span.start, span.end - passage.span.start);
  const document = { id: passage.documentId, source, headings: passage.headings, span, sha256 };
  return { n, kind: 'passage', title, url, quote, document };
}

/** Checks a citation against its document as stored now; `undefined` is a removed document. */
export function verifyCitation(
  citation: CheckedCitation,
  document: Pick<Document, 'text' | 'sha256'> | undefined,
): CitationState {
  const cited = citation.document;
  if (!document || !cited || citation.quote === '') return { state: 'gone' };
  if (document.text.slice(cited.span.start, cited.span.end) === citation.quote) {
    return { state: 'valid', changed: document.sha256 !== cited.sha256 };
  }
  const span =
    findNearest(document.text, citation.quote, cited.span.start) ?? findRewrapped(document.text, citation.quote);
  return span ? { state: 'moved', span } : { state: 'gone' };
}

/** The occurrence of `quote` that begins nearest to `near`. */
function findNearest(text: string, quote: string, near: number): Span | undefined {
  const before = text.lastIndexOf(quote, near);
  const after = text.indexOf(quote, near);
  if (before < 0 && after < 0) return undefined;
  const start = before < 0 || (after >= 0 && after - near < near - before) ? after : before;
  return { start, end: start + quote.length };
}

/** The first occurrence of `quote` whose lines are broken or indented differently. */
function findRewrapped(text: string, quote: string): Span | undefined {
  const words = quote.split(/\s+/).filter((word) => word !== '');
  if (words.length < 2) return undefined;
  const match = new RegExp(words.map(escapePattern).join('\\s+')).exec(text);
  return match ? { start: match.index, end: match.index + match[0].length } : undefined;
}

function escapePattern(word: string): string {
  return word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
