import { readdirSync, readFileSync } from 'node:fs';
import remarkParse from 'remark-parse';
import { unified } from 'unified';
import { describe, expect, it } from 'vitest';
import { readFrontMatter } from './front-matter.ts';
import { markdownBlocks } from './markdown-blocks.ts';
import { SHIPPED_RUNBOOKS_FOLDER } from './runbook-seed.ts';

const reference = unified().use(remarkParse);

/** Headings and code blocks as `kind@first line-last line`, by the CommonMark reference parser. */
function referenceBlocks(text: string): string[] {
  return reference.parse(text).children.flatMap((node) => {
    if (node.type !== 'heading' && node.type !== 'code') return [];
    const { start, end } = node.position ?? { start: { line: 0 }, end: { line: 0 } };
    return [`${node.type === 'heading' ? `h${node.depth}` : 'code'}@${start.line}-${end.line}`];
  });
}

function ourBlocks(text: string): string[] {
  const lineOf = (offset: number): number => text.slice(0, offset).split('\n').length;
  return markdownBlocks(text).flatMap((block) => {
    const name = block.kind === 'heading' ? `h${block.depth}` : block.kind === 'solid' ? 'code' : undefined;
    return name === undefined ? [] : [`${name}@${lineOf(block.start)}-${lineOf(block.end)}`];
  });
}

function headingsOf(blocks: readonly string[]): string[] {
  return blocks.filter((block) => block.startsWith('h'));
}

describe('markdownBlocks', () => {
  it('agrees with the reference parser on headings and code of every shipped runbook', () => {
    for (const file of readdirSync(SHIPPED_RUNBOOKS_FOLDER)) {
      const text = readFileSync(new URL(file, SHIPPED_RUNBOOKS_FOLDER), 'utf8');
      const body = text.slice(readFrontMatter(text).bodyStart);
      const [ours, theirs] = [ourBlocks(body), referenceBlocks(body)];
      expect({ file, headings: headingsOf(ours) }).toEqual({ file, headings: headingsOf(theirs) });
      expect({ file, blocks: ours }).toEqual({ file, blocks: expect.arrayContaining(theirs) });
    }
  });

  it.each([
    ['a rule is no heading', 'a\n\n---\n\nb'],
    ['an underline makes a heading of the whole paragraph', 'a\nb\n---\nc\n==='],
    ['an underline behind a list item is a rule', '- a\n---\nb'],
    ['a quote keeps its heading', '> # a\n> b\n\n# c'],
    ['a list item keeps its heading and its fence', '1. a\n\n   # b\n\n   ```\n   # c\n   ```\n2. d\n\n# e'],
    ['a fence ends at a fence as long or longer', '````\n# a\n```\n# b\n`````\n# c'],
    ['a tilde fence does not end at backticks', '~~~\n```\n# a\n~~~\n# b'],
    ['an open fence runs to the end', '```\n# a\n# b'],
    ['a fence in a list item ends with the item', '- ```\n  # a\n\n# b'],
    ['indented text is code behind a blank line only', 'a\n    # b\n\n    # c\n\n# d'],
    ['indented code keeps the blank lines inside it', '    a\n\n    b\n\nc'],
    ['a tab indents like four blanks', '\t# a\n\n# b'],
    ['a comment hides a heading', '<!--\n# a\n-->\n# b'],
    ['HTML ends at a blank line', '<div>\n# a\n\n# b'],
    ['raw HTML runs through blank lines', '<pre>\n\n# a\n\n</pre>\n# b'],
    ['seven marks or no blank make no heading', '####### a\n\n#b\n\n#'],
    ['a number other than 1 does not break into a paragraph', 'a\n14. b\n---'],
    ['an unindented line continues an item, a heading does not', '- a\nb\n# c'],
    ['an empty item has nothing to continue', '-\na\n---'],
  ])('agrees with the reference parser: %s', (_, text) => {
    expect(headingsOf(ourBlocks(text))).toEqual(headingsOf(referenceBlocks(text)));
  });

  it('makes one block of each list item, with what is nested in it, and of a table', () => {
    const text = '- a\n  - b\n\n  more\n- c\nlazy\n\n| x | y |\n|---|---|\n| 1 | 2 |\n';
    expect(markdownBlocks(text).map(({ kind, start, end }) => [kind, text.slice(start, end)])).toEqual([
      ['prose', '- a\n  - b\n\n  more'],
      ['prose', '- c\nlazy'],
      ['solid', '| x | y |\n|---|---|\n| 1 | 2 |'],
    ]);
  });
});
