import { describe, expect, it } from 'vitest';
import { markdownPassages, markdownTitle } from './markdown-passages.ts';

function passagesOf(text: string): { path: string; text: string }[] {
  return markdownPassages(text).map(({ headings, span }) => ({
    path: headings.join(' > '),
    text: text.slice(span.start, span.end),
  }));
}

/** A generator with a fixed seed, so that a failure can be repeated. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
}

describe('markdownPassages', () => {
  it('cuts at headings and gives each passage the path of headings above it', () => {
    expect(passagesOf('# A\n\nintro\n\n## B\n\none\n\n### C #\n\ntwo\n\n## D `x`\n\nthree\n')).toEqual([
      { path: 'A', text: 'intro' },
      { path: 'A > B', text: 'one' },
      { path: 'A > B > C', text: 'two' },
      { path: 'A > D x', text: 'three' },
    ]);
  });

  it('knows underlined headings, and headings in code are code', () => {
    expect(passagesOf('Title\n=====\n\n```sh\n# not a heading\nls\n```\n')).toEqual([
      { path: 'Title', text: '```sh\n# not a heading\nls\n```' },
    ]);
  });

  it('keeps code and tables whole beyond the usual size', () => {
    const code = `\`\`\`sql\n${'SELECT something FROM somewhere;\n'.repeat(60)}\`\`\``;
    const table = `| a | b |\n|---|---|\n${'| some cell | another cell |\n'.repeat(60)}`.trimEnd();
    const texts = passagesOf(`# T\n\nbefore\n\n${code}\n\n${table}\n\nafter\n`).map((passage) => passage.text);
    expect(texts.some((text) => text.includes(code))).toBe(true);
    expect(texts.some((text) => text.includes(table))).toBe(true);
  });

  it('bounds prose by sentence and repeats a short last sentence as overlap', () => {
    const sentences = Array.from({ length: 60 }, (_, index) => `Sentence number ${index} says something about pumps.`);
    const passages = passagesOf(`# T\n\n${sentences.join(' ')}\n`);
    expect(passages.length).toBeGreaterThan(2);
    for (const { text } of passages) {
      expect(text.length).toBeLessThanOrEqual(1200);
      expect(text).toMatch(/^Sentence number .*pumps\.$/s);
    }
    const [first, second] = passages;
    expect(second?.text.startsWith(first?.text.split('. ').at(-1) ?? 'none')).toBe(true);
  });

  it('cuts a long list between items, each with its marker', () => {
    const items = Array.from(
      { length: 40 },
      (_, index) => `${index + 1}. Step that takes a little while to read and to do.`,
    );
    for (const { text } of passagesOf(`## Fix\n\n${items.join('\n')}\n`)) expect(text).toMatch(/^\d+\. Step/);
  });

  it('makes a passage of a document that is only headings, and none of a rule', () => {
    expect(passagesOf('# Only a title\n')).toEqual([{ path: '', text: '# Only a title' }]);
    expect(passagesOf('# A\n\n---\n\nx')).toEqual([{ path: 'A', text: 'x' }]);
  });

  it('leaves the front matter out and still counts from the start of the text', () => {
    const text = '---\ntitle: x\n---\n# A\n\nbody';
    const [passage] = markdownPassages(text, text.indexOf('# A'));
    expect(passage && text.slice(passage.span.start, passage.span.end)).toBe('body');
  });

  it('gives ordered spans inside the text, whose words are all found again, for 300 generated documents', () => {
    const random = seeded(7);
    const bits = [
      '# H\n',
      '## *H* [x](y)\n',
      'word ',
      'Wörter 温度 😀 ',
      '\n',
      '\n\n',
      '- item ',
      '1. one\n',
      '> quote ',
      '    code\n',
      '```\n',
      '| a | b |\n',
      '|---|---|\n',
      '\t',
      '<div>',
      '[ref]: x\n',
      '**b** ',
      'long'.repeat(700),
    ];
    for (let round = 0; round < 300; round++) {
      const text = Array.from({ length: 40 }, () => bits[Math.floor(random() * bits.length)])
        .join('')
        .normalize('NFC');
      let before = -1;
      for (const { span } of markdownPassages(text)) {
        expect(span.start).toBeGreaterThan(before);
        expect(span.end).toBeGreaterThan(span.start);
        expect(span.end).toBeLessThanOrEqual(text.length);
        expect(text.slice(span.start, span.end).isWellFormed()).toBe(true);
        before = span.start;
      }
      const kept = markdownPassages(text)
        .map(({ span }) => text.slice(span.start, span.end))
        .join(' ');
      if (text.includes('word'))
        expect(
          `${kept} ${markdownPassages(text)
            .flatMap((draft) => draft.headings)
            .join(' ')}`,
        ).toContain('word');
    }
  });

  it.each([
    ['nested quotes', '> '.repeat(20_000)],
    ['nested list markers', `${'- '.repeat(20_000)}x`],
    ['open brackets', '['.repeat(200_000)],
    ['stars', '*a '.repeat(100_000)],
    ['backticks', '`a'.repeat(100_000)],
    ['one endless word', 'x'.repeat(500_000)],
    ['table rules', '|-'.repeat(100_000)],
    ['blank quotes', '>\n'.repeat(50_000)],
    ['a fence of 200,000 marks', `${'`'.repeat(200_000)}x\n# a`],
    ['a broken fence', `${'`'.repeat(200_000)}x\``],
    ['blanks in a table rule', `a\n|-${' '.repeat(200_000)}x`],
    ['blanks in a heading', `# a${' '.repeat(200_000)}b`],
    ['brackets in a heading', `# ${'['.repeat(200_000)}`],
  ])('stays quick on %s', (_, text) => {
    // Work that grows with the square of the length would outlast the time limit of a test.
    expect(() => [markdownPassages(text), markdownTitle(text)]).not.toThrow();
  });
});

describe('markdownTitle', () => {
  it('takes the first heading of the first level, else the first heading', () => {
    expect(markdownTitle('## Before\n\n# The *title*\n')).toBe('The title');
    expect(markdownTitle('## Before\n')).toBe('Before');
    expect(markdownTitle('none')).toBeUndefined();
  });
});
