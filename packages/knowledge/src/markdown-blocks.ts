/** The blocks of a Markdown text, found in one pass over its lines: what a passage may be cut between. */

import type { Span } from '@heliosiq/model';

/**
 * A block at the top of the document. `solid` is code or a table; `prose` is a paragraph, one list item with all that is
 * nested in it, a quote or HTML. A fence inside a list item is a block of its own.
 */
export type MarkdownBlock =
  | (Span & { readonly kind: 'heading'; readonly depth: number })
  | (Span & { readonly kind: 'prose' | 'solid' });

interface OpenBlock {
  kind: 'prose' | 'solid';
  start: number;
  end: number;
  /** True while the last line was running text, which an unindented line continues ("lazy continuation"). */
  paragraph: boolean;
  /** A paragraph proper, that an underline turns into a heading; not a list item, quote or HTML. */
  plain: boolean;
}

interface Closing {
  readonly pattern: RegExp;
  /** The closing line belongs to the block; a blank line does not. */
  readonly kept: boolean;
}

const TAB_WIDTH = 4;
const FENCE = /^(`{3,})(?!.*`)|^(~{3,})/;
const ATX = /^(#{1,6})(?:[ \t]|$)/;
const RULE = /^(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const UNDERLINE = /^(?:=+|-+)[ \t]*$/;
const MARKER = /^(?:[-+*]|\d{1,9}[.)])(?=[ \t]|$)/;
/** Inside a paragraph only an item with text, and a numbered one only from 1, begins a list. */
const INTERRUPTING_MARKER = /^(?:[-+*]|1[.)])[ \t]+\S/;
const EMPTY_ITEM = /^(?:[-+*]|\d{1,9}[.)])$/;
const TABLE_RULE = /^\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;
const RAW_HTML = /^<(script|pre|style|textarea)(?=[\s>]|$)/i;
const BLOCK_HTML =
  /^<\/?(?:address|article|aside|blockquote|body|center|dd|details|dialog|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|nav|ol|p|section|summary|table|tbody|td|tfoot|th|thead|title|tr|ul)(?=[\s/>]|$)/i;

/**
 * The blocks of `text` from `from` on, in order, spans in offsets of `text`, after the block rules of CommonMark 0.31
 * (https://spec.commonmark.org/0.31.2/) and the tables of GitHub. Headings inside a list item or a quote are part of it.
 *
 * One look at each line: time and memory grow with the length of the text only, whatever it contains.
 */
