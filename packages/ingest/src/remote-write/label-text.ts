import type { ByteSource } from './byte-table.ts';
import { readLabelRanges, type ByteRange } from './label-bytes.ts';
import { labelTag } from './label-set.ts';
import { readLength, readVarint } from './wire-cursor.ts';
import type { WireCursor } from './wire-cursor.ts';

const textLengthMax = 200;

/** Label bytes as people write them, for messages: at most 200 characters, damage shown as U+FFFD. */
export function labelText({ bytes, view, from, to }: ByteSource & ByteRange): string {
  const cursor: WireCursor = { bytes, view, at: from };
  let text = '';
  while (cursor.at < to && text.length < textLengthMax) {
    if (readVarint(cursor) !== labelTag) break;
    const [name, value] = readLabel(cursor, readLength(cursor, to));
    text += `${text === '' ? '' : ', '}${name}=${JSON.stringify(value)}`;
  }
  return text.length > textLengthMax ? `{${text.slice(0, textLengthMax - 1)}…}` : `{${text}}`;
}

/** Reads a `Label` message as texts. */
export function readLabel(cursor: WireCursor, end: number): readonly [name: string, value: string] {
  const { name, value } = readLabelRanges(cursor, end);
  return [cursor.bytes.toString('utf8', name.from, name.to), cursor.bytes.toString('utf8', value.from, value.to)];
}
