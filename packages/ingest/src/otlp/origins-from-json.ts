import { HeliosError } from '@heliosiq/model';
import { parseJsonText } from '@heliosiq/model/json-text.ts';
import { jsonAttributeSet } from './attribute-set.ts';
import { isJsonObject, jsonObject, jsonText, sentList, sentObject } from './json-values.ts';
import type { JsonObject } from './json-values.ts';
import type { OriginItems } from './origins-from-wire.ts';

/** Lists, maps and `AnyValue`s within values go deeper than other JSON. */
const depthMax = 80;

/** What the lists of an export request are called. */
export interface OriginNames {
  readonly resources: string;
  readonly scopes: string;
  readonly items: string;
}

/**
 * Reads an export request of OTLP/JSON down to its items. Throws `invalid-json`, `too-deep`, `too-large`, or
 * `invalid-request` where it, or a list or an object in it that leads to the items, is something else.
 */
export function readJsonOrigins<Item>(
  body: Uint8Array,
  names: OriginNames,
  readItem: (item: JsonObject) => Item,
): OriginItems<Item>[] {
  const request = parseJsonText(body, { depthMax });
  if (!isJsonObject(request)) {
    throw new HeliosError('invalid-request', 'The body is not an export request of OTLP/JSON', {
      cure: `Send {"${names.resources}":[…]}`,
    });
  }
  return sentList(request[names.resources], names.resources).flatMap((entry) => {
    const group = sentObject(entry, names.resources);
    const resource = jsonAttributeSet(jsonObject(group['resource'])['attributes']);
    return sentList(group[names.scopes], names.scopes).map((scopeEntry) => {
      const scopeGroup = sentObject(scopeEntry, names.scopes);
      const scopeName = jsonText(jsonObject(scopeGroup['scope'])['name']);
      return {
        resource,
        scopeName,
        items: sentList(scopeGroup[names.items], names.items).map((item) => readItem(sentObject(item, names.items))),
      };
    });
  });
}
