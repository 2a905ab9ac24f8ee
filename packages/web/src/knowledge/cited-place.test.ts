import { describe, expect, it } from 'vitest';
import { citedPlaceOf } from './cited-place.ts';

const sha256 = '0a'.repeat(32);

describe('citedPlaceOf', () => {
  it('reads a place with what stood there', () => {
    expect(citedPlaceOf({ start: 3, end: '9', sha256, quote: 'words' })).toEqual({
      start: 3,
      end: 9,
      sha256,
      quote: 'words',
    });
    expect(citedPlaceOf({ start: 3, end: 9 })).toEqual({ start: 3, end: 9 });
  });

  it.each([
    [{}, {}],
    [{ start: 9, end: 3, sha256 }, {}],
    [{ start: 'x', end: 3 }, {}],
    [
      { start: 1, end: 3, sha256: 'short', quote: 'w' },
      { start: 1, end: 3 },
    ],
    [
      { start: 1, end: 3, sha256, quote: 'w'.repeat(3000) },
      { start: 1, end: 3, sha256 },
    ],
    [
      { start: 1, end: 3, sha256, quote: 7 },
      { start: 1, end: 3, sha256 },
    ],
  ])('leaves out what makes no sense: %j', (search, place) => {
    expect(citedPlaceOf(search)).toEqual(place);
  });
});
