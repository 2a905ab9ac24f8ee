import { describe, expect, it } from 'vitest';
import { staleMarkersIn, withoutStaleMarkers } from './stale-marker.ts';

const times = Float64Array.of(1, 2, 3, 4, 5);

/** Values by their bits. */
function valuesOf(...bits: readonly bigint[]): Float64Array {
  return new Float64Array(BigUint64Array.from(bits).buffer);
}

describe('staleness markers', () => {
  it('are told from every other NaN, with the quiet bit set or not, also in a part of an array', () => {
    const values = valuesOf(0n, 0x7ff0000000000002n, 0x7ff8000000000001n, 0x7ff8000000000002n, 0x7ff8000000000000n);
    expect(staleMarkersIn(values)).toEqual(Uint8Array.of(0, 1, 0, 1, 0));
    expect(staleMarkersIn(values.subarray(1, 3))).toEqual(Uint8Array.of(1, 0));
    expect(withoutStaleMarkers({ times, values })).toEqual({
      times: Float64Array.of(1, 3, 5),
      values: Float64Array.of(0, Number.NaN, Number.NaN),
    });
  });

  it('are looked for without a copy where there are none', () => {
    const samples = { times, values: Float64Array.of(1, Number.NaN, Infinity, 2, 3) };
    expect(staleMarkersIn(samples.values)).toBeUndefined();
    expect(withoutStaleMarkers(samples).times).toBe(times);
  });
});
