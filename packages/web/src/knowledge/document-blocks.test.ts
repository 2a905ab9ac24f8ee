import { describe, expect, it } from 'vitest';
import { blocksOf } from './document-blocks.ts';

const text =
  '---\ntitle: T\n---\n\n# Head\n\nOne line\nand its rest.\n\n1. First\n2. Second\n   goes on\n\n```sh\nls -l\n```\n- last\n';

describe('the blocks of a document', () => {
  it('are its headings, paragraphs, items and code, without the YAML head', () => {
    const seen = blocksOf(text).map(({ kind, sign, pieces }) => [
      kind,
      sign,
      pieces.map((piece) => piece.text).join(''),
    ]);
    expect(seen).toEqual([
      ['heading', '', 'Head'],
      ['text', '', 'One line and its rest.'],
      ['item', '1.', 'First'],
      ['item', '2.', 'Second goes on'],
      ['code', '', 'ls -l\n'],
      ['item', '•', 'last'],
    ]);
  });

  it('mark exactly the characters of the span, across lines', () => {
    const start = text.indexOf('line');
    const end = text.indexOf(' rest');
    const marked = blocksOf(text, { start, end }).flatMap(({ pieces }) => pieces.filter((piece) => piece.marked));
    expect(marked.map((piece) => piece.text)).toEqual(['line', 'and its']);
  });

  it('mark nothing without a span, and survive an unclosed fence', () => {
    expect(blocksOf('```\ncode').flatMap(({ pieces }) => pieces.filter((piece) => piece.marked))).toEqual([]);
    expect(blocksOf('')).toEqual([]);
  });
});
