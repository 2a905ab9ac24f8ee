import { expect, test } from 'vitest';
import { createSeriesState } from './series-state.ts';
import { alarmLead, beginSpells, learnSpells } from './tail-spells.ts';
import { createRandom } from './testing/random-series.ts';

const far = 1.5;
const near = 0;

interface Sample {
  readonly surprise: number;
  readonly departure: number;
}

/** The lead at a far sample behind a near one, in a series that had so many samples before. */
function leadAfter(samples: number, sampleOf: (i: number) => Sample, last: readonly Sample[] = []): number {
  const { scalars } = createSeriesState();
  beginSpells(scalars);
  const learn = ({ surprise, departure }: Sample): boolean => learnSpells(scalars, surprise, departure);
  for (let i = 0; i < samples; i++) learn(sampleOf(i));
  learn({ surprise: near, departure: 0 });
  for (const sample of last) learn(sample);
  return alarmLead(scalars, learn({ surprise: 3, departure: 1 }));
}

const atRandom = (seed: number): ((i: number) => Sample) => {
  const random = createRandom(seed);
  return () => ({ surprise: random() < 0.1 ? far : near, departure: 1 });
};
const inSpells = (i: number): Sample => ({ surprise: i % 50 < 5 ? far : near, departure: -1 });

test('an alarm may lead the count of a series that nothing is known of by a decade', () => {
  expect(leadAfter(0, inSpells)).toBeCloseTo(1, 9);
});

test('where far samples come at random an alarm has to be rarer than the count says', () => {
  expect(leadAfter(5000, atRandom(7))).toBeCloseTo(-0.85, 9);
});

test('where far samples come in spells an alarm may lead by a decade', () => {
  expect(leadAfter(5000, inSpells)).toBeCloseTo(1, 9);
});

test('far samples that change sides are no spell', () => {
  const lead = leadAfter(5000, (i) => ({ surprise: far, departure: i % 2 === 0 ? 1 : -1 }));
  expect(lead).toBeCloseTo(-0.85, 9);
});

test('a very far sample right behind another one on its side is a spell in any series', () => {
  expect(leadAfter(5000, atRandom(7), [{ surprise: 2.1, departure: 1 }])).toBe(1);
  expect(leadAfter(5000, atRandom(7), [{ surprise: 2.1, departure: -1 }])).toBeLessThan(-0.7);
});

test('a series that begins to have spells is believed after some hundred far samples', () => {
  const random = atRandom(9);
  expect(leadAfter(7500, (i) => (i < 5000 ? random(i) : inSpells(i)))).toBeGreaterThan(0.9);
});
