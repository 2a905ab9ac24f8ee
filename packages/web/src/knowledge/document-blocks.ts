/** A stretch of text that is marked or is not. */
export interface Piece {
  readonly text: string;
  readonly marked: boolean;
}

/** A paragraph, heading, list item or piece of code of a Markdown or plain text. */
export interface Block {
  /** Where it begins in the text. */
  readonly at: number;
  readonly kind: 'heading' | 'item' | 'code' | 'text';
  /** 1 to 6 for a heading. */
  readonly level: number;
  /** The number or bullet of a list item. */
  readonly sign: string;
  readonly pieces: readonly Piece[];
}

interface OpenBlock {
  at: number;
  kind: Block['kind'];
  level: number;
  sign: string;
  pieces: Piece[];
}

export interface MarkedSpan {
  readonly start: number;
  readonly end: number;
}

/** Cuts a text into blocks for reading; the characters in `span` (half-open, UTF-16 code units) are marked. */
export function blocksOf(text: string, span?: MarkedSpan): readonly Block[] {
  const blocks: OpenBlock[] = [];
  let open: OpenBlock | undefined;
  let inCode = false;
  let at = frontMatterLength(text);
  const begin = (start: number, kind: Block['kind'], level = 0, sign = ''): OpenBlock => {
    open = { at: start, kind, level, sign, pieces: [] };
    blocks.push(open);
    return open;
  };
  for (const line of text.slice(at).split('\n')) {
    const end = at + line.length;
    if (/^\s*```/.test(line)) {
      inCode = !inCode;
      open = undefined;
      if (inCode) begin(at, 'code');
    } else if (inCode) {
      (open ?? begin(at, 'code')).pieces.push(...cut(text, at, end, span), { text: '\n', marked: false });
    } else if (line.trim() === '') {
      open = undefined;
    } else {
      const heading = /^(#{1,6})\s+/.exec(line);
      const item = /^\s*(?:[-*+]|(\d+)[.)])\s+/.exec(line);
      const indent = /^\s*/.exec(line)?.[0].length ?? 0;
      if (heading !== null) {
        const block = begin(at, 'heading', heading[1]?.length ?? 1);
        block.pieces.push(...cut(text, at + heading[0].length, end, span));
        open = undefined;
      } else if (item !== null) {
        const sign = item[1] === undefined ? '•' : `${item[1]}.`;
        begin(at, 'item', 0, sign).pieces.push(...cut(text, at + item[0].length, end, span));
      } else if (open === undefined) {
        begin(at, 'text').pieces.push(...cut(text, at + indent, end, span));
      } else {
        open.pieces.push({ text: ' ', marked: false }, ...cut(text, at + indent, end, span));
      }
    }
    at = end + 1;
  }
  return blocks;
}

/** Length of a YAML head between two lines of `---`; 0 without one. */
function frontMatterLength(text: string): number {
  return /^---\n[\s\S]*?\n---\n/.exec(text)?.[0].length ?? 0;
}

function cut(text: string, start: number, end: number, span: MarkedSpan | undefined): Piece[] {
  if (span === undefined) return [{ text: text.slice(start, end), marked: false }];
  const from = Math.min(end, Math.max(start, span.start));
  const to = Math.max(from, Math.min(end, span.end));
  return [
    { text: text.slice(start, from), marked: false },
    { text: text.slice(from, to), marked: true },
    { text: text.slice(to, end), marked: false },
  ].filter((piece) => piece.text !== '');
}
