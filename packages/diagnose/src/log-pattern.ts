/** What lines of one kind have in common. */
export interface LogPattern {
  readonly text: string;
  /** The line itself says that something went wrong. */
  readonly isTrouble: boolean;
}

const TEXT_MAX = 200;
/** Where in the code a line was written: `OrderService#42`, `server.py:89`, `(Order.java:17)`; tells statements apart for sure. */
const CODE_PLACE = /[\w.$/[\]-]+(?:#|\.(?:java|py|js|ts|go|rb|cs|cpp|rs|kt|scala|php):)\d+/;
const TROUBLE = /\b(fatal|critical|error|severe|exception|panic|traceback)\b/i;
const HARMLESS = /\b(info|debug|trace|notice|warn|warning)\b/i;
const HEAD_WORDS = 6;

/** Values that differ from request to request, the longest kinds first. */
const VALUES: readonly (readonly [RegExp, string])[] = [
  [/\b(?:trace|span)_?id\s*[:=]?\s*[0-9a-f]{8,}/gi, ''],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, '<id>'],
  [/\b[0-9a-f]{16,}\b/gi, '<id>'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, '<address>'],
  [/\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?)?Z?\b/g, '<time>'],
  [/\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b/g, '<time>'],
  [/"[^"]*"/g, '<text>'],
  [/0x[0-9a-f]+/gi, '<n>'],
  [/\d+(?:[.,]\d+)*/g, '<n>'],
];

function masked(text: string): string {
  return VALUES.reduce((words, [value, name]) => words.replaceAll(value, name), text)
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/**
 * The kind of a log line: of a line that names its place in the code, the place, and for a line of trouble its words too;
 * else its words with all values masked. `isError` is what the sender says of its level, where it says something.
 */
export function logPattern(body: string, isError?: boolean): LogPattern {
  const head = body.split(/\s+/, HEAD_WORDS).join(' ');
  const isTrouble = isError ?? (TROUBLE.test(head) || (!HARMLESS.test(head) && TROUBLE.test(body)));
  const place = CODE_PLACE.exec(body.slice(0, TEXT_MAX))?.[0];
  if (place === undefined) return { text: masked(body).slice(0, TEXT_MAX), isTrouble };
  const words = isTrouble ? ` ${masked(body.slice(body.indexOf(place) + place.length)).slice(0, TEXT_MAX)}` : '';
  return { text: `${place}${words}`, isTrouble };
}

/** Assets that a text names, besides the one that wrote it; names shorter than four letters are taken for words. */
export function mentionsIn(body: string, assets: readonly string[], writer: string): string[] {
  return assets.filter((asset) => asset !== writer && asset.length > 3 && body.includes(asset));
}
