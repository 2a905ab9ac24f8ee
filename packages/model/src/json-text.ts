import { HeliosError } from './errors.ts';
import { jsonFaultOf } from './json-fault.ts';

/** What untrusted JSON may be made of. The limits are checked on the bytes, before anything is built from them. */
export interface JsonLimits {
  /** Levels of nesting. Default 32. */
  readonly depthMax?: number;
  /** Values of any kind, so that a small body cannot become a large heap. Default 2,000,000. */
  readonly valuesMax?: number;
  /** Elements of the outermost array. Default: no limit of its own. */
  readonly itemsMax?: number;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBracket = 0x5b;
const openBrace = 0x7b;
const closeBracket = 0x5d;
const closeBrace = 0x7d;

/**
 * Checks the limits in one pass over UTF-8 bytes, without recursion and without allocating.
 * Throws `too-deep` or `too-large`; says nothing about whether the JSON is well formed.
 */
export function checkJsonLimits(bytes: Uint8Array, limits: JsonLimits = {}): void {
  const { depthMax = 32, valuesMax = 2_000_000, itemsMax = Number.POSITIVE_INFINITY } = limits;
  let depth = 0;
  let values = 1;
  let items = 1;
  let insideString = false;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index];
    if (insideString) {
      if (byte === quote) insideString = false;
      else if (byte === backslash) index++;
    } else if (byte === quote) {
      insideString = true;
    } else if (byte === comma) {
      values++;
      if (depth === 1) items++;
      if (items > itemsMax)
        throw tooLarge(`The array has more than ${itemsMax} elements`, `at most ${itemsMax} elements`);
    } else if (byte === openBracket || byte === openBrace) {
      values++;
      depth++;
      if (depth > depthMax) {
        throw new HeliosError('too-deep', `The JSON is nested more than ${depthMax} levels deep at byte ${index}`, {
          cure: `Send at most ${depthMax} levels`,
        });
      }
    } else if (byte === closeBracket || byte === closeBrace) {
      depth--;
    }
    if (values > valuesMax) throw tooLarge(`The JSON has more than ${valuesMax} values`, 'smaller bodies');
  }
}

/**
 * Parses untrusted UTF-8 JSON within limits. Throws `too-deep`, `too-large`, or `invalid-json` with line and column.
 * A key `__proto__` becomes an ordinary own property (ECMA-262 `JSON.parse`).
 */
export function parseJsonText(bytes: Uint8Array, limits: JsonLimits = {}): unknown {
  checkJsonLimits(bytes, limits);
  const text = decodeUtf8(bytes);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalidJson(text, cause);
  }
}

/** UTF-8 to text without a byte order mark; throws `invalid-json` for other encodings. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new HeliosError('invalid-json', 'The body is not UTF-8', { cause, cure: 'Send UTF-8 (RFC 8259)' });
  }
}

/** The error for a text that `JSON.parse` refused. */
export function invalidJson(text: string, cause: unknown): HeliosError {
  const { line, column, reason } = jsonFaultOf(text);
  return new HeliosError('invalid-json', `Line ${line}, column ${column}: ${reason}`, {
    cause,
    field: `line ${line}, column ${column}`,
    cure: 'Send well-formed JSON (RFC 8259)',
  });
}

function tooLarge(message: string, what: string): HeliosError {
  return new HeliosError('too-large', message, { cure: `Send ${what} in one request` });
}
