import { expect, test } from 'vitest';
import { skeletonOf } from './log-pattern-skeleton.ts';
import { logWordsOf } from './log-words.ts';
import { hashesOf } from './skeleton-hash.ts';

const hashes = (line: string) => hashesOf(skeletonOf(logWordsOf(line)));

test('lines that differ in their parameters alone have the same hashes', () => {
  expect(hashes('peer 10.0.0.1 left after 3 s')).toEqual(hashes('peer 17 left after x9'));
});

test('lines that differ in one word share the hash of its place and no other', () => {
  const [one, other] = [hashes('session of ann was closed'), hashes('session of bob was closed')];
  expect(one.key).not.toBe(other.key);
  expect(one.places.map((hash, place) => hash === other.places[place])).toEqual([false, false, true, false, false]);
});

test('order, number and length of words matter, and five thousand lines have as many hashes', () => {
  expect(hashes('a b').key).not.toBe(hashes('b a').key);
  expect(hashes('a a').key).not.toBe(hashes('a a a').key);
  expect(hashes('ab c').key).not.toBe(hashes('a bc').key);
  const letters = (index: number): string => Array.from(String(index), (digit) => 'abcdefghij'[Number(digit)]).join('');
  const lines = Array.from({ length: 5000 }, (_, index) => `job ${letters(index)} of ${letters(index % 70)} ended`);
  const all = lines.flatMap((line) => [hashes(line).key, hashes(line).places[1] ?? 0]);
  // Of the hashes of the second place there are as many as of the rest of the line.
  expect(new Set(all).size).toBe(5000 + 70);
  expect(all.every((hash) => Number.isSafeInteger(hash) && hash >= 0)).toBe(true);
});

test('hashes are the same in every version, as states hold them', () => {
  expect(hashes('session 7 closed')).toMatchInlineSnapshot(`
    {
      "key": 8703120558544325,
      "places": [
        2471299022596593,
        227166599305117,
        856679745165479,
      ],
    }
  `);
});
