/** From the smallest pieces of a section to passages of a useful size, by spans alone, so that every offset stays exact. */

import type { Span } from '@heliosiq/model';

/** A piece of text that is not cut. `solid` pieces (code, tables) are never repeated as overlap. */
export interface Piece extends Span {
  readonly solid: boolean;
}

/** A passage of a document before it has an id: its place and the headings above it. */
export interface PassageDraft {
  readonly headings: readonly string[];
  readonly span: Span;
}

/** The size of passages, in UTF-16 code units. */
export interface PassageSize {
  /** Pieces are gathered up to this length. */
  readonly lengthMax: number;
  /** A last piece up to this length is repeated at the start of the next passage of the same section. */
  readonly overlapMax: number;
  /** Code and tables stay whole up to this length; longer ones are cut between lines. */
  readonly solidLengthMax: number;
}

export const DEFAULT_PASSAGE_SIZE: PassageSize = { lengthMax: 1200, overlapMax: 160, solidLengthMax: 4800 };

/** The most passages made of one document; the rest of a longer one is in the last of them. */
export const PASSAGES_PER_DOCUMENT_MAX = 10_000;

/** Gathers the pieces of one section, in order and not overlapping, into spans of at most `lengthMax` where pieces allow it. */
export function packPieces(pieces: readonly Piece[], size: PassageSize): Span[] {
  const spans: Span[] = [];
  let start: number | undefined;
  let last: Piece | undefined;
  for (const piece of pieces) {
    if (start !== undefined && last !== undefined && piece.end - start > size.lengthMax) {
      spans.push({ start, end: last.end });
      const overlaps = !last.solid && last.start > start && last.end - last.start <= size.overlapMax;
      const fits = piece.end - last.start <= size.lengthMax;
      start = overlaps && fits ? last.start : piece.start;
    }
    start ??= piece.start;
    last = piece;
  }
  if (start !== undefined && last !== undefined) spans.push({ start, end: last.end });
  return spans;
}

/** Cuts prose between sentences, and what is still too long between words. Pieces carry no surrounding white space. */
export function cutProse(text: string, span: Span, lengthMax: number): Piece[] {
  if (span.end - span.start <= lengthMax) return trimmed(text, span, false);
  return cutBehind(text, span, /[.!?;:]["')\]]*(?=\s)|\n|[。！？]/g).flatMap((sentence) =>
    sentence.end - sentence.start <= lengthMax
      ? trimmed(text, sentence, false)
      : cutAtLength(text, sentence, lengthMax).flatMap((part) => trimmed(text, part, false)),
  );
}

/** Keeps code or a table whole; beyond `lengthMax` cuts between lines, and what is still too long between words. */
export function cutSolid(text: string, span: Span, lengthMax: number): Piece[] {
  if (span.end - span.start <= lengthMax) return trimmed(text, span, true);
  const pieces: Piece[] = [];
  for (const { start, end } of packPieces(
    cutBehind(text, span, /\n/g).map((line) => ({ ...line, solid: true })),
    { lengthMax, overlapMax: 0, solidLengthMax: lengthMax },
  )) {
    for (const part of cutAtLength(text, { start, end }, lengthMax)) pieces.push(...trimmed(text, part, true));
  }
  return pieces;
}

/** Folds what is beyond `PASSAGES_PER_DOCUMENT_MAX` into the last passage, so that nothing of a document is lost. */
export function boundPassages(drafts: readonly PassageDraft[]): readonly PassageDraft[] {
  const last = drafts[PASSAGES_PER_DOCUMENT_MAX - 1];
  const end = drafts.at(-1)?.span.end;
  if (drafts.length <= PASSAGES_PER_DOCUMENT_MAX || !last || end === undefined) return drafts;
  const rest = { headings: last.headings, span: { start: last.span.start, end } };
  return [...drafts.slice(0, PASSAGES_PER_DOCUMENT_MAX - 1), rest];
}

function cutBehind(text: string, span: Span, boundary: RegExp): Span[] {
  const spans: Span[] = [];
  let start = span.start;
  for (const match of text.slice(span.start, span.end).matchAll(boundary)) {
    const end = span.start + match.index + match[0].length;
    spans.push({ start, end });
    start = end;
  }
  if (start < span.end) spans.push({ start, end: span.end });
  return spans;
}

function cutAtLength(text: string, span: Span, lengthMax: number): Span[] {
  const spans: Span[] = [];
  let start = span.start;
  while (span.end - start > lengthMax) {
    const space = text.lastIndexOf(' ', start + lengthMax);
    let end = space > start + lengthMax / 2 ? space : start + lengthMax;
    if (isLowSurrogate(text, end)) end -= 1;
    spans.push({ start, end });
    start = end;
  }
  spans.push({ start, end: span.end });
  return spans;
}

function isLowSurrogate(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return unit >= 0xdc00 && unit <= 0xdfff;
}

function trimmed(text: string, span: Span, solid: boolean): Piece[] {
  const slice = text.slice(span.start, span.end);
  const start = span.start + (slice.length - slice.trimStart().length);
  const end = span.end - (slice.length - slice.trimEnd().length);
  return start < end ? [{ start, end, solid }] : [];
}
