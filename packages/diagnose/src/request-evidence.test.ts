import { describe, expect, it } from 'vitest';
import type { OwnTime, StepCount } from './casefile.ts';
import { requestTroubles, shareChangeDecades } from './request-evidence.ts';

function stepOf(wish: Partial<StepCount> & { readonly then: number; readonly now: number }): StepCount {
  const { then, now, ...rest } = wish;
  return {
    asset: 'cart',
    operation: 'GET /cart',
    step: 'logs a',
    isTrouble: false,
    mentions: [],
    before: [{ requests: 40, seen: then }],
    during: { requests: 40, seen: now },
    sharedBelow: 0,
    ...rest,
  };
}

const pointsOf = (...steps: StepCount[]): number => requestTroubles({ steps, ownTimes: [] }).get('cart')?.points ?? 0;

describe('steps', () => {
  it('that used to follow always and are missing now count most', () => {
    expect(pointsOf(stepOf({ then: 40, now: 0 }))).toBeGreaterThan(10);
    expect(pointsOf(stepOf({ then: 28, now: 22 }))).toBeLessThan(0.5);
  });

  it('that are new or more complete than before say nothing, unless they are trouble', () => {
    expect(pointsOf(stepOf({ then: 0, now: 40 }))).toBe(0);
    expect(pointsOf(stepOf({ then: 0, now: 40, isTrouble: true }))).toBeGreaterThan(10);
    expect(pointsOf(stepOf({ then: 40, now: 0, isTrouble: true }))).toBe(0);
  });

  it('are compared with the middle of the past, so that one troubled stretch hides nothing', () => {
    const [quiet, troubled] = [
      { requests: 40, seen: 0 },
      { requests: 40, seen: 40 },
    ];
    const trouble = stepOf({ then: 0, now: 40, isTrouble: true, before: [quiet, troubled, quiet] });
    expect(pointsOf(trouble)).toBeGreaterThan(10);
  });

  it('of a caller count little where what it called went wrong in the same requests', () => {
    const alone = pointsOf(stepOf({ then: 40, now: 0 }));
    expect(pointsOf(stepOf({ then: 40, now: 0, sharedBelow: 1 }))).toBeLessThan(0.2 * alone);
  });

  it('of trouble that names another asset speak of that as well', () => {
    const troubles = requestTroubles({
      steps: [stepOf({ then: 0, now: 40, isTrouble: true, mentions: ['stock'] })],
      ownTimes: [],
    });
    expect(troubles.get('stock')?.points).toBeCloseTo(troubles.get('cart')?.points ?? Number.NaN);
  });

  it('of few requests say nothing', () => {
    expect(pointsOf(stepOf({ then: 2, now: 0, before: [{ requests: 2, seen: 2 }] }))).toBe(0);
  });
});

describe('own time', () => {
  const timeOf = (asset: string, beforeS: number, duringS: number): OwnTime => ({
    asset,
    operation: 'GET /',
    before: [new Float64Array(30).fill(beforeS)],
    during: new Float64Array(30).fill(duringS),
  });

  it('counts by its share of all time spent, so that a tiny place cannot outweigh the slow one', () => {
    const troubles = requestTroubles({
      steps: [],
      ownTimes: [timeOf('slow', 0.01, 0.5), timeOf('tiny', 0.0001, 0.01), timeOf('same', 0.2, 0.2)],
    });
    expect(troubles.get('slow')?.points).toBeGreaterThan(10 * (troubles.get('tiny')?.points ?? 0));
    expect(troubles.has('same')).toBe(false);
  });
});

it('a change of shares is as sure as its likelihood ratio says', () => {
  expect(shareChangeDecades({ requests: 10, seen: 10 }, { requests: 10, seen: 10 })).toBe(0);
  // 2 x 20 ln 2 nats, halved and in decades.
  expect(shareChangeDecades({ requests: 10, seen: 10 }, { requests: 10, seen: 0 })).toBeCloseTo(20 * Math.log10(2));
});
