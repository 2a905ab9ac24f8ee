/** A passage in the smallest pieces that can be quoted on their own: sentences, list items, rows of tables, lines of code. */

import type { Span } from '@heliosiq/model';

/** A piece of a text: `text` is exactly the text in `span`. */
export interface TextUnit {
  readonly text: string;
  readonly span: Span;
  readonly kind: 'prose' | 'code' | 'row';
}

const UNIT_LENGTH_MIN = 8;
const UNIT_LENGTH_MAX = 600;
const LIST_MARK = /^\s*(?:[-*+]|\d{1,9}[.)])\s+/;
const FENCE = /^\s*(?:```|~~~)/;
const TABLE_RULE = /^\s*\|?[\s:|-]+\|?\s*$/;
/** Ends a sentence where white space follows: a full stop within `3.6 mA` or `app.conf` ends none. */
const SENTENCE_END = /[.!?][)"'\]]*(?=\s)|[。！？]/g;
const ABBREVIATION = /(?:\b(?:e\.g|i\.e|etc|vs|approx|no|fig|cf)|(?:^|\s)\p{Lu})\.$/iu;

/** The pieces of a passage in their order; headings, rules and what is too short or too long to quote are left out. */
export function textUnits(text: string): readonly TextUnit[] {
  const units: TextUnit[] = [];
  let prose: Span | undefined;
  let inCode = false;
  const add = (start: number, end: number, kind: TextUnit['kind']): void => {
    const raw = text.slice(start, end);
    const from = start + (raw.length - raw.trimStart().length);
    const to = end - (raw.length - raw.trimEnd().length);
    if (to - from < UNIT_LENGTH_MIN || to - from > UNIT_LENGTH_MAX) return;
    units.push({ text: text.slice(from, to), span: { start: from, end: to }, kind });
  };
  const endProse = (): void => {
    if (prose !== undefined) for (const { start, end } of sentences(text, prose)) add(start, end, 'prose');
    prose = undefined;
  };
  for (const { start, end } of lines(text)) {
    const line = text.slice(start, end);
    if (FENCE.test(line)) {
      endProse();
      inCode = !inCode;
    } else if (inCode) {
      add(start, end, 'code');
    } else if (line.trim() === '' || /^\s*#{1,6}\s/.test(line)) {
      endProse();
    } else if (/^\s*\|/.test(line)) {
      endProse();
      if (!TABLE_RULE.test(line)) add(start, end, 'row');
    } else {
      const mark = LIST_MARK.exec(line)?.[0].length;
      if (mark !== undefined) endProse();
      prose = { start: prose?.start ?? start + (mark ?? 0), end };
    }
  }
  endProse();
  return units;
}

function* lines(text: string): Generator<Span> {
  for (let start = 0; start <= text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    yield { start, end };
    start = end + 1;
  }
}

function sentences(text: string, { start, end }: Span): Span[] {
  const found: Span[] = [];
  let from = start;
  for (const match of text.slice(start, end).matchAll(SENTENCE_END)) {
    const to = start + match.index + match[0].length;
    if (ABBREVIATION.test(text.slice(Math.max(from, to - 12), to))) continue;
    found.push({ start: from, end: to });
    from = to;
  }
  if (from < end) found.push({ start: from, end });
  return found;
}
