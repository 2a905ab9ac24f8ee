import { HeliosError } from '@heliosiq/model';

/** A place in the bytes of a protobuf message (https://protobuf.dev/programming-guides/encoding/). */
export interface WireCursor {
  readonly bytes: Buffer;
  /** The same bytes. */
  readonly view: DataView;
  at: number;
}

export const wireType = { varint: 0, fixed64: 1, lengthDelimited: 2, fixed32: 5 } as const;

const two28 = 2 ** 28;
const two63 = 2 ** 63;
const two64 = 2 ** 64;

export function cursorOf(bytes: Buffer): WireCursor {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), at: 0 };
}

/** The fault of bytes that are not the message they should be; nothing of the request is taken. */
export function malformed(what: string): HeliosError {
  return new HeliosError('invalid-request', `The body is not the protobuf message that it should be: ${what}`, {
    cure: 'Send the message that the Content-Type names, compressed as the Content-Encoding says',
  });
}

/** Reads an unsigned number; above 2^53 it is rounded. */
export function readVarint(cursor: WireCursor): number {
  const { bytes, at } = cursor;
  const first = bytes[at] ?? overrun();
  if (first < 0x80) {
    cursor.at = at + 1;
    return first;
  }
  const second = bytes[at + 1] ?? overrun();
  if (second < 0x80) {
    cursor.at = at + 2;
    return (first & 0x7f) | (second << 7);
  }
  return readLongVarint(cursor);
}

function readLongVarint(cursor: WireCursor): number {
  const { bytes } = cursor;
  let at = cursor.at;
  let byte = bytes[at++] ?? overrun();
  let low = byte & 0x7f;
  for (let shift = 7; byte > 0x7f && shift < 28; shift += 7) {
    byte = bytes[at++] ?? overrun();
    low |= (byte & 0x7f) << shift;
  }
  let value = low;
  for (let scale = two28; byte > 0x7f; scale *= 128) {
    if (at - cursor.at > 9) throw malformed('a number is longer than 64 bits');
    byte = bytes[at++] ?? overrun();
    value += (byte & 0x7f) * scale;
  }
  cursor.at = at;
  return value;
}

/** Reads an `int64`: negative numbers travel as their two's complement. */
export function readInt64(cursor: WireCursor): number {
  const value = readVarint(cursor);
  return value < two63 ? value : value - two64;
}

/** Reads a `sint32` or `sint64`: zigzag. */
export function readZigzag(cursor: WireCursor): number {
  const value = readVarint(cursor);
  return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
}

export function readDouble(cursor: WireCursor): number {
  const { at } = cursor;
  if (at + 8 > cursor.bytes.length) overrun();
  cursor.at = at + 8;
  return cursor.view.getFloat64(at, true);
}

/** Reads a length and answers where the field ends, which lies within `end`. */
export function readLength(cursor: WireCursor, end: number): number {
  const length = readVarint(cursor);
  const fieldEnd = cursor.at + length;
  if (fieldEnd > end) overrun();
  return fieldEnd;
}

/** Reads the text of a field whose tag was read; damage becomes U+FFFD. */
export function readText(cursor: WireCursor, end: number): string {
  const textEnd = readLength(cursor, end);
  const text = cursor.bytes.toString('utf8', cursor.at, textEnd);
  cursor.at = textEnd;
  return text;
}

/** Steps over a field whose tag was read. */
export function skipField(cursor: WireCursor, type: number, end: number): void {
  if (type === wireType.varint) readVarint(cursor);
  else if (type === wireType.fixed64) cursor.at += 8;
  else if (type === wireType.lengthDelimited) cursor.at = readLength(cursor, end);
  else if (type === wireType.fixed32) cursor.at += 4;
  else throw malformed(`it has a field of the wire type ${type}`);
  if (cursor.at > end) overrun();
}

/** Fails unless a field has the wire type that its number calls for. */
export function expectType(type: number, expected: number): void {
  if (type !== expected) throw malformed(`a field has the wire type ${type} instead of ${expected}`);
}

function overrun(): never {
  throw malformed('a field reaches beyond the end');
}
