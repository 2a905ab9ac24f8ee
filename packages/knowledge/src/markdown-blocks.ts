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
  what: 'paragraph' | 'table' | 'item' | 'quote' | 'html' | 'fence' | 'indented';
  start: number;
  end: number;
  /** True while the last line was running text, which a line with less indentation continues ("lazy continuation"). */
  running: boolean;
}

/** What ends a fence or HTML; until then no line is looked at for anything else. */
interface Closing {
  readonly closes: (line: Line) => boolean;
  /** The closing line belongs to the block; a blank line does not. */
  readonly kept: boolean;
}

interface Line extends Span {
  /** Columns of white space at its start, tabs counted to multiples of four. */
  readonly column: number;
  /** The line without white space around it. */
  readonly content: string;
}

const TAB_WIDTH = 4;
const FENCE = /^(?:`{3,}(?!`)|~{3,}(?!~))/;
const ATX = /^(#{1,6})(?:[ \t]|$)/;
const RULE = /^(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const UNDERLINE = /^(?:=+|-+)[ \t]*$/;
const MARKER = /^(?:[-+*]|\d{1,9}[.)])(?=[ \t]|$)/;
/** Inside a paragraph only an item with text, and a numbered one only from 1, begins a list. */
const INTERRUPTING_MARKER = /^(?:[-+*]|1[.)])[ \t]+\S/;
const EMPTY_ITEM = /^(?:[-+*]|\d{1,9}[.)])$/;
const TABLE_RULE = /^\|?[ \t]*:?-+:?(?:[ \t]*\|[ \t]*:?-+:?)*(?:[ \t]*\|)?$/;
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

  function close(): void {
    const solid = open?.what === 'table' || open?.what === 'fence' || open?.what === 'indented';
    if (open) blocks.push({ kind: solid ? 'solid' : 'prose', start: open.start, end: open.end });
    open = undefined;
    closing = undefined;
  }

  function begin(what: OpenBlock['what'], { start, end }: Line, running = false): void {
    close();
    open = { what, start, end, running };
  }

  /** Inside a fence or HTML: takes the line, or gives it back when the block has ended before it. */
  function continueClosing(line: Line): boolean {
    if (!closing || !open) return false;
    const leavesItem = itemColumn !== undefined && line.content !== '' && line.column < itemColumn;
    if (leavesItem) close();
    else if (!closing.closes(line)) open.end = line.end;
    else {
      if (closing.kept) open.end = line.end;
      close();
    }
    return !leavesItem;
  }

  function blank(): void {
    if (itemColumn === undefined && open?.what !== 'indented') close();
    else if (open) open.running = false;
  }

  /** Takes the line if it belongs to the current list item, nested as deep as it may be; else the item has ended. */
  function continueItem(line: Line): boolean {
    if (itemColumn === undefined) return false;
    if (line.column >= itemColumn) {
      if (FENCE.test(line.content) && beginFence(line)) return true;
      if (open) Object.assign(open, { end: line.end, running: true });
      else begin('item', line, true);
      return true;
    }
    if (open?.running && !startsBlock(line)) {
      open.end = line.end;
      return true;
    }
    close();
    itemColumn = undefined;
    return false;
  }

  function beginFence(line: Line): boolean {
    const mark = FENCE.exec(line.content)?.[0];
    // Behind backticks another one makes it code inside a line.
    if (mark === undefined || (mark.startsWith('`') && line.content.includes('`', mark.length))) return false;
    const deepest = TAB_WIDTH + (itemColumn ?? 0);
    begin('fence', line);
    closing = {
      kept: true,
      closes: ({ content, column }) =>
        content.length >= mark.length && column < deepest && isRepeated(content, mark.charAt(0)),
    };
    return true;
  }

  function beginHtml(line: Line): void {
    begin('html', line);
    closing = htmlClosing(line.content);
    if (closing.kept && closing.closes(line)) close();
  }

  function beginBlock(line: Line): void {
    const { content, column, start, end } = line;
    const current = open;
    const running = current?.running === true;
    if (column >= TAB_WIDTH) {
      if (current && (running || current.what === 'indented')) current.end = end;
      else begin('indented', line);
      return;
    }
    const heading = ATX.exec(content)?.[1];
    if (heading !== undefined) {
      close();
      blocks.push({ kind: 'heading', depth: heading.length, start, end });
    } else if (current?.what === 'paragraph' && running && UNDERLINE.test(content)) {
      open = undefined;
      blocks.push({ kind: 'heading', depth: content.startsWith('=') ? 1 : 2, start: current.start, end });
    } else if (RULE.test(content)) {
      close();
    } else if ((running ? INTERRUPTING_MARKER : MARKER).test(content)) {
      begin('item', line, !EMPTY_ITEM.test(content));
      itemColumn = textColumn(column, content);
    } else if (content.startsWith('>')) {
      if (current?.what === 'quote') current.end = end;
      else begin('quote', line, true);
    } else if (startsHtml(content)) {
      beginHtml(line);
    } else if (!beginFence(line)) {
      if (!current || !running) return begin('paragraph', line, true);
      current.end = end;
      if (current.what === 'paragraph' && content.includes('|') && TABLE_RULE.test(content)) current.what = 'table';
    }
  }

  for (const line of linesOf(text, from)) {
    if (continueClosing(line)) continue;
    if (line.content === '') blank();
    else if (!continueItem(line)) beginBlock(line);
  }
  close();
  return blocks;
}

function* linesOf(text: string, from: number): Generator<Line> {
  for (let start = from; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    yield { start, end, ...indentation(text.slice(start, end)) };
    start = end + 1;
  }
}

function indentation(line: string): Pick<Line, 'column' | 'content'> {
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

function isRepeated(text: string, character: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charAt(index) !== character) return false;
  return true;
}

/** Where the text of a list item begins; behind more than four blanks, or none, it is one blank behind the marker. */
function textColumn(column: number, content: string): number {
  const marker = MARKER.exec(content)?.[0].length ?? 1;
  const blanks = indentation(content.slice(marker)).column;
  const empty = content.length === marker;
  return column + marker + (empty || blanks > TAB_WIDTH ? 1 : blanks);
}

function startsHtml(content: string): boolean {
  return RAW_HTML.test(content) || content.startsWith('<!--') || BLOCK_HTML.test(content);
}

function startsBlock({ content, column }: Line): boolean {
  if (column >= TAB_WIDTH) return false;
  return (
    [ATX, RULE, MARKER, FENCE].some((start) => start.test(content)) || content.startsWith('>') || startsHtml(content)
  );
}

function htmlClosing(content: string): Closing {
  if (RAW_HTML.test(content)) {
    return { closes: (line) => /<\/(?:script|pre|style|textarea)>/i.test(line.content), kept: true };
  }
  return content.startsWith('<!--')
    ? { closes: (line) => line.content.includes('-->'), kept: true }
    : { closes: (line) => line.content === '', kept: false };
}
