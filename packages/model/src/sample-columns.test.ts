import { describe, expect, it } from 'vitest';
import { decodeSampleColumns, encodeSampleColumns, isSampleColumns, type SampleColumns } from './sample-columns.ts';

function columnsOf(rows: readonly (readonly [number, number, number])[]): SampleColumns {
  return {
    refs: Float64Array.from(rows, ([ref]) => ref),
    times: Float64Array.from(rows, ([, at]) => at),
    values: Float64Array.from(rows, ([, , value]) => value),
  };
}

const rows = [
  [1, 1_767_225_600_000, 0.5],
  [900_000_000_000, 1_767_225_599_999, Number.NaN],
  [2, -86_400_000, Number.NEGATIVE_INFINITY],
  [2, 2 ** 50, -0],
  [3, 0, 5e-324],
] as const;

describe('samples as columns', () => {
  it('survive encoding bit for bit, in the order asked for', () => {
    const order = Int32Array.of(4, 0, 1, 2, 3);
    const bytes = encodeSampleColumns(columnsOf(rows), order, { from: 1, to: 5 });
    expect(isSampleColumns(bytes)).toBe(true);
    const decoded = decodeSampleColumns(bytes);
    expect(decoded).toEqual({ ok: true, value: columnsOf(rows.slice(0, 4)) });
  });

  it('of a hundred series in the order of their refs take little more than their values', () => {
    const many = columnsOf(Array.from({ length: 100 }, (_, index) => [index + 7, 1_767_225_600_000, index]));
    const bytes = encodeSampleColumns(
      many,
      Int32Array.from({ length: 100 }, (_, index) => index),
      { from: 0, to: 100 },
    );
    expect(bytes.length).toBeLessThan(100 * 10 + 20);
  });

  it('keep no memory but their own', () => {
    for (const count of [1, 100, 10_000]) {
      const some = columnsOf(
        Array.from({ length: count }, (_, index) => [index + 7, 1_767_225_600_000 + index, index]),
      );
      const bytes = encodeSampleColumns(
        some,
        Int32Array.from({ length: count }, (_, index) => index),
        { from: 0, to: count },
      );
      expect(bytes.buffer.byteLength).toBe(bytes.length);
      expect(decodeSampleColumns(bytes)).toEqual({ ok: true, value: some });
    }
  });

  it('that were cut, lengthened or overwritten are refused, never misread in length', () => {
    const bytes = encodeSampleColumns(columnsOf(rows), Int32Array.of(0, 1, 2, 3, 4), { from: 0, to: 5 });
    for (let length = 0; length < bytes.length; length += 1) {
      expect(decodeSampleColumns(bytes.subarray(0, length)).ok).toBe(false);
    }
    expect(decodeSampleColumns(Buffer.concat([bytes, Buffer.of(0)])).ok).toBe(false);
    expect(decodeSampleColumns(Buffer.of(1, 0xff, 0xff, 0xff, 0xff, 0x0f)).ok).toBe(false);
    expect(decodeSampleColumns(Buffer.from('{"kind":"log"}')).ok).toBe(false);
  });
});
