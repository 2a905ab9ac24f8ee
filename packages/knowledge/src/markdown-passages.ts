/** Markdown to passages: one section never runs into the next, code and tables stay whole, offsets are exact. */

import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { boundPassages, cutProse, cutSolid, DEFAULT_PASSAGE_SIZE, packPieces } from './passage-packing.ts';
import type { PassageDraft, PassageSize, Piece } from './passage-packing.ts';
import { plainPassages } from './plain-passages.ts';

/**
 * The parser of block structure. What happens inside a line (emphasis, links) does not move a boundary and is the costly
 * part on hostile input, so it is switched off.
 */
const blockParser = unified()
  .data('micromarkExtensions', [
    {
      disable: {
        null: [
          'attention',
          'autolink',
          'codeText',
          'htmlText',
          'labelStartImage',
          'labelStartLink',
          'labelEnd',
          'definition',
        ],
      },
    },
  ])
  .use(remarkParse)
  .freeze();

type Root = ReturnType<typeof blockParser.parse>;
type Block = Root['children'][number] | Extract<Root['children'][number], { type: 'list' }>['children'][number];

/** A line nested deeper than this is no Markdown that a person wrote; such a text is cut as plain text. */
const NESTING_MAX = 32;
const DEEP_NESTING = new RegExp(`^(?:[ \\t]*(?:>|[-+*][ \\t]|\\d{1,9}[.)][ \\t])){${NESTING_MAX},}`, 'm');
const TABLE_RULE = /^[ \t]*\|?[ \t]*:?-{2,}:?[ \t]*(?:\|[ \t]*:?-{2,}:?[ \t]*)*\|?[ \t]*$/m;

/**
 * Cuts canonical Markdown into passages from `bodyStart` on. `canonical.slice(span.start, span.end)` is the passage;
 * `headings` is the path of headings above it. A document of headings alone is one passage.
 */
export function markdownPassages(
  canonical: string,
  bodyStart = 0,
  size: PassageSize = DEFAULT_PASSAGE_SIZE,
): readonly PassageDraft[] {
  const body = canonical.slice(bodyStart);
  if (DEEP_NESTING.test(body)) return plainPassages(canonical, bodyStart, size);

  const drafts: PassageDraft[] = [];
  let path: { readonly depth: number; readonly heading: string }[] = [];
  let pieces: Piece[] = [];
  const closeSection = (): void => {
    const headings = path.map((entry) => entry.heading);
    for (const span of packPieces(pieces, size)) drafts.push({ headings, span });
    pieces = [];
  };

  for (const block of blockParser.parse(body).children) {
    if (block.type !== 'heading') {
      for (const piece of piecesOf(block, canonical, bodyStart, size)) pieces.push(piece);
      continue;
    }
    closeSection();
    const heading = headingText(canonical, bodyStart, block);
    path = path.filter((entry) => entry.depth < block.depth);
    if (heading !== '') path.push({ depth: block.depth, heading });
  }
  closeSection();
  return drafts.length === 0 ? plainPassages(canonical, bodyStart, size) : boundPassages(drafts);
}

/** The first heading of the first level, or the first heading at all. */
export function markdownTitle(canonical: string, bodyStart = 0): string | undefined {
  const body = canonical.slice(bodyStart);
  if (DEEP_NESTING.test(body)) return undefined;
  const headings = blockParser.parse(body).children.filter((block) => block.type === 'heading');
  const title = headings.find((heading) => heading.depth === 1) ?? headings[0];
  const text = title && headingText(canonical, bodyStart, title);
  return text === '' ? undefined : text;
}

function piecesOf(block: Block, canonical: string, bodyStart: number, size: PassageSize): Piece[] {
  const start = bodyStart + (block.position?.start.offset ?? 0);
  const end = bodyStart + (block.position?.end.offset ?? 0);
  const span = { start, end };
  switch (block.type) {
    case 'thematicBreak':
      return [];
    case 'code':
      return cutSolid(canonical, span, size.solidLengthMax);
    case 'list':
    case 'listItem':
    case 'blockquote':
      if (end - start <= (block.type === 'list' ? size.overlapMax : size.lengthMax))
        return cutProse(canonical, span, size.lengthMax);
      return withMarkers(
        block.children.map((child) => piecesOf(child, canonical, bodyStart, size)),
        start,
      );
    default:
      return TABLE_RULE.test(canonical.slice(start, end))
        ? cutSolid(canonical, span, size.solidLengthMax)
        : cutProse(canonical, span, size.lengthMax);
  }
}

/** A list item's first child begins behind its marker (`- `, `3. `); the piece is to begin with the marker. */
function withMarkers(children: readonly Piece[][], start: number): Piece[] {
  const pieces = children.flat();
  const [first, ...rest] = pieces;
  return first ? [{ ...first, start }, ...rest] : [];
}

function headingText(canonical: string, bodyStart: number, heading: Extract<Block, { type: 'heading' }>): string {
  const start = bodyStart + (heading.position?.start.offset ?? 0);
  const end = bodyStart + (heading.position?.end.offset ?? 0);
  return canonical
    .slice(start, end)
    .replace(/\n[ \t]*(?:=+|-+)[ \t]*$/, '')
    .replace(/^[ \t]*#{1,6}[ \t]*/, '')
    .replace(/[ \t]+#+[ \t]*$/, '')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/[*`]+/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}
