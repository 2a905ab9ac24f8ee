import { describe, expect, it } from 'vitest';
import { createBm25 } from './bm25.ts';
import { nearTerms } from './near-terms.ts';

const terms = [
  'connection',
  'connector',
  'postgresql',
  'vibration',
  'valve',
  'value',
  'kafka',
  'pump',
  'pumping',
  'bearing',
];
const known = (frequencyOf: (number: number) => number) => ({
  terms,
  numberOf: (term: string) => terms.indexOf(term),
  frequencyOf,
});
const near = (word: string) =>
  nearTerms(
    word,
    known(() => 1),
  ).map(({ number }) => terms[number]);

describe('nearTerms', () => {
  it.each([
    ['vibratoin', ['vibration']],
    ['postgrsql', ['postgresql']],
    ['conection', ['connection']],
    ['kafak', ['kafka']],
    ['postgr', ['postgresql']],
    ['pumpin', ['pumping']],
  ])('takes %s for %j', (word, meant) => {
    expect(near(word)).toEqual(meant);
  });

  it.each(['xyzzy', 'pum', 'e4711', '4711', 'alve', '', 'connectionpoolsize'])('takes %j for nothing', (word) => {
    expect(near(word)).toEqual([]);
  });

  it("takes a word that is nobody's any more for nothing, and the more frequent one first", () => {
    expect(
      nearTerms(
        'valxe',
        known(() => 0),
      ),
    ).toEqual([]);
    const counts = nearTerms(
      'valxe',
      known((number) => (terms[number] === 'value' ? 9 : 2)),
    );
    expect(counts.map(({ number }) => terms[number])).toEqual(['value', 'valve']);
  });
});

describe('a question with a slip', () => {
  it('finds what was meant, below what has the very word', () => {
    const index = createBm25();
    index.add('meant', { body: 'replace the vibration sensor' });
    index.add('other', { body: 'replace the lamp' });
    expect(index.search('vibratoin', { limit: 5 }).map(({ key }) => key)).toEqual(['meant']);
    index.add('said', { body: 'the vibratoin misspelt' });
    expect(index.search('vibratoin', { limit: 5 }).map(({ key }) => key)).toEqual(['said']);
  });
});
