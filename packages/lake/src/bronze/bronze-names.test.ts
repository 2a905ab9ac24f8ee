import { describe, expect, it } from 'vitest';
import { bronzeNameOf, hourOf, parseBronzeName, startOfHour } from './bronze-names.ts';

const name = {
  hour: '2026-11-21/09',
  partition: 3,
  epoch: 1,
  firstOffset: 7,
  lastOffset: 9_007_199_254_740_991,
  digest: '0123456789ab',
  kind: 'segment',
} as const;

describe('names of bronze', () => {
  it('tell what they were made of', () => {
    const text = bronzeNameOf(name);
    expect(text).toBe('bronze/2026-11-21/09/p3-e1/0000000000000007-9007199254740991-0123456789ab.seg');
    expect(parseBronzeName(text)).toEqual(name);
    expect(parseBronzeName(bronzeNameOf({ ...name, kind: 'manifest' }))?.kind).toBe('manifest');
  });

  it('are told from those of other blobs', () => {
    for (const other of ['bronze/kept-from/p0-e0.json', 'a', 'bronze/2026-11-21/09/p3-e1/7-8-ab.seg']) {
      expect(parseBronzeName(other)).toBeUndefined();
    }
  });

  it('have an hour for every moment, however wrong the clock', () => {
    expect(hourOf(Date.UTC(2026, 10, 21, 9, 59, 59, 999))).toBe('2026-11-21/09');
    expect(startOfHour('2026-11-21/09')).toBe(Date.UTC(2026, 10, 21, 9));
    expect(hourOf(-1)).toBe('1970-01-01/00');
    expect(hourOf(Number.MAX_SAFE_INTEGER)).toBe('9999-12-31/23');
  });
});
