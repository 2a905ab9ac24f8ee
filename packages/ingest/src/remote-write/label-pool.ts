import { isUtf8 } from 'node:buffer';
import { addKey, createByteTable, findKey, hashOfBytes } from './byte-table.ts';
import { labelLimits, nameLabel, readLabelRanges, type ByteRange } from './label-bytes.ts';
import type { WireCursor } from './wire-cursor.ts';
import type { RejectionReason } from './write-tally.ts';

/** A `Label` message in words. */
export interface KnownLabel {
  /** Where its name lies, from the message's first byte on. */
  readonly nameAt: ByteRange;
  /** Both are empty where there is a fault. */
  readonly name: string;
  readonly value: string;
  /** Its name is ASCII, whose bytes are in the order of its text. */
  readonly isPlain: boolean;
  /** It has a value: one without is no label at all. */
  readonly hasValue: boolean;
  /** Why its series cannot be taken, where it has a value. */
  readonly fault: RejectionReason | undefined;
}

/** Reads a `Label` message from the cursor to `end`. */
export type LabelPool = (cursor: WireCursor, end: number) => KnownLabel;

/** Longer labels are seldom met twice, and are not kept. */
const keptBytesMax = 256;

/**
 * Gives equal labels as one: a hundred thousand series are made of a few thousand of them, and to find a label by its bytes costs a
 * fifth of reading it. A pool has at most `labelsMax`; it starts over when it is full.
 */
export function createLabelPool(labelsMax: number): LabelPool {
  let keys = createByteTable();
  let labels: KnownLabel[] = [];

  return (cursor, end) => {
    const from = cursor.at;
    if (end - from > keptBytesMax) return readLabel(cursor, end);
    const place = { from, to: end, hash: hashOfBytes(cursor, from, end) };
    const key = findKey(keys, cursor, place);
    const known = key < 0 ? undefined : labels[key];
    if (known !== undefined) {
      cursor.at = end;
      return known;
    }
    const label = readLabel(cursor, end);
    if (keys.size >= labelsMax) {
      keys = createByteTable();
      labels = [];
    }
    addKey(keys, cursor, place);
    labels.push(label);
    return label;
  };
}

function readLabel(cursor: WireCursor, end: number): KnownLabel {
  const { bytes, at } = cursor;
  const ranges = readLabelRanges(cursor, end);
  const nameAt = { from: ranges.name.from - at, to: ranges.name.to - at };
  const hasValue = ranges.value.from < ranges.value.to;
  const name = textOf(bytes, ranges.name);
  const value = textOf(bytes, ranges.value);
  const isPlain = name !== undefined && name.length === nameAt.to - nameAt.from;
  const fault = faultOf(name, value);
  const words = { name: name ?? '', value: fault === undefined ? (value ?? '') : '' };
  return { nameAt, ...words, isPlain, hasValue, fault };
}

function faultOf(name: string | undefined, value: string | undefined): RejectionReason | undefined {
  if (name === undefined || value === undefined) return 'text-invalid';
  if (name === nameLabel) return value.length > labelLimits.metricLength ? 'metric-name-long' : undefined;
  // `__proto__` would vanish in a plain object.
  if (name === '__proto__') return 'text-invalid';
  if (name.length > labelLimits.nameLength) return 'label-name-long';
  return value.length > labelLimits.valueLength ? 'label-value-long' : undefined;
}

/** The text, unless it is not UTF-8 or holds U+0000, which stores refuse. */
function textOf(bytes: Buffer, { from, to }: ByteRange): string | undefined {
  const part = bytes.subarray(from, to);
  return isUtf8(part) && !part.includes(0) ? part.toString('utf8') : undefined;
}
