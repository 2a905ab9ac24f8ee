/** Plain text to passages: paragraphs at blank lines, sections at underlined, numbered or capital headings. */

import { boundPassages, cutProse, DEFAULT_PASSAGE_SIZE, packPieces } from './passage-packing.ts';
import type { PassageDraft, PassageSize, Piece } from './passage-packing.ts';

const HEADING_LENGTH_MAX = 100;
const HEADING_DEPTH_MAX = 4;
const UNDERLINED = /^(?<heading>\S.*)\n[ \t]*(?:={3,}|-{3,}|~{3,})[ \t]*(?:\n|$)/;
const NUMBERED = /^\d{1,3}(?:\.\d{1,3}){0,4}\.?[ \t]+\p{Lu}[^.!?:;\n]*$/u;
const CAPITALS = /^(?=[^\n]*\p{Lu}{4})[^\p{Ll}\n.!?;]+$/u;

/** Cuts canonical plain text into passages from `bodyStart` on; `canonical.slice(span.start, span.end)` is the passage. */
export function plainPassages(
  canonical: string,
  bodyStart = 0,
  size: PassageSize = DEFAULT_PASSAGE_SIZE,
): readonly PassageDraft[] {
  const drafts: PassageDraft[] = [];
  let headings: readonly string[] = [];
  let pieces: Piece[] = [];
  let headingStart: number | undefined;
  const closeSection = (): void => {
    for (const span of packPieces(pieces, size)) drafts.push({ headings, span });
    pieces = [];
  };

  for (const { start, end } of paragraphs(canonical, bodyStart)) {
    const paragraph = canonical.slice(start, end);
    const found = readHeading(paragraph);
    if (found) {
      closeSection();
      // A heading directly under a heading is a step down: a title, then its first chapter.
      headings = headingStart === undefined ? [found.heading] : [...headings, found.heading].slice(-HEADING_DEPTH_MAX);
      headingStart = start;
    }
    const proseStart = start + (found?.length ?? 0);
    for (const piece of cutProse(canonical, { start: proseStart, end }, size.lengthMax)) {
      pieces.push(piece);
      headingStart = undefined;
    }
  }
  closeSection();
  // A heading with nothing under it at the end would be lost: it is a passage of its own.
  if (headingStart !== undefined) {
    const [piece] = cutProse(canonical, { start: headingStart, end: canonical.length }, size.lengthMax);
    if (piece) drafts.push({ headings: [], span: { start: piece.start, end: piece.end } });
  }
  return boundPassages(drafts);
}

function* paragraphs(
  canonical: string,
  bodyStart: number,
): Generator<{ readonly start: number; readonly end: number }> {
  let start = bodyStart;
  for (const gap of canonical.slice(bodyStart).matchAll(/\n(?:[ \t]*\n)+/g)) {
    yield { start, end: bodyStart + gap.index };
    start = bodyStart + gap.index + gap[0].length;
  }
  yield { start, end: canonical.length };
}

/** The heading that a paragraph is or begins with, and how much of the paragraph it takes. */
function readHeading(paragraph: string): { readonly heading: string; readonly length: number } | undefined {
  const underlined = UNDERLINED.exec(paragraph);
  const heading = underlined?.groups?.['heading']?.trim();
  if (underlined && heading !== undefined && heading.length <= HEADING_LENGTH_MAX) {
    return { heading, length: underlined[0].length };
  }
  const line = paragraph.trim();
  if (line.length > HEADING_LENGTH_MAX || line.includes('\n')) return undefined;
  return NUMBERED.test(line) || CAPITALS.test(line) ? { heading: line, length: paragraph.length } : undefined;
}
