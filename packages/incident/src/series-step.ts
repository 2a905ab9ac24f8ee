import type { Anomaly } from '@heliosiq/model';

/** Time between two samples of the anomaly's series, as its baseline tells; undefined when that is too short to tell. */
export function stepMsOf({ baseline }: Anomaly): number | undefined {
  const { from, to, samples } = baseline;
  return samples >= 10 && to > from ? (to - from) / (samples - 1) : undefined;
}
