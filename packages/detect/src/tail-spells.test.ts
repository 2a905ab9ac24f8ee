import { expect, test } from 'vitest';
import { createSeriesState } from './series-state.ts';
import { alarmLead, beginSpells, learnSpells, restlessLead } from './tail-spells.ts';
import { createRandom } from './testing/random-series.ts';

/** Decades by which an alarm may lead the count where far samples come in spells, and where they do not. */
const LEAD_IN_SPELLS = 1.2;
const LEAD_IN_NOISE = -0.85;

const far = 1.5;
const near = 0;

interface Sample {
  readonly surprise: number;
  readonly departure: number;
}

/** The lead at a far sample behind a near one, in a series that had so many samples before. */
function leadAfter(
  samples: number,
  sampleOf: (i: number) => Sample,
  { last = [], cost = 0 }: { readonly last?: readonly Sample[]; readonly cost?: number } = {},
): number {
  const { scalars } = createSeriesState();
  beginSpells(scalars);
  const learn = ({ surprise, departure }: Sample): boolean => learnSpells(scalars, surprise, departure);
  for (let i = 0; i < samples; i++) learn(sampleOf(i));
  learn({ surprise: near, departure: 0 });
  for (const sample of last) learn(sample);
  return restlessLead(alarmLead(scalars, learn({ surprise: 3, departure: 1 })), cost);
}

const atRandom = (seed: number): ((i: number) => Sample) => {
  const random = createRandom(seed);
  return () => ({ surprise: random() < 0.1 ? far : near, departure: 1 });
};
const inSpells = (i: number): Sample => ({ surprise: i % 50 < 5 ? far : near, departure: -1 });

test('an alarm may lead the count of a series that nothing is known of by more than a decade', () => {
  expect(leadAfter(0, inSpells)).toBeCloseTo(LEAD_IN_SPELLS, 9);
});

test('where far samples come at random an alarm has to be rarer than the count says', () => {
  expect(leadAfter(5000, atRandom(7))).toBeCloseTo(LEAD_IN_NOISE, 9);
});

test('where far samples come in spells an alarm may lead by as much', () => {
  expect(leadAfter(5000, inSpells)).toBeCloseTo(LEAD_IN_SPELLS, 9);
});

test('far samples that change sides are no spell', () => {
  const lead = leadAfter(5000, (i) => ({ surprise: far, departure: i % 2 === 0 ? 1 : -1 }));
  expect(lead).toBeCloseTo(LEAD_IN_NOISE, 9);
});

test('a very far sample right behind another one on its side is a spell in any series', () => {
  expect(leadAfter(5000, atRandom(7), { last: [{ surprise: 2.1, departure: 1 }] })).toBe(LEAD_IN_SPELLS);
  expect(leadAfter(5000, atRandom(7), { last: [{ surprise: 2.1, departure: -1 }] })).toBeLessThan(-0.7);
});

test('a series that begins to have spells is believed after some hundred far samples', () => {
  const random = atRandom(9);
  expect(leadAfter(7500, (i) => (i < 5000 ? random(i) : inSpells(i)))).toBeGreaterThan(0.9);
});

test('in a restless series an alarm may lead by less, and in the end has to be as rare as in noise, part of a spell or not', () => {
  const last = [{ surprise: 2.1, departure: 1 }];
  expect(leadAfter(5000, inSpells, { cost: 0.5 })).toBeCloseTo(LEAD_IN_SPELLS - 0.5, 9);
  expect(leadAfter(5000, inSpells, { cost: 9 })).toBe(LEAD_IN_NOISE);
  expect(leadAfter(5000, inSpells, { last, cost: 9 })).toBe(LEAD_IN_NOISE);
});

test('noise pays once for being noise, not once more for being restless', () => {
  expect(leadAfter(5000, atRandom(7), { cost: 0.5 })).toBeCloseTo(LEAD_IN_NOISE, 9);
  expect(leadAfter(5000, atRandom(7), { cost: 9 })).toBeCloseTo(LEAD_IN_NOISE, 9);
});
