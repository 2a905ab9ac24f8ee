import { readJsonAttributes } from './json-values.ts';
import type { Attributes } from './attribute-value.ts';
import { readWireAttributes } from './wire-values.ts';
import type { WireReader } from './wire-reader.ts';

/**
 * Attributes as they came, unread. Senders repeat the same sets in every request: two equal keys are equal sets, so
 * that what follows from a set is worked out once and remembered by its key.
 */
export interface AttributeSet {
  /** Protobuf: the bytes of the attribute fields, one a character (latin1). JSON: the list as JSON. */
  readonly key: string;
  readonly encoding: 'protobuf' | 'json';
}

export const noAttributes: AttributeSet = { key: '', encoding: 'protobuf' };

const emptyAttributes: Attributes = new Map();

export function readAttributes({ key, encoding }: AttributeSet): Attributes {
  if (key === '') return emptyAttributes;
  return encoding === 'json' ? readJsonAttributes(JSON.parse(key)) : readWireAttributes(Buffer.from(key, 'latin1'));
}

/** The attributes of OTLP/JSON: a list of keys and values; anything else is no attributes. */
export function jsonAttributeSet(list: unknown): AttributeSet {
  return Array.isArray(list) && list.length > 0 ? { key: JSON.stringify(list), encoding: 'json' } : noAttributes;
}

/** Where in a message its attribute fields stand; `before` holds those in front of a gap. */
export interface AttributeRange {
  start: number;
  end: number;
  before: string;
}

export function emptyAttributeRange(): AttributeRange {
  return { start: 0, end: 0, before: '' };
}

/** Takes in the attribute field whose tag began at `start` and has been read. */
export function takeAttribute(range: AttributeRange, reader: WireReader, start: number): void {
  const length = reader.varint();
  reader.at += length;
  if (range.end !== start) {
    if (range.end > 0) range.before += reader.bytes.toString('latin1', range.start, range.end);
    range.start = start;
  }
  range.end = reader.at;
}

export function attributeSetOf({ start, end, before }: AttributeRange, reader: WireReader): AttributeSet {
  if (end === 0) return noAttributes;
  // A field that is longer than its message is found by the next read of a tag; the slice ends with the bytes.
  const last = reader.bytes.toString('latin1', start, end);
  return { key: before === '' ? last : before + last, encoding: 'protobuf' };
}
