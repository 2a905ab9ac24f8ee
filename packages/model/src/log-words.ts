/** What a parameter of a log line is, where its form tells; `any` where lines differ. */
export type ParameterKind =
  | 'address'
  | 'any'
  | 'date'
  | 'duration'
  | 'host'
  | 'id'
  | 'name'
  | 'number'
  | 'path'
  | 'size'
  | 'url'
  | 'word';

/** A word of a line's skeleton: a constant, or a parameter of some kind. */
export interface LogWord {
  /** The constant word; of a parameter its text in the line. */
  readonly text: string;
  /** Undefined for constants. */
  readonly kind?: ParameterKind;
  /** Where it begins in the line, and where it ends (exclusive), in UTF-16 code units. */
  readonly from: number;
  readonly to: number;
}

/** A parameter of a line, by its place in it. */
export interface LogParameter {
  readonly from: number;
  readonly to: number;
  readonly kind: ParameterKind;
}

const month = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*';
const weekday = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*';
const clock = '\\d{1,2}:\\d\\d(?::\\d\\d(?:[.,]\\d+)?)?';
const durationUnit =
  'ns|us|µs|ms|msecs?|s|secs?|seconds?|min|mins|minutes?|hours?|hrs?|days?|milliseconds?|microseconds?';
const sizeUnit = '[kKMGTP]i?[bB]|[bB]|bytes?';

/**
 * Parameters that hold spaces or separators, found before a line is parted into words; one expression, so that a line is read once.
 * The order of the alternatives decides where several begin at one place.
 */
const longParameters = new RegExp(
  [
    `(?<url>\\b[a-zA-Z][a-zA-Z0-9+.-]{0,20}://[^\\s"'<>)\\]]+)`,
    `(?<date>\\b\\d{4}-\\d\\d-\\d\\d[T ]${clock}(?:Z|[+-]\\d\\d:?\\d\\d)?|(?:\\b${weekday},? )?\\b(?:${month} +\\d{1,2}|\\d{1,2} ${month})\\b,?(?: +\\d{4}\\b)?(?: +${clock})?(?: +[A-Z]{3,4}\\b)?(?: +\\d{4}\\b)?)`,
    '(?<address>\\b(?:[0-9A-Fa-f]{2}[:-]){3,}[0-9A-Fa-f]{2}\\b|(?<![\\w.])\\d{1,3}(?:\\.\\d{1,3}){3}(?::\\d{1,5})?(?![\\w.]))',
    '(?<host>(?<![\\w.-])[\\w-]+(?:\\.[\\w-]+)*\\.[a-z]{2,6}:\\d{2,5}\\b)',
    `(?<duration>(?<![\\w.-])[-+]?\\d[\\d.,:]*\\s?(?:${durationUnit})(?!\\w))`,
    `(?<size>(?<![\\w.-])[-+]?\\d[\\d.,]*\\s?(?:${sizeUnit})(?!\\w))`,
    `(?<path>(?<=^|[\\s"'=([{,:<@])(?:\\.{0,2}|~)/[^\\s"'()<>[\\]{},;]*|\\b[A-Za-z]:\\\\[^\\s"'()<>[\\]{},;]*)`,
  ].join('|'),
  'g',
);

/** What parts words; a run of dots and the full stop at a word's end do as well. */
const separators = /([\s:,;()[\]{}"'<>|=]+|\.{2,}|\.(?=\s|$))/;

const hexadecimal = /^(?:0x)?[0-9a-fA-F]{8,}$/;
const plainNumber = /^[-+#]?\d[\d.,_]*%?$/;
const slashed = /\w\/\w*[./]/;
/** Names in three or more parts, e.g. of classes and hosts: `java.util.List`, `db.example.org`. */
const qualifiedName = /^[A-Za-z][\w$-]*(?:\.[\w$-]+){2,}$/;
const hostOrFile = /^[a-z][\w-]*\.[a-z]{2,4}$/;

/** Longer lines are read up to here: a dump's first lines tell what it is. */
const lineLengthMax = 4000;
const wordsMax = 250;

/**
 * Parts a log line into the words of its skeleton. Neighbouring parameters become one, so that lists of any length are alike;
 * brackets and other separators are left out, and a key before `=` keeps the sign.
 */
export function logWordsOf(line: string): readonly LogWord[] {
  const text = line.length > lineLengthMax ? line.slice(0, lineLengthMax) : line;
  const words: LogWord[] = [];
  let from = 0;
  for (const match of text.matchAll(longParameters)) {
    addShort(words, text.slice(from, match.index), from);
    from = match.index + match[0].length;
    addParameter(words, { text: match[0], kind: kindOfMatch(match.groups ?? {}), from: match.index, to: from });
  }
  addShort(words, text.slice(from), from);
  return words.length > wordsMax ? words.slice(0, wordsMax) : words;
}

/** The parameters of a line that are told by their form; neighbours are one. */
export function logParametersOf(line: string): readonly LogParameter[] {
  return logWordsOf(line).flatMap(({ from, to, kind }) => (kind === undefined ? [] : [{ from, to, kind }]));
}

/** The groups' names are the kinds; exactly one of them has matched. */
function kindOfMatch(groups: Readonly<Record<string, string | undefined>>): ParameterKind {
  for (const kind of ['url', 'date', 'address', 'host', 'duration', 'size'] as const) {
    if (groups[kind] !== undefined) return kind;
  }
  return 'path';
}

function addShort(words: LogWord[], text: string, offset: number): void {
  const parts = text.split(separators);
  let from = offset;
  for (let index = 0; index < parts.length; index += 2) {
    const part = parts[index] ?? '';
    const separator = parts[index + 1] ?? '';
    const to = from + part.length;
    if (part !== '') {
      const kind = kindOfWord(part);
      if (kind !== undefined) addParameter(words, { text: part, kind, from, to });
      else words.push({ text: separator.startsWith('=') ? `${part}=` : part, from, to });
    }
    from = to + separator.length;
  }
}

function kindOfWord(word: string): ParameterKind | undefined {
  if (/\d/.test(word)) return plainNumber.test(word) ? 'number' : 'id';
  if (hexadecimal.test(word)) return 'id';
  if (slashed.test(word)) return 'path';
  if (qualifiedName.test(word)) return 'name';
  if (hostOrFile.test(word)) return 'name';
  return word === 'null' ? 'word' : undefined;
}

/** Adds a parameter, as part of the one before it where that is one too. */
function addParameter(words: LogWord[], parameter: LogWord & LogParameter): void {
  const last = words.at(-1);
  if (last?.kind === undefined) {
    words.push(parameter);
    return;
  }
  words[words.length - 1] = {
    text: `${last.text} ${parameter.text}`,
    kind: last.kind === parameter.kind ? last.kind : 'any',
    from: last.from,
    to: parameter.to,
  };
}
