import { expect, test } from 'vitest';
import { faultKindScore } from './fault-kind-score.ts';

test('counts the kinds told of the true causes, and leaves out what no diagnosis could tell', () => {
  const cases = [
    { kind: 'cpu', truth: 'a', hypotheses: [{ asset: 'a', faultKind: 'cpu' as const }] },
    {
      ...{ kind: 'cpu', truth: 'b' },
      hypotheses: [
        { asset: 'a', faultKind: 'cpu' as const },
        { asset: 'b', faultKind: 'latency' as const },
      ],
    },
    { kind: 'delay', truth: 'c', hypotheses: [{ asset: 'c', faultKind: 'latency' as const }] },
    { kind: 'cpu', truth: 'unseen', hypotheses: [] },
    { kind: 'gremlins', truth: 'a', hypotheses: [{ asset: 'a', faultKind: 'cpu' as const }] },
  ];
  const score = faultKindScore(cases);
  expect(score.told).toEqual({ cpu: { cpu: 1, latency: 1 }, delay: { latency: 1 } });
  expect([score.cases, score.right]).toEqual([3, 2 / 3]);
});
