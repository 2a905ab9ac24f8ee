import { isKeyAt } from './byte-table.ts';
import type { Exemplar } from './exemplar-events.ts';
import { exemplarTimeTag, exemplarValueTag } from './exemplar-events.ts';
import { faultySeries } from './known-series.ts';
import { labelBytesMax, labelTag } from './label-set.ts';
import { labelText, readLabel } from './label-text.ts';
import { createPointReader } from './series-points.ts';
import type { WriteTarget } from './series-points.ts';
import { readDouble, readInt64, readLength, readText, readVarint, skipField, wireType } from './wire-cursor.ts';
import type { WireCursor } from './wire-cursor.ts';

/** Reads a request in turns, so that a large one does not keep others waiting. */
export interface WriteRequestReader {
  /** Reads on; true when all is read. */
  readTurn(): boolean;
}

/** Series of one turn, and series among them that the door did not know, which cost twenty times as much. */
export const turnSeriesMax = 20_000;
export const turnNewSeriesMax = 1_000;

const seriesTag = (1 << 3) | wireType.lengthDelimited;
const metadataTag = (3 << 3) | wireType.lengthDelimited;
const familyTag = (2 << 3) | wireType.lengthDelimited;
const unitTag = (5 << 3) | wireType.lengthDelimited;

/** Reads a `prometheus.WriteRequest` (https://prometheus.io/docs/specs/prw/remote_write_spec/). */
export function readWriteRequestV1(cursor: WireCursor, target: WriteTarget): WriteRequestReader {
  const { memory, batch, tally } = target;
  const { bytes, view } = cursor;
  const total = bytes.length;
  const labels = { bytes, view, from: 0, to: 0 };
  let tenant = memory.of(batch.tenantId);
  const readPoints = createPointReader(cursor, target, {
    exemplars: 3,
    histograms: 4,
    readExemplar: (end) => readExemplarV1(cursor, end),
    labelBytes: () => labels,
    onPart: () => void (tenant.parts += 1),
  });

  /** The end of the label fields that begin at `from`. */
  function endOfLabels(from: number, end: number): number {
    cursor.at = from;
    while (cursor.at < end && bytes[cursor.at] === labelTag) {
      cursor.at += 1;
      cursor.at = readLength(cursor, end);
    }
    return cursor.at;
  }

  function readMetadata(end: number): void {
    let family = '';
    let unit = '';
    while (cursor.at < end) {
      const tag = readVarint(cursor);
      if (tag === familyTag) family = readText(cursor, end);
      else if (tag === unitTag) unit = readText(cursor, end);
      else skipField(cursor, tag & 7, end);
    }
    if (unit !== '') memory.learnUnit(batch.tenantId, family, unit);
  }

  return {
    readTurn() {
      tenant = memory.of(batch.tenantId);
      const { keys, series } = tenant;
      const sizeMax = keys.size + turnNewSeriesMax;
      let last = -1;
      for (let count = 0; cursor.at < total; count += 1) {
        if (count >= turnSeriesMax || keys.size >= sizeMax) return false;
        if (bytes[cursor.at] !== seriesTag) {
          const tag = readVarint(cursor);
          if (tag === metadataTag) {
            readMetadata(readLength(cursor, total));
            // What was known may have changed with a unit.
            if (memory.of(batch.tenantId) !== tenant) return cursor.at >= total;
          } else skipField(cursor, tag & 7, total);
          continue;
        }
        cursor.at += 1;
        const end = readLength(cursor, total);
        const from = cursor.at;
        let key = last < 0 ? -1 : (keys.followers[last] ?? -1);
        let to = from + (keys.lengths[key] ?? 0);
        if (key < 0 || to > end || (to < end && bytes[to] === labelTag) || !isKeyAt(keys, key, cursor, from)) {
          to = endOfLabels(from, end);
          key = to - from > labelBytesMax ? -1 : memory.identify(tenant, { bytes, view, from, to });
          if (last >= 0) keys.followers[last] = key;
        }
        last = key;
        cursor.at = to;
        labels.from = from;
        labels.to = to;
        const known = series[key] ?? faultySeries('labels-long');
        const rejectedBefore = tally.rejectedTotal;
        readPoints(end, known);
        if (tally.rejectedTotal !== rejectedBefore) tally.example ??= labelText(labels);
      }
      return true;
    },
  };
}

function readExemplarV1(cursor: WireCursor, end: number): Exemplar {
  const labels: Record<string, string> = {};
  let value = 0;
  let at = 0;
  while (cursor.at < end) {
    const tag = readVarint(cursor);
    if (tag === labelTag) {
      const [name, text] = readLabel(cursor, readLength(cursor, end));
      labels[name] = text;
    } else if (tag === exemplarValueTag) value = readDouble(cursor);
    else if (tag === exemplarTimeTag) at = readInt64(cursor);
    else skipField(cursor, tag & 7, end);
  }
  return { labels, value, at };
}
