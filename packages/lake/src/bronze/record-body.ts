import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

/** The part of a log record that its sender and the doors made. */
export interface RecordBody {
  readonly key: string;
  readonly id: string;
  readonly value: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Writes key, id, headers in the order of their names, and value. */
export function writeRecordBody(writer: ByteWriter, { key, id, value, headers }: RecordBody): void {
  writer.text(key);
  writer.text(id);
  const names = headers === undefined ? [] : Object.keys(headers).sort();
  writer.whole(names.length);
  for (const name of names) {
    writer.text(name);
    writer.text(headers?.[name] ?? '');
  }
  writer.bytes(value);
}

/** Reads what `writeRecordBody` wrote; the value is a view. */
export function readRecordBody(reader: ByteReader): RecordBody {
  const key = reader.text();
  const id = reader.text();
  const count = reader.whole();
  if (count === 0) return { key, id, value: reader.bytes() };
  const headers: Record<string, string> = {};
  for (let index = 0; index < count; index += 1) headers[reader.text()] = reader.text();
  return { key, id, headers, value: reader.bytes() };
}
