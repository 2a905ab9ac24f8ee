import { describe, expect, it } from 'vitest';
import { frontMatterList, frontMatterText, readFrontMatter } from './front-matter.ts';

describe('readFrontMatter', () => {
  it('reads strings, inline lists, item lists, quotes and comments', () => {
    const text =
      '---\nTitle: "A: b # c"\ntags: [one, \'two\', three] # why\napplies-to:\n  - pump\n  - fan # small\nowner: me # x\n---\nBody';
    const read = readFrontMatter(text);
    expect(frontMatterText(read, 'title')).toBe('A: b # c');
    expect(frontMatterList(read, 'tags')).toEqual(['one', 'two', 'three']);
    expect(frontMatterList(read, 'applies-to')).toEqual(['pump', 'fan']);
    expect(frontMatterText(read, 'owner')).toBe('me');
    expect(text.slice(read.bodyStart)).toBe('Body');
  });

  it('splits a plain string at commas when a list is wanted', () => {
    expect(frontMatterList(readFrontMatter('---\ntags: a, b\n---\n'), 'tags')).toEqual(['a', 'b']);
  });

  it.each([
    ['no front matter', '# Title\n---\nx: y\n---\n'],
    ['a block that never ends', '---\ntitle: x\nBody'],
    ['a rule at the head', '---\n\nBody text\n'],
  ])('finds nothing in a text with %s', (_, text) => {
    expect(readFrontMatter(text)).toEqual({ fields: new Map(), bodyStart: 0 });
  });

  it('passes over what it does not understand', () => {
    const read = readFrontMatter('---\ntitle: T\nnested:\n  key: value\n!!! broken\n---\nB');
    expect(frontMatterText(read, 'title')).toBe('T');
    expect(frontMatterText(read, 'key')).toBeUndefined();
  });
});
