import { describe, expect, it } from 'vitest';
import type { FoundPassage } from '@heliosiq/model';
import { DocumentId } from '@heliosiq/model';
import { sha256Hex } from '@heliosiq/model/content-id.ts';
import { citePassage, verifyCitation } from './citation.ts';

const text = '# Pump\n\nCheck the seal. Then check the seal again.\n';
const span = { start: text.indexOf('Check'), end: text.trimEnd().length };
const documentId = DocumentId.parse('a'.repeat(32));
const found: FoundPassage = {
  passage: {
    id: `${documentId}:0`,
    documentId,
    ordinal: 0,
    headings: ['Pump'],
    span,
    text: text.slice(span.start, span.end),
  },
  score: 1,
  title: 'Pump',
  source: 'pump.md',
  sha256: sha256Hex(text),
};
const second = { start: text.indexOf('Then'), end: span.end };
const citation = citePassage(found, { n: 1, url: '/documents/x', quoteSpan: second });

function stored(changed: string): { text: string; sha256: string } {
  return { text: changed, sha256: sha256Hex(changed) };
}

describe('citePassage', () => {
  it('quotes exactly the words of the span', () => {
    expect(citation).toMatchObject({
      n: 1,
      kind: 'passage',
      quote: 'Then check the seal again.',
      document: { span: second },
    });
    expect(text.slice(second.start, second.end)).toBe(citation.quote);
    expect(citePassage(found, { n: 2, url: '/x' }).quote).toBe(found.passage.text);
  });

  it('refuses a span outside the passage', () => {
    expect(() => citePassage(found, { n: 1, url: '/x', quoteSpan: { start: 0, end: 4 } })).toThrow(RangeError);
  });
});

describe('verifyCitation', () => {
  it('is valid on the cited document, and says when the document changed elsewhere', () => {
    expect(verifyCitation(citation, stored(text))).toEqual({ state: 'valid', changed: false });
    expect(verifyCitation(citation, stored(`${text}\nMore.`))).toEqual({ state: 'valid', changed: true });
  });

  it('finds words that moved, the nearest occurrence first', () => {
    const moved = `Then check the seal again. ${'x'.repeat(200)}\n${text}`;
    const state = verifyCitation(citation, stored(moved));
    expect(state).toMatchObject({ state: 'moved' });
    expect(state.state === 'moved' && moved.slice(state.span.start, state.span.end)).toBe(citation.quote);
    const near = text.replace('Check', 'First, check');
    expect(verifyCitation(citation, stored(near))).toEqual({
      state: 'moved',
      span: { start: second.start + 7, end: second.end + 7 },
    });
  });

  it('finds words whose lines were broken anew', () => {
    const wrapped = 'Check the seal. Then check\n  the seal (a+b) again.'.replace('(a+b) ', '');
    const state = verifyCitation(citation, stored(wrapped));
    expect(state.state === 'moved' && wrapped.slice(state.span.start, state.span.end)).toBe(
      'Then check\n  the seal again.',
    );
  });

  it('is gone when the words changed or the document was removed', () => {
    expect(verifyCitation(citation, stored(text.replace('again', 'twice')))).toEqual({ state: 'gone' });
    expect(verifyCitation(citation, undefined)).toEqual({ state: 'gone' });
  });
});
