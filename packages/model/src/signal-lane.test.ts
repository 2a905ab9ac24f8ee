import { describe, expect, it } from 'vitest';
import { keyOfLane, laneOfAsset, signalKeyOf, signalLanes } from './signal-lane.ts';

describe('lanes', () => {
  it('are shared out evenly among numbered assets', () => {
    const counts = new Array<number>(signalLanes).fill(0);
    for (let index = 0; index < 16_000; index += 1) {
      const lane = laneOfAsset(`10.0.${index >> 8}.${index & 255}:9100`);
      counts[lane] = (counts[lane] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(700);
    expect(Math.max(...counts)).toBeLessThan(1300);
  });

  it('give all signals of an asset one key, and know no lane beyond the last', () => {
    expect(signalKeyOf('pump-7')).toBe(keyOfLane(laneOfAsset('pump-7')));
    expect(() => keyOfLane(signalLanes)).toThrow(RangeError);
  });
});
