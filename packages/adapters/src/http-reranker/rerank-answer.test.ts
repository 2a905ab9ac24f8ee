import { describe, expect, it } from 'vitest';
import { rerankScores } from './rerank-answer.ts';

describe('rerankScores', () => {
  it('puts the scores of either form into the order of the texts', () => {
    const results = [
      { index: 2, relevance_score: 0.9, document: { text: 'c' } },
      { index: 0, relevance_score: -3 },
      { index: 1, relevance_score: 0 },
    ];
    expect(rerankScores({ id: 'x', results }, 3)).toEqual({ ok: true, value: [-3, 0, 0.9] });
    expect(
      rerankScores(
        [
          { index: 1, score: 0.1 },
          { index: 0, score: 0.7 },
        ],
        2,
      ),
    ).toEqual({ ok: true, value: [0.7, 0.1] });
  });

  it.each([
    ['no results', {}],
    ['nothing', null],
    ['words', 'ok'],
    ['too few', { results: [{ index: 0, relevance_score: 1 }] }],
    [
      'one twice',
      {
        results: [
          { index: 0, relevance_score: 1 },
          { index: 0, relevance_score: 1 },
        ],
      },
    ],
    [
      'one that was not sent',
      {
        results: [
          { index: 0, relevance_score: 1 },
          { index: 2, relevance_score: 1 },
        ],
      },
    ],
    [
      'a place that is no whole number',
      {
        results: [
          { index: 0, relevance_score: 1 },
          { index: 0.5, relevance_score: 1 },
        ],
      },
    ],
    [
      'a score in words',
      {
        results: [
          { index: 0, relevance_score: 1 },
          { index: 1, relevance_score: '1' },
        ],
      },
    ],
    ['no score', [{ index: 0, score: 1 }, { index: 1 }]],
    ['a list of null', { results: [null, null] }],
  ])('refuses %s whole', (_, answer) => {
    expect(rerankScores(answer, 2)).toMatchObject({ ok: false, reason: expect.stringMatching(/^gave /) });
  });
});
