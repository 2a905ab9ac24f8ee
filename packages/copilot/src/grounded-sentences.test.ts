import { describe, expect, it } from 'vitest';
import type { GroundingCheck } from '@heliosiq/ports';
import { groundSentences } from './grounded-sentences.ts';

/** Supports what equals one of its quotes. */
const check: GroundingCheck = (claims) =>
  claims.map(({ text, quotes }) =>
    quotes.includes(text) ? { verdict: 'supported', score: 1 } : { verdict: 'unsupported', score: 0 },
  );
const citations = [{ n: 1, quote: 'The pump is hot.' }];
const sentences = [
  { text: 'The pump is hot.', citations: [1] },
  { text: 'The pump is blue.', citations: [1] },
  { text: 'The pump is hot.', citations: [7] },
];

describe('groundSentences', () => {
  it('marks every sentence with its verdict', () => {
    const grounded = groundSentences(sentences, citations, { check, policy: 'mark' });
    expect(grounded.sentences.map(({ support }) => support.verdict)).toEqual([
      'supported',
      'unsupported',
      'unsupported',
    ]);
    expect(grounded.unsupported).toBe(2);
  });

  it('removes what nothing carries', () => {
    const grounded = groundSentences(sentences, citations, { check, policy: 'remove' });
    expect(grounded.sentences.map(({ text }) => text)).toEqual(['The pump is hot.']);
    expect(grounded.unsupported).toBe(2);
  });
});
