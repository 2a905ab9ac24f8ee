import type { SourceMessage } from '@heliosiq/ports';

/** Where one part of a sample is found in a message. */
export type FieldSource =
  | { readonly kind: 'path'; readonly steps: readonly string[] }
  | { readonly kind: 'constant'; readonly text: string }
  | { readonly kind: 'key' | 'topic' | 'value' | 'time' }
  | { readonly kind: 'header'; readonly name: string };

/**
 * Reads where a part comes from. `=words` are the same words for every message; `@key`, `@topic`, `@time`, `@header.NAME`
 * and `@value` (the whole message as text) stand for what surrounds the JSON; all else is a path into it, members and
 * array indexes parted by dots, e.g. `readings.0.celsius`. Undefined for what is none of these.
 */
export function parseFieldSource(text: string): FieldSource | undefined {
  if (text.startsWith('=')) return text.length > 1 ? { kind: 'constant', text: text.slice(1) } : undefined;
  if (text.startsWith('@header.')) {
    const name = text.slice('@header.'.length);
    return name === '' ? undefined : { kind: 'header', name };
  }
  switch (text) {
    case '@key':
    case '@topic':
    case '@value':
    case '@time':
      // The cast holds for the four words above.
      return { kind: text.slice(1) as 'key' | 'topic' | 'value' | 'time' };
    default:
  }
  if (text.startsWith('@')) return undefined;
  const steps = text.split('.');
  return steps.includes('') ? undefined : { kind: 'path', steps };
}

/** The part as it stands there; undefined where there is none. */
export function readField(source: FieldSource, message: SourceMessage, json: unknown): unknown {
  switch (source.kind) {
    case 'constant':
      return source.text;
    case 'key':
      return message.key === undefined ? undefined : Buffer.from(message.key).toString();
    case 'topic':
      return message.topic;
    case 'value':
      return Buffer.from(message.value).toString();
    case 'time':
      return message.at;
    case 'header':
      return message.headers[source.name];
    case 'path':
      return memberAt(json, source.steps);
  }
}

function memberAt(json: unknown, steps: readonly string[]): unknown {
  let at = json;
  for (const step of steps) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    // The cast holds: an object or an array that has the member.
    at = (at as Readonly<Record<string, unknown>>)[step];
  }
  return at;
}
