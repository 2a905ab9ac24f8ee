import { decodeSampleColumns, encodeSampleColumns, type SampleColumns } from '@heliosiq/model/sample-columns.ts';
import { describe, expect, it } from 'vitest';
import { scanSamples } from './sample-scan.ts';

function encoded(columns: SampleColumns): Buffer {
  const count = columns.refs.length;
  return encodeSampleColumns(
    columns,
    Int32Array.from({ length: count }, (_, index) => index),
    { from: 0, to: count },
  );
}

function columnsOf(rows: readonly (readonly [ref: number, time: number])[]): SampleColumns {
  return {
    refs: Float64Array.from(rows, ([ref]) => ref),
    times: Float64Array.from(rows, ([, time]) => time),
    values: Float64Array.from(rows, (_, index) => index),
  };
}

const rows = [
  [5, 1_767_225_600_000],
  [5, 1_767_225_601_000],
  [2 ** 40, 1_767_225_600_500],
  [1, -7],
  [1, 2 ** 49],
] as const;

describe('scanning a batch of samples', () => {
  it('finds numbers of series, count and times as decoding does', () => {
    const bytes = encoded(columnsOf(rows));
    const refs = new Set<number>();
    const scanned = scanSamples(bytes, (ref) => refs.add(ref));
    const decoded = decodeSampleColumns(bytes);
    if (!decoded.ok) throw new Error(decoded.reason);
    expect(refs).toEqual(new Set(decoded.value.refs));
    expect(scanned).toEqual({ samples: 5, firstAt: Math.min(...decoded.value.times), lastAt: 2 ** 49 });
  });

  it('knows a batch without samples', () => {
    expect(scanSamples(encoded(columnsOf([])), () => undefined)?.samples).toBe(0);
  });

  it('refuses exactly what decoding refuses', () => {
    const bytes = encoded(columnsOf(rows));
    for (let length = 1; length < bytes.length; length += 1) {
      const cut = bytes.subarray(0, length);
      expect(scanSamples(cut, () => undefined) === undefined).toBe(!decodeSampleColumns(cut).ok);
    }
    for (let at = 1; at < bytes.length; at += 1) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ 0x81;
      expect(scanSamples(damaged, () => undefined) === undefined).toBe(!decodeSampleColumns(damaged).ok);
    }
  });
});
