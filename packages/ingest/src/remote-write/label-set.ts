import { isUtf8 } from 'node:buffer';
import { accepted, rejected } from '@heliosiq/model';
import type { Outcome } from '@heliosiq/model';
import type { ByteRange } from './known-series.ts';
import type { RejectionReason } from './write-tally.ts';
import type { TextPool } from './text-pool.ts';
import { expectType, readLength, readVarint, skipField, wireType } from './wire-cursor.ts';
import type { WireCursor } from './wire-cursor.ts';

/** The labels of a series as its sender gave them, the name apart. */
export interface LabelSet {
  readonly metric: string;
  readonly labels: Record<string, string>;
}

/** What a series may have; lengths are in UTF-16 code units. */
export const labelLimits = { labels: 64, metricLength: 300, nameLength: 128, valueLength: 2048 } as const;

/** Bytes of all labels of a series as they travel. */
export const labelBytesMax = 65_536;

/** Tag of a label in a `prometheus.TimeSeries`. */
export const labelTag = (1 << 3) | wireType.lengthDelimited;

const nameLabel = '__name__';

/**
 * Reads and checks the `labels` of a `prometheus.TimeSeries` (field 1, each with name 1 and value 2) as the remote-write
 * specification wants them: sorted by the bytes of their names, none twice. A label with an empty value is none at all
 * (https://prometheus.io/docs/concepts/data_model/). What is kept of the texts is that of the pool.
 */
export function readLabelSet(cursor: WireCursor, to: number, pool: TextPool): Outcome<LabelSet, RejectionReason> {
  if (to - cursor.at > labelBytesMax) return rejected('labels-long');
  const block = cursor.bytes.subarray(cursor.at, to);
  // Texts between lengths and tags that are plain bytes: if all of it is clean, so is each of them.
  const isClean = isUtf8(block) && !block.includes(0);
  const labels: Record<string, string> = {};
  let metric = '';
  let count = 0;
  let last = { from: 0, to: 0 };
  while (cursor.at < to) {
    cursor.at += 1; // the tag, by which these bytes were found
    const { name, value } = readLabelRanges(cursor, readLength(cursor, to));
    if (name.from === name.to) return rejected('label-name-empty');
    const order = compareRanges(cursor.bytes, last, name);
    if (order === 0) return rejected('label-twice');
    if (order > 0) return rejected('labels-unsorted');
    last = name;
    if (value.from === value.to) continue;
    const nameText = textOf(cursor.bytes, name, isClean);
    const valueText = textOf(cursor.bytes, value, isClean);
    if (nameText === undefined || valueText === undefined) return rejected('text-invalid');
    if (nameText === nameLabel) {
      if (valueText.length > labelLimits.metricLength) return rejected('metric-name-long');
      metric = pool(valueText);
      continue;
    }
    // `__proto__` would vanish in a plain object.
    if (nameText === '__proto__') return rejected('text-invalid');
    if (nameText.length > labelLimits.nameLength) return rejected('label-name-long');
    if (valueText.length > labelLimits.valueLength) return rejected('label-value-long');
    count += 1;
    if (count > labelLimits.labels) return rejected('labels-many');
    labels[nameText] = pool(valueText);
  }
  return metric === '' ? rejected('metric-name-missing') : accepted({ metric, labels });
}

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

function compareRanges(bytes: Buffer, a: ByteRange, b: ByteRange): number {
  return bytes.compare(bytes, b.from, b.to, a.from, a.to);
}

/** The text, unless it is not UTF-8 or holds U+0000, which stores refuse. */
function textOf(bytes: Buffer, { from, to }: ByteRange, isClean: boolean): string | undefined {
  if (!isClean) {
    const part = bytes.subarray(from, to);
    if (!isUtf8(part) || part.includes(0)) return undefined;
  }
  return bytes.toString('utf8', from, to);
}
