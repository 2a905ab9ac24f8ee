import { HeliosError } from '@heliosiq/model';
import { valueDepthMax, wholeValue } from './attribute-value.ts';
import type { Attributes, AttributeValue } from './attribute-value.ts';
import { fixed64Tag, lengthTag, varintTag, WireReader } from './wire-reader.ts';

/** Fields of `AnyValue` (opentelemetry/proto/common/v1/common.proto). */
const stringTag = lengthTag(1);
const boolTag = varintTag(2);
const intTag = varintTag(3);
const doubleTag = fixed64Tag(4);
const arrayTag = lengthTag(5);
const mapTag = lengthTag(6);
const bytesTag = lengthTag(7);

const keyTag = lengthTag(1);
const valueTag = lengthTag(2);

/** Reads attribute fields that stand one behind the other, whatever their number. */
export function readWireAttributes(fields: Buffer): Attributes {
  const reader = new WireReader(fields);
  const attributes = new Map<string, AttributeValue>();
  while (reader.tag() !== 0) {
    const outer = reader.enter();
    const [name, value] = readKeyValue(reader, 0);
    attributes.set(name, value);
    reader.leave(outer);
  }
  return attributes;
}

/** Reads the fields of an `AnyValue` that has been entered. */
export function readWireValue(reader: WireReader, depth = 0): AttributeValue {
  if (depth > valueDepthMax)
    throw new HeliosError('too-deep', `A value is nested more than ${valueDepthMax} levels deep`);
  let value: AttributeValue = null;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === stringTag) value = reader.text();
    else if (tag === boolTag) value = reader.varint() !== 0;
    else if (tag === intTag) value = wholeValue(reader.int64());
    else if (tag === doubleTag) value = reader.double();
    else if (tag === bytesTag) value = reader.view().toString('base64');
    else if (tag === arrayTag) value = readList(reader, depth + 1);
    else if (tag === mapTag) value = readMap(reader, depth + 1);
    else reader.skip(tag);
  }
  return value;
}

function readKeyValue(reader: WireReader, depth: number): readonly [string, AttributeValue] {
  let name = '';
  let value: AttributeValue = null;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === keyTag) name = reader.text();
    else if (tag === valueTag) {
      const outer = reader.enter();
      value = readWireValue(reader, depth);
      reader.leave(outer);
    } else reader.skip(tag);
  }
  return [name, value];
}

function readList(reader: WireReader, depth: number): readonly AttributeValue[] {
  const outer = reader.enter();
  const values: AttributeValue[] = [];
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag !== keyTag) reader.skip(tag);
    else {
      const around = reader.enter();
      values.push(readWireValue(reader, depth));
      reader.leave(around);
    }
  }
  reader.leave(outer);
  return values;
}

function readMap(reader: WireReader, depth: number): AttributeValue {
  const outer = reader.enter();
  const entries: (readonly [string, AttributeValue])[] = [];
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag !== keyTag) reader.skip(tag);
    else {
      const around = reader.enter();
      entries.push(readKeyValue(reader, depth));
      reader.leave(around);
    }
  }
  reader.leave(outer);
  return Object.fromEntries(entries);
}
