/** Markdown to passages: one section never runs into the next, code and tables stay whole, offsets are exact. */

import type { Span } from '@heliosiq/model';
import { markdownBlocks } from './markdown-blocks.ts';
import { boundPassages, cutProse, cutSolid, DEFAULT_PASSAGE_SIZE, packPieces } from './passage-packing.ts';
import type { PassageDraft, PassageSize, Piece } from './passage-packing.ts';
import { plainPassages } from './plain-passages.ts';

/** Longer than any heading a person wrote; the patterns that clean it are run on no more. */
const HEADING_LENGTH_MAX = 500;

/**
 * Cuts canonical Markdown into passages from `bodyStart` on. `canonical.slice(span.start, span.end)` is the passage;
 * `headings` is the path of headings above it. A document of headings alone is cut as plain text.
 */
export function markdownPassages(
  canonical: string,
  bodyStart = 0,
  size: PassageSize = DEFAULT_PASSAGE_SIZE,
): readonly PassageDraft[] {
  const drafts: PassageDraft[] = [];
  let path: { readonly depth: number; readonly heading: string }[] = [];
  let pieces: Piece[] = [];
  const closeSection = (): void => {
    const headings = path.map((entry) => entry.heading);
    for (const span of packPieces(pieces, size)) drafts.push({ headings, span });
    pieces = [];
  };

  for (const block of markdownBlocks(canonical, bodyStart)) {
    if (block.kind === 'heading') {
      closeSection();
      const heading = headingText(canonical, block);
      path = path.filter((entry) => entry.depth < block.depth);
      if (heading !== '') path.push({ depth: block.depth, heading });
      continue;
    }
    const cut =
      block.kind === 'solid'
        ? cutSolid(canonical, block, size.solidLengthMax)
        : cutProse(canonical, block, size.lengthMax);
    for (const piece of cut) pieces.push(piece);
  }
  closeSection();
  return drafts.length === 0 ? plainPassages(canonical, bodyStart, size) : boundPassages(drafts);
}

/** The first heading of the first level, or the first heading at all. */
export function markdownTitle(canonical: string, bodyStart = 0): string | undefined {
  const headings = markdownBlocks(canonical, bodyStart).filter((block) => block.kind === 'heading');
  const title = headings.find((heading) => heading.depth === 1) ?? headings[0];
  const text = title && headingText(canonical, title);
  return text === '' ? undefined : text;
}

/** A heading's words, without marks; of a longer one only its first `HEADING_LENGTH_MAX` characters. */
function headingText(canonical: string, { start, end }: Span): string {
  return canonical
    .slice(start, Math.min(end, start + HEADING_LENGTH_MAX))
    .replace(/\n[ \t]*(?:=+|-+)[ \t]*$/, '')
    .replace(/^[ \t]*#{1,6}(?=[ \t]|$)/, '')
    .replace(/[ \t]+#+[ \t]*$/, '')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[*`]+/g, '')
    .replace(/\s+/g, ' ')
    .toWellFormed()
    .trim();
}
