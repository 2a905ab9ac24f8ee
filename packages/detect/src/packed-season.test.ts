import { expect, test } from 'vitest';
import { createDigitReader, createDigitWriter, writtenLengthMax } from './digit-stream.ts';
import { type SeasonSlots, packSeason, unpackSeason } from './packed-season.ts';
import { createRandom } from './testing/random-series.ts';

const room = { wordsMax: 200, digitsMax: 4000 };
const SLOTS = 96;

/** What a season is after it was packed and unpacked, and how long it was meanwhile. */
function throughPacking(season: SeasonSlots): { readonly length: number; readonly again: SeasonSlots } {
  const writer = createDigitWriter(1, room);
  const bytes = new Uint8Array(writtenLengthMax(room));
  writer.begin();
  packSeason(season, writer);
  const length = writer.writeTo(bytes);
  const reader = createDigitReader(1, room);
  reader.begin(bytes.subarray(0, length));
  const { current } = season;
  const again = { means: new Float32Array(SLOTS).fill(3), counts: new Uint16Array(SLOTS).fill(3), current };
  unpackSeason(again, reader);
  reader.end();
  return { length, again };
}

const bitsOf = ({ means }: SeasonSlots): Int32Array => new Int32Array(means.buffer);

const seasonOf = (mean: (slot: number) => number, count: (slot: number) => number, current: number): SeasonSlots => ({
  means: Float32Array.from({ length: SLOTS }, (_, slot) => mean(slot)),
  counts: Uint16Array.from({ length: SLOTS }, (_, slot) => count(slot)),
  current,
});

const random = createRandom(5);
const seasons: Record<string, SeasonSlots> = {
  'nothing learnt': seasonOf(
    () => 0,
    () => 0,
    0,
  ),
  'rounded noise': seasonOf(
    () => Math.round(20 * random()) / 64,
    () => 15,
    95,
  ),
  'some slots without samples': seasonOf(
    (slot) => (slot % 3 === 0 ? 0 : Math.round(100 * random()) * 4),
    (slot) => (slot % 3 === 0 ? 0 : slot),
    40,
  ),
  'what was never rounded': seasonOf(
    () => random() - 0.5,
    () => 2,
    7,
  ),
  'values far apart': seasonOf(
    (slot) => (slot % 2 === 0 ? 1e30 : 1e-30),
    () => 2,
    7,
  ),
  'no plain numbers': seasonOf(
    (slot) => [Number.NaN, Number.POSITIVE_INFINITY, -0, 1e-45][slot % 4] ?? 0,
    () => 2,
    -1,
  ),
  'a mean without samples': seasonOf(
    () => 1,
    () => 0,
    3,
  ),
};

test.each(Object.entries(seasons))('%s comes back bit for bit', (_, season) => {
  const { again } = throughPacking(season);
  expect(bitsOf(again)).toEqual(bitsOf(season));
  expect(again.counts).toEqual(season.counts);
});

test('means that are small multiples of one unit take a byte each, those that are not take all they have', () => {
  expect(throughPacking(seasons['rounded noise'] ?? seasonOf(Number, Number, 0)).length).toBeLessThan(SLOTS + 12);
  expect(throughPacking(seasons['what was never rounded'] ?? seasonOf(Number, Number, 0)).length).toBeGreaterThan(
    2 * SLOTS,
  );
});
