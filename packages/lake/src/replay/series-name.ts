import type { SeriesRef } from '@heliosiq/model';

/** A series and a moment in words, for reports. */
export function nameOfSample({ asset, metric, labels }: SeriesRef, at: number): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return `${asset} ${metric}${pairs.length === 0 ? '' : ` {${pairs.join(', ')}}`} at ${timeWords(at)}`;
}

/** A moment as ISO 8601, or as a number where no date can tell it. */
export function timeWords(at: number): string {
  return Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : String(at);
}
