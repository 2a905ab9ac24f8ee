import type { KnownCause } from '@heliosiq/model';
import { AssetId, DiagnosisId } from '@heliosiq/model';
import { describe, expect, test } from 'vitest';
import { asExperienceAllows, reliabilityOf } from './answer-reliability.ts';
import { rankCauses } from './rank-causes.ts';
import { calls, casefileOf, service } from './testing/casefile-fixture.ts';

type Told = Pick<KnownCause, 'asset' | 'answer'>;
const cart = AssetId.parse('cart');
const other = AssetId.parse('other');

/** So many told causes of answers with a confidence, so many of them right. */
function told(answers: number, right: number, confidence: number, verdict: 'fault' | 'no-fault' = 'fault'): Told[] {
  return Array.from({ length: answers }, (_, index) => ({
    asset: index < right ? cart : other,
    answer: { diagnosisId: DiagnosisId.parse('0123456789abcdef0123456789abcdef'), verdict, asset: cart, confidence },
  }));
}

const slowIndex = casefileOf({
  target: { asset: 'shop', metric: 'latency' },
  edges: [calls('shop', 'search'), calls('search', 'index')],
  series: [
    ...service('shop', 0.2, { faultLevel: 0.4 }),
    ...service('search', 0.05, { faultLevel: 0.25 }),
    ...service('index', 0.01, { faultLevel: 0.21 }),
  ],
});

describe('the reliability of answers', () => {
  test('counts per range of confidence how many answers named the cause that was told', () => {
    const { answers, bins } = reliabilityOf([
      ...told(4, 3, 0.9),
      ...told(2, 1, 0.5),
      ...told(3, 0, 0.9, 'no-fault'),
      { asset: cart },
    ]);
    expect(answers).toBe(6);
    expect(bins.at(-1)).toMatchObject({ from: 0.8, to: 1, answers: 4, right: 3, confidence: 0.9 });
    expect(bins[2]).toMatchObject({ from: 0.4, answers: 2, right: 1 });
  });

  test('lowers nothing before enough people told, nor where what was wrong may be luck', () => {
    for (const causes of [told(19, 0, 0.9), told(20, 16, 0.9), [...told(11, 11, 0.5), ...told(9, 3, 0.9)]])
      for (const bin of reliabilityOf(causes).bins) expect(bin.loweredTo).toBeUndefined();
  });

  test('lowers a range whose answers were surely wrong too often, to what was right of them', () => {
    const { bins } = reliabilityOf(told(24, 9, 0.9));
    expect(bins.at(-1)?.loweredTo).toBeCloseTo(10 / 26, 6);
  });

  test('surer answers that were right less often than less sure ones are judged with them', () => {
    const { bins } = reliabilityOf([...told(20, 14, 0.7), ...told(6, 0, 0.9)]);
    expect(bins[4]?.loweredTo).toBeCloseTo(15 / 28, 6);
    expect(bins[3]?.loweredTo).toBe(bins[4]?.loweredTo);
  });
});

describe('an answer after experience', () => {
  const measured = rankCauses(slowIndex);

  test('is lowered where answers so sure were wrong, says so, and ranks as before', () => {
    const reliability = reliabilityOf(told(40, 22, 0.9));
    const answer = rankCauses({ ...slowIndex, reliability });
    expect(answer.confidence).toBeCloseTo(23 / 42, 6);
    expect(answer.measuredConfidence).toBe(measured.confidence);
    expect(answer.verdict).toBe('fault');
    expect(answer.missing.at(-1)).toContain('of 40 answers about as sure, people said that 22 were right');
    expect(answer.hypotheses.map(({ asset }) => asset)).toEqual(measured.hypotheses.map(({ asset }) => asset));
  });

  test('is inconclusive where hardly any answer so sure was right', () => {
    expect(rankCauses({ ...slowIndex, reliability: reliabilityOf(told(40, 4, 0.9)) }).verdict).toBe('inconclusive');
  });

  test('is never raised, whatever people said', () => {
    for (const confidence of [0.1, 0.3, 0.5, 0.7, 0.9])
      for (const right of [0, 10, 20, 30, 40]) {
        const answer = asExperienceAllows(measured, reliabilityOf(told(40, right, confidence)));
        expect(answer.confidence).toBeLessThanOrEqual(measured.confidence);
        for (const [index, one] of answer.hypotheses.entries())
          expect(one.confidence).toBeLessThanOrEqual(measured.hypotheses[index]?.confidence ?? 0);
      }
  });
});
