import { malformed, readLength, readVarint, skipField, wireType } from './wire-cursor.ts';
import type { WireCursor } from './wire-cursor.ts';

/** Where the texts of a request lie in its bytes, by their number. */
export interface RequestSymbols {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** More than any request of samples can need; bounds the memory that a body can claim. */
const symbolsMax = 2 ** 20;

const symbolTag = (4 << 3) | wireType.lengthDelimited;

/** Finds the `symbols` of an `io.prometheus.write.v2.Request`, wherever in it they are; the cursor stays. */
export function findSymbols(cursor: WireCursor): RequestSymbols {
  const from = cursor.at;
  const total = cursor.bytes.length;
  let starts = new Int32Array(1024);
  let ends = new Int32Array(1024);
  let count = 0;
  while (cursor.at < total) {
    const tag = readVarint(cursor);
    if (tag !== symbolTag) {
      skipField(cursor, tag & 7, total);
      continue;
    }
    const end = readLength(cursor, total);
    if (count >= symbolsMax) throw malformed('it has too many symbols');
    if (count === starts.length) {
      starts = doubled(starts);
      ends = doubled(ends);
    }
    starts[count] = cursor.at;
    ends[count] = end;
    count += 1;
    cursor.at = end;
  }
  cursor.at = from;
  return { starts: starts.subarray(0, count), ends: ends.subarray(0, count) };
}

function doubled(column: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const next = new Int32Array(column.length * 2);
  next.set(column);
  return next;
}
