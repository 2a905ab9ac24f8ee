/**
 * Prometheus says "this series has ended" by a NaN of its own: quiet bit clear, 2 in the lowest bits
 * (https://prometheus.io/docs/specs/prw/remote_write_spec/#stale-markers). A processor may set the quiet bit on its way.
 */
const markerLow = 2;
const markerHighs: readonly number[] = [0x7ff00000, 0x7ff80000];

/** Which values are staleness markers: 1 for each that is; undefined where none is. */
export function staleMarkersIn(values: Float64Array): Uint8Array | undefined {
  if (!mayHaveNone(values)) return undefined;
  let markers: Uint8Array | undefined;
  let words: Uint32Array | undefined;
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index];
    // Only what is no number differs from itself.
    if (value === value) continue;
    words ??= new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
    // The machines that this runs on keep the low word first.
    if (words[index * 2] !== markerLow || !markerHighs.includes(words[index * 2 + 1] ?? 0)) continue;
    markers ??= new Uint8Array(values.length);
    markers[index] = 1;
  }
  return markers;
}

/** Whether some values may be no numbers, which their sum is not then: four sums, because each addition waits for the one before. */
function mayHaveNone(values: Float64Array): boolean {
  let [one, two, three, four] = [0, 0, 0, 0];
  for (let index = 0; index < values.length; index += 4) {
    one += values[index] ?? 0;
    two += values[index + 1] ?? 0;
    three += values[index + 2] ?? 0;
    four += values[index + 3] ?? 0;
  }
  return Number.isNaN(one + two + three + four);
}

interface Samples {
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** The samples that measure something. */
export function withoutStaleMarkers({ times, values }: Samples): Samples {
  const markers = staleMarkersIn(values);
  if (markers === undefined) return { times, values };
  const isKept = (_: number, index: number): boolean => markers[index] === 0;
  return { times: times.filter(isKept), values: values.filter(isKept) };
}
