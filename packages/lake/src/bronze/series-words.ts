import { AssetId, SeriesId, type SeriesRef } from '@heliosiq/model';

/** Series by their numbers as bytes: a line of JSON each. Bronze is readable without a registry because of them. */
export function encodeSeriesWords(series: ReadonlyMap<number, SeriesRef>): Buffer {
  const lines: string[] = [];
  for (const [ref, { id, asset, metric, labels, unit }] of series) {
    lines.push(
      JSON.stringify(unit === undefined ? [ref, id, asset, metric, labels] : [ref, id, asset, metric, labels, unit]),
    );
  }
  return Buffer.from(lines.join('\n'));
}

/** Reads what `encodeSeriesWords` wrote and adds it to what is known; throws for other bytes. */
export function addSeriesWords(known: Map<number, SeriesRef>, bytes: Buffer): void {
  if (bytes.length === 0) return;
  for (const line of bytes.toString('utf8').split('\n')) {
    // The cast holds: the checksum of the segment was found right, so these are the lines that were written.
    const [ref, id, asset, metric, labels, unit] = JSON.parse(line) as [
      number,
      string,
      string,
      string,
      Record<string, string>,
      string?,
    ];
    known.set(ref, {
      id: SeriesId.parse(id),
      asset: AssetId.parse(asset),
      metric,
      labels,
      ...(unit === undefined ? {} : { unit }),
    });
  }
}