export function markdownBlocks(text: string, from = 0): MarkdownBlock[] {
  const blocks: MarkdownBlock[] = [];
  let open: OpenBlock | undefined;
  let closing: Closing | undefined;
  /** The column where the text of the current top-level list item begins. */
  let itemColumn: number | undefined;

  const close = (): void => {
    if (open) blocks.push({ kind: open.kind, start: open.start, end: open.end });
    open = undefined;
  };
  const begin = (start: number, end: number, how: Partial<OpenBlock> = {}): void => {
    close();
    open = { kind: 'prose', paragraph: false, plain: false, ...how, start, end };
  };

  for (let start = from; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(start, end);
    const { column, content } = indentation(line);
    const lineStart = start;
    start = end + 1;

    if (closing && open && !(itemColumn !== undefined && content !== '' && column < itemColumn)) {
      const closes =
        closing.pattern.test(content) &&
        (content === '' || open.kind === 'prose' || column < TAB_WIDTH + (itemColumn ?? 0));
      if (closes && !closing.kept) {
        close();
        closing = undefined;
        continue;
      }
      open.end = end;
      if (!closes) continue;
      close();
      closing = undefined;
      continue;
    }
    if (closing) close();
    closing = undefined;

    if (content === '') {
      if (itemColumn === undefined && !(open?.kind === 'solid')) close();
      else if (open) open.paragraph = false;
      continue;
    }

    let inParagraph = open?.paragraph === true;
    if (itemColumn !== undefined && column < itemColumn) {
      if (inParagraph && open && !startsBlock(content, column)) {
        open.end = end;
        continue;
      }
      close();
      itemColumn = undefined;
      inParagraph = false;
    }

    const fence = itemColumn !== undefined || column < TAB_WIDTH ? FENCE.exec(content) : null;
    if (fence) {
      begin(lineStart, end, { kind: 'solid' });
      const mark = fence[1] ?? fence[2] ?? '```';
      closing = { pattern: new RegExp(`^\\${mark.charAt(0)}{${mark.length},}[ \\t]*$`), kept: true };
      continue;
    }
    if (itemColumn !== undefined) {
      if (open) open.end = end;
      else begin(lineStart, end);
      if (open) open.paragraph = true;
      continue;
    }

    if (column >= TAB_WIDTH && !inParagraph) {
      if (open?.kind === 'solid') open.end = end;
      else begin(lineStart, end, { kind: 'solid' });
      continue;
    }
    if (open?.kind === 'solid' && !open.paragraph) close();
    const shallow = column < TAB_WIDTH;
    const atx = shallow ? ATX.exec(content) : null;
    if (atx) {
      close();
      blocks.push({ kind: 'heading', depth: atx[1]?.length ?? 1, start: lineStart, end });
    } else if (shallow && open?.plain && inParagraph && UNDERLINE.test(content)) {
      blocks.push({ kind: 'heading', depth: content.startsWith('=') ? 1 : 2, start: open.start, end });
      open = undefined;
    } else if (shallow && RULE.test(content)) {
      close();
    } else if (shallow && (inParagraph ? INTERRUPTING_MARKER : MARKER).test(content)) {
      begin(lineStart, end, { paragraph: !EMPTY_ITEM.test(content) });
      itemColumn = textColumn(column, content);
    } else if (shallow && content.startsWith('>')) {
      if (open && !open.plain && open.paragraph && text.slice(open.start, open.end).trimStart().startsWith('>'))
        open.end = end;
      else begin(lineStart, end, { paragraph: true });
    } else if (shallow && (RAW_HTML.test(content) || content.startsWith('<!--') || BLOCK_HTML.test(content))) {
      begin(lineStart, end);
      closing = htmlClosing(content);
      if (closing.kept && closing.pattern.test(content)) {
        close();
        closing = undefined;
      }
    } else if (open && inParagraph) {
      open.end = end;
      if (open.plain && content.includes('|') && TABLE_RULE.test(content)) open.kind = 'solid';
    } else {
      begin(lineStart, end, { paragraph: true, plain: true });
    }
  }
  close();
  return blocks;
}

/** The column of a line's first character that is no blank, tabs counted to multiples of four, and the line from there on. */
function indentation(line: string): { readonly column: number; readonly content: string } {
  let column = 0;
  let index = 0;
  for (; index < line.length; index++) {
    const character = line.charAt(index);
    if (character === ' ') column += 1;
    else if (character === '\t') column += TAB_WIDTH - (column % TAB_WIDTH);
    else break;
  }
  return { column, content: line.slice(index).trimEnd() };
}

/** Where the text of a list item begins; behind more than four blanks, or none, it is one blank behind the marker. */
function textColumn(column: number, content: string): number {
  const marker = MARKER.exec(content)?.[0].length ?? 1;
  const blanks = indentation(content.slice(marker)).column;
  const empty = content.length === marker;
  return column + marker + (empty || blanks > TAB_WIDTH ? 1 : blanks);
}

function startsBlock(content: string, column: number): boolean {
  if (column >= TAB_WIDTH) return false;
  return (
    ATX.test(content) ||
    RULE.test(content) ||
    MARKER.test(content) ||
    FENCE.test(content) ||
    content.startsWith('>') ||
    content.startsWith('<!--') ||
    RAW_HTML.test(content) ||
    BLOCK_HTML.test(content)
  );
}

function htmlClosing(content: string): Closing {
  const raw = RAW_HTML.exec(content)?.[1];
  if (raw !== undefined) return { pattern: /<\/(?:script|pre|style|textarea)>/i, kept: true };
  return content.startsWith('<!--') ? { pattern: /-->/, kept: true } : { pattern: /^$/, kept: false };
}
