import { HeliosError } from '@heliosiq/model';

/** Says whether labels match. */
export type AlertMatcher = (labels: Readonly<Record<string, string>>) => boolean;

const matcherForm = /^\s*([^=~!{}"'\s]+)\s*(=~|!~|!=|=)\s*(.*?)\s*$/s;
const patternLengthMax = 500;

/**
 * A matcher of Alertmanager's filter language, e.g. `alertname="Down"` or `severity=~"page|critical"`. Of regular expressions
 * it knows literals, `.*`, `.+` and `|`, which are matched in linear time whatever the pattern. Throws `invalid-request` for others.
 */
export function parseMatcher(filter: string): AlertMatcher {
  const [, name, operator, quotedValue] = matcherForm.exec(filter) ?? [];
  if (name === undefined || operator === undefined || quotedValue === undefined || filter.length > patternLengthMax) {
    throw badMatcher(`bad matcher format: ${filter.slice(0, 100)}`);
  }
  const value = unquoted(quotedValue);
  const isWanted = operator === '=' || operator === '=~';
  const matches = operator === '=' || operator === '!=' ? (text: string) => text === value : patternOf(value);
  return (labels) => matches(labels[name] ?? '') === isWanted;
}

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value;
  try {
    const text: unknown = JSON.parse(value);
    if (typeof text === 'string') return text;
  } catch {
    // It begins like a text and is none: told below.
  }
  throw badMatcher(`bad matcher value: ${value.slice(0, 100)}`);
}

function patternOf(pattern: string): (text: string) => boolean {
  const body = /^\^?(?:\(\?:(.*)\)|(.*?))\$?$/s.exec(pattern);
  const alternatives = (body?.[1] ?? body?.[2] ?? pattern).split('|').map(piecesOf);
  return (text) => alternatives.some((pieces) => matchesPieces(pieces, text));
}

/** Literals with the wildcards between them. */
interface Piece {
  readonly literal: string;
  /** Characters that must stand before the literal; undefined when it follows at once. */
  readonly gapMin: number | undefined;
}

function piecesOf(pattern: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let literal = '';
  let gapMin: number | undefined;
  const token = /\.\*|\.\+|\\([^\w\s])|([^.*+?()[\]{}\\^$|])|(.)/gsu;
  for (const [all, escaped, plain] of pattern.matchAll(token)) {
    if (all === '.*' || all === '.+') {
      pieces.push({ literal, gapMin });
      literal = '';
      gapMin = all === '.+' ? 1 : 0;
      continue;
    }
    const character = escaped ?? plain;
    if (character === undefined) {
      throw badMatcher(`"${pattern.slice(0, 100)}": only literals, .*, .+ and | are known here`);
    }
    literal += character;
  }
  return [...pieces, { literal, gapMin }];
}

/** Takes the earliest place for each literal but the last, which has to stand at the end. */
function matchesPieces(pieces: readonly Piece[], text: string): boolean {
  let at = 0;
  for (const [index, { literal, gapMin }] of pieces.entries()) {
    const isLast = index === pieces.length - 1;
    if (gapMin === undefined) {
      if (!text.startsWith(literal)) return false;
      at = literal.length;
      if (isLast) return at === text.length;
      continue;
    }
    const from = at + gapMin;
    const found = isLast ? text.length - literal.length : text.indexOf(literal, from);
    if (found < from || !text.startsWith(literal, found)) return false;
    at = found + literal.length;
  }
  return true;
}

function badMatcher(message: string): HeliosError {
  return new HeliosError('invalid-request', message, { field: 'filter', cure: 'Send name="value" or name=~"value.*"' });
}
