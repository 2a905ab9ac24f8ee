import { attributeSetOf, emptyAttributeRange, noAttributes, takeAttribute } from './attribute-set.ts';
import type { AttributeSet } from './attribute-set.ts';
import type { Origin } from './metric-form.ts';
import { lengthTag } from './wire-reader.ts';
import type { WireReader } from './wire-reader.ts';

/** The items (metrics, log records, spans) of one scope. */
export interface OriginItems<Item> extends Origin {
  readonly items: readonly Item[];
}

/** The three export requests are built alike: resources of scopes of items, each the fields 1 and 2 of the one around. */
const firstTag = lengthTag(1);
const secondTag = lengthTag(2);

/** Reads an export request down to its items, which `readItem` reads once their message has been entered. */
export function readWireOrigins<Item>(reader: WireReader, readItem: (reader: WireReader) => Item): OriginItems<Item>[] {
  const origins: OriginItems<Item>[] = [];
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag !== firstTag) reader.skip(tag);
    else {
      const outer = reader.enter();
      const { resource, scopes } = readResourceItems(reader, readItem);
      for (const { scopeName, items } of scopes) origins.push({ resource, scopeName, items });
      reader.leave(outer);
    }
  }
  return origins;
}

interface ScopeItems<Item> {
  readonly scopeName: string;
  readonly items: readonly Item[];
}

function readResourceItems<Item>(reader: WireReader, readItem: (reader: WireReader) => Item) {
  let resource: AttributeSet = noAttributes;
  const scopes: ScopeItems<Item>[] = [];
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === firstTag) resource = readResource(reader);
    else if (tag === secondTag) scopes.push(readScopeItems(reader, readItem));
    else reader.skip(tag);
  }
  return { resource, scopes };
}

function readResource(reader: WireReader): AttributeSet {
  const attributes = emptyAttributeRange();
  const outer = reader.enter();
  for (let start = reader.at, tag = reader.tag(); tag !== 0; start = reader.at, tag = reader.tag()) {
    if (tag === firstTag) takeAttribute(attributes, reader, start);
    else reader.skip(tag);
  }
  reader.leave(outer);
  return attributeSetOf(attributes, reader);
}

function readScopeItems<Item>(reader: WireReader, readItem: (reader: WireReader) => Item): ScopeItems<Item> {
  const items: Item[] = [];
  let scopeName = '';
  const outer = reader.enter();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === firstTag) scopeName = readScopeName(reader);
    else if (tag === secondTag) {
      const around = reader.enter();
      items.push(readItem(reader));
      reader.leave(around);
    } else reader.skip(tag);
  }
  reader.leave(outer);
  return { scopeName, items };
}

function readScopeName(reader: WireReader): string {
  let name = '';
  const outer = reader.enter();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === firstTag) name = reader.text();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return name;
}
