import { expectType, readLength, readVarint, skipField, wireType } from './wire-cursor.ts';
import type { WireCursor } from './wire-cursor.ts';

/** The bytes from `from` to `to`. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** What a series may have; lengths are in UTF-16 code units. */
export const labelLimits = { labels: 64, metricLength: 300, nameLength: 128, valueLength: 2048 } as const;

/** The label whose value is the name of the metric. */
export const nameLabel = '__name__';

const nowhere: ByteRange = { from: 0, to: 0 };

/** Reads a `Label` message: where its name and its value lie. */
export function readLabelRanges(
  cursor: WireCursor,
  end: number,
): { readonly name: ByteRange; readonly value: ByteRange } {
  let name = nowhere;
  let value = nowhere;
  while (cursor.at < end) {
    const tag = readVarint(cursor);
    const field = tag >>> 3;
    if (field !== 1 && field !== 2) {
      skipField(cursor, tag & 7, end);
      continue;
    }
    expectType(tag & 7, wireType.lengthDelimited);
    const fieldEnd = readLength(cursor, end);
    const range = { from: cursor.at, to: fieldEnd };
    if (field === 1) name = range;
    else value = range;
    cursor.at = fieldEnd;
  }
  return { name, value };
}
