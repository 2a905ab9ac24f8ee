import { describe, expect, it } from 'vitest';
import { createBm25, PRUNED_LIMIT_MAX } from './bm25.ts';
import type { Bm25Index, Bm25SearchOptions } from './bm25.ts';
import { DEFAULT_FEEDBACK } from './relevance-feedback.ts';

const UNITS = 1500;
const WORDS = 900;

/** Whole numbers of a linear congruential generator (Numerical Recipes). */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Words as in a language: few in nearly every text, most in few, and neighbours go together. */
function createWriter(random: (below: number) => number) {
  const word = (topic: number): string => {
    const isCommon = random(3) > 0;
    const rank = isCommon ? random(random(random(WORDS) + 1) + 1) : topic * 9 + random(9);
    return `w${rank}x`;
  };
  return (length: number): string => {
    const topic = random(WORDS / 9);
    return Array.from({ length }, () => word(topic)).join(' ');
  };
}

function createWorld(seed: number) {
  const random = createRandom(seed);
  const write = createWriter(random);
  const index = createBm25();
  const addUnit = (key: string): void => {
    index.add(key, {
      body: write(1 + random(80)),
      ...(random(3) === 0 && { title: write(3) }),
      ...(random(2) === 0 && { headings: [write(2)] }),
    });
  };
  for (let unit = 0; unit < UNITS; unit++) addUnit(`k${unit}`);
  return { index, random, write, addUnit };
}

/** The first of a list that is too deep to pass over anything. */
function readingAll(index: Bm25Index, question: string, { limit, ...options }: Bm25SearchOptions) {
  return index.search(question, { ...options, limit: Math.max(UNITS * 2, PRUNED_LIMIT_MAX + 1) }).slice(0, limit);
}

describe('the best units', () => {
  it.each([1, 2, 3])('are those that reading all postings gives, score for score (world %i)', (seed) => {
    const { index, random, write } = createWorld(seed);
    const isEven = (key: string): boolean => Number(key.slice(1)) % 2 === 0;
    for (let at = 0; at < 20; at++) {
      const question = write(1 + random(30));
      for (const more of [{}, { feedback: DEFAULT_FEEDBACK }, { accept: isEven }]) {
        const options = { limit: 1 + random(PRUNED_LIMIT_MAX), ...more };
        expect(index.search(question, options)).toEqual(readingAll(index, question, options));
      }
    }
  });

  it('stay so while units are added, replaced and removed between questions', () => {
    const { index, random, write, addUnit } = createWorld(4);
    for (let at = 0; at < 40; at++) {
      for (let change = random(4); change > 0; change--) addUnit(`k${random(UNITS * 1.1)}`);
      // One of very many repeats, and one that makes texts longer on average.
      index.add(`k${random(UNITS)}`, { title: 'w7x w8x', body: 'w7x w8x w9x '.repeat(1 + random(300)) });
      if (random(3) === 0) index.remove(`k${random(UNITS)}`);
      const question = `${write(1 + random(12))} w7x`;
      for (const more of [{}, { feedback: DEFAULT_FEEDBACK }]) {
        const options = { limit: 10, ...more };
        expect(index.search(question, options)).toEqual(readingAll(index, question, options));
      }
    }
  });

  it('are ordered by key where scores are equal, however many are', () => {
    const index = createBm25();
    for (let unit = 0; unit < 2000; unit++) index.add(`k${String(unit).padStart(4, '0')}`, { body: 'pump valve seal' });
    const keys = index.search('pump valve seal', { limit: 4 }).map(({ key }) => key);
    expect(keys).toEqual(['k0000', 'k0001', 'k0002', 'k0003']);
  });
});
