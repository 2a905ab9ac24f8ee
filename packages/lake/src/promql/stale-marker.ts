import type { SeriesPoints } from '@heliosiq/ports';

const low = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1;

/**
 * Whether a value is the NaN by which Prometheus says that a series has ended (`StaleNaN`, 0x7ff0000000000002, in
 * model/value/value.go). Arithmetic may have made a quiet NaN of it, so that bit is not looked at.
 */
function isStaleAt(words: Uint32Array, index: number): boolean {
  return words[index * 2 + low] === 2 && ((words[index * 2 + 1 - low] ?? 0) | 0x0008_0000) === 0x7ff8_0000;
}

/** The samples without markers of staleness, and whether the last one is such a marker. */
export function withoutStale({ times, values }: Pick<SeriesPoints, 'times' | 'values'>): {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly hasEnded: boolean;
} {
  if (!values.some((value) => Number.isNaN(value))) return { times, values, hasEnded: false };
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  return {
    times: times.filter((_, index) => !isStaleAt(words, index)),
    values: values.filter((_, index) => !isStaleAt(words, index)),
    hasEnded: isStaleAt(words, values.length - 1),
  };
}
