import type { Points } from './casefile.ts';

/** The finite samples by time; samples of one moment by value, so that the order of arrival never matters. */
export function inTimeOrder(points: Points): Points {
  const { timesMs, values } = points;
  const order = new Uint32Array(values.length);
  let count = 0;
  let ascending = true;
  let latestMs = -Infinity;
  for (let index = 0; index < values.length; index++) {
    const atMs = timesMs[index] ?? Number.NaN;
    if (!Number.isFinite(values[index]) || !Number.isFinite(atMs)) continue;
    order[count++] = index;
    ascending &&= atMs > latestMs;
    latestMs = atMs;
  }
  if (ascending && count === values.length) return points;
  const kept = order.subarray(0, count);
  if (!ascending) {
    kept.sort((a, b) => (timesMs[a] ?? 0) - (timesMs[b] ?? 0) || (values[a] ?? 0) - (values[b] ?? 0));
  }
  const sorted = { timesMs: new Float64Array(count), values: new Float64Array(count) };
  for (let place = 0; place < count; place++) {
    sorted.timesMs[place] = timesMs[kept[place] ?? 0] ?? Number.NaN;
    sorted.values[place] = values[kept[place] ?? 0] ?? Number.NaN;
  }
  return sorted;
}
