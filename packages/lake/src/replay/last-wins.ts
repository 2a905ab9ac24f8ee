/** Samples of one series, strictly ascending in time. */
export interface OrderedSamples {
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** Samples in the order in which they came, put in the order of time; of several of one moment the last one stays. */
export function lastWins(times: Float64Array, values: Float64Array): OrderedSamples {
  if (isAscending(times)) return { times, values };
  // The sort is stable: of one moment the last one that came is the last.
  const order = Uint32Array.from(times.keys()).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
  const sortedTimes = new Float64Array(times.length);
  const sortedValues = new Float64Array(times.length);
  let end = 0;
  for (const index of order) {
    const at = times[index] ?? 0;
    if (end > 0 && sortedTimes[end - 1] === at) end -= 1;
    sortedTimes[end] = at;
    sortedValues[end] = values[index] ?? 0;
    end += 1;
  }
  return { times: sortedTimes.slice(0, end), values: sortedValues.slice(0, end) };
}

function isAscending(times: Float64Array): boolean {
  for (let index = 1; index < times.length; index += 1)
    if ((times[index] ?? 0) <= (times[index - 1] ?? 0)) return false;
  return true;
}
