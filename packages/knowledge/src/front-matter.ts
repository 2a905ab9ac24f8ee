/** The block of `key: value` lines between two `---` lines at the head of a document. */

/** What a front matter says, keys in lower case, and where the document proper begins in the text. */
export interface FrontMatter {
  readonly fields: ReadonlyMap<string, string | readonly string[]>;
  readonly bodyStart: number;
}

const BLOCK = /^---[ \t]*\n((?:.*\n)*?)---[ \t]*(?:\n|$)/;
const BLOCK_LENGTH_MAX = 8192;
const FIELDS_MAX = 64;
const ITEMS_MAX = 64;

/**
 * Reads the front matter at the head of canonical text; without one, no fields and `bodyStart` 0.
 *
 * Understood are the flat lines of YAML that people write there: `key: value`, `key: [a, b]`, a list of `- item` lines
 * under `key:`, quotes and `# comments`. Anything deeper is passed over; it never makes a document fail.
 */
export function readFrontMatter(text: string): FrontMatter {
  const match = BLOCK.exec(text.slice(0, BLOCK_LENGTH_MAX));
  const block = match?.[1];
  if (!match || block === undefined) return { fields: new Map(), bodyStart: 0 };
  const fields = new Map<string, string | readonly string[]>();
  let listKey: string | undefined;
  for (const line of block.split('\n')) {
    const item = /^[ \t]*-[ \t]+(.+)$/.exec(line)?.[1];
    if (item !== undefined && listKey !== undefined) {
      const items = fields.get(listKey);
      if (Array.isArray(items) && items.length < ITEMS_MAX) fields.set(listKey, [...items, scalar(item)]);
      continue;
    }
    const [, key, value] = /^([A-Za-z][\w-]*)[ \t]*:(?:[ \t]+(.*))?$/.exec(line) ?? [];
    if (key === undefined) continue;
    listKey = key.toLowerCase();
    if (fields.size < FIELDS_MAX) fields.set(listKey, readValue((value ?? '').trim()));
  }
  return { fields, bodyStart: match[0].length };
}

/** A field as one string; the first item of a list; `undefined` when absent or empty. */
export function frontMatterText(frontMatter: FrontMatter, key: string): string | undefined {
  const value = frontMatter.fields.get(key);
  const text = typeof value === 'string' ? value : value?.[0];
  return text === '' ? undefined : text;
}

/** A field as a list; a single string is split at commas. */
export function frontMatterList(frontMatter: FrontMatter, key: string): readonly string[] {
  const value = frontMatter.fields.get(key);
  const items = typeof value === 'string' ? value.split(',') : (value ?? []);
  return items.map((item) => item.trim()).filter((item) => item !== '');
}

function readValue(value: string): string | readonly string[] {
  const list = /^\[(.*)\](?:[ \t]+#.*)?$/.exec(value)?.[1];
  if (list !== undefined) return list.split(',', ITEMS_MAX).map(scalar);
  return value === '' ? [] : scalar(value);
}

function scalar(value: string): string {
  const trimmed = value.trim();
  const [, , quoted] = /^(["'])(.*?)\1(?:[ \t]+#.*)?$/.exec(trimmed) ?? [];
  return quoted ?? trimmed.replace(/(?:^|[ \t]+)#.*$/, '');
}
