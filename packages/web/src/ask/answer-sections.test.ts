import { describe, expect, it } from 'vitest';
import type { Answer } from '@heliosiq/model';
import { sectionsOf } from './answer-sections.ts';

const cite = (n: number, kind: Answer['citations'][number]['kind']) => ({ n, kind, title: '', url: '/', quote: '' });
const citations = [cite(1, 'incident'), cite(2, 'evidence'), cite(3, 'passage')];
const say = (text: string, ...numbers: number[]) => ({ text, citations: numbers });

describe('the parts of an answer', () => {
  it('follow what the sentences rest on and never go back', () => {
    const sentences = [say('a', 1), say('b', 2), say('ruled out', 1), say('c', 3), say('d')];
    expect(
      sectionsOf({ sentences, citations }).map(({ title, sentences: own }) => [title, own.map((s) => s.text)]),
    ).toEqual([
      ['What happened', ['a']],
      ['Why', ['b', 'ruled out']],
      ['What to do', ['c', 'd']],
    ]);
  });

  it('leave out what the answer does not have', () => {
    expect(sectionsOf({ sentences: [say('c', 3)], citations }).map(({ title }) => title)).toEqual(['What to do']);
    expect(sectionsOf({ sentences: [say('I do not know.')], citations: [] })).toHaveLength(1);
  });
});
