/** The one form of a document's text that is stored, hashed, cut into passages and quoted. */

import { accepted, rejected, type Outcome } from '@heliosiq/model';
import { sha256Hex } from '@heliosiq/model/content-id.ts';

/** A document's text as stored. Spans are counted in UTF-16 code units of `text`; `sha256` is that of its UTF-8 bytes. */
export interface CanonicalText {
  readonly text: string;
  readonly sha256: string;
}

/** Why a text is refused: the code of `errorTable` that fits, and a sentence for the person who sent it. */
export interface TextRefusal {
  readonly code: 'too-large' | 'invalid-request';
  readonly message: string;
}

/** The longest document taken, in UTF-16 code units: a manual of about five hundred pages. */
export const DOCUMENT_LENGTH_MAX = 2_000_000;

/** What UTF-8 needs at most for one UTF-16 code unit. */
const BYTES_PER_UNIT_MAX = 3;

/**
 * Brings text to line feeds and Unicode NFC, without a byte order mark, with `U+FFFD` for what is not Unicode.
 *
 * Doing it twice changes nothing. Refused with a reason: too large, empty, or binary content (a NUL, or bytes that are not UTF-8).
 */
export function canonicaliseText(
  input: string | Uint8Array,
  lengthMax = DOCUMENT_LENGTH_MAX,
): Outcome<CanonicalText, TextRefusal> {
  const lengthAllowed = typeof input === 'string' ? lengthMax : lengthMax * BYTES_PER_UNIT_MAX;
  if (input.length > lengthAllowed) return tooLong(lengthMax);
  const decoded = typeof input === 'string' ? accepted(input) : decodeUtf8(input);
  if (!decoded.ok) return decoded;
  if (decoded.value.includes('\0')) return refused('the document contains a NUL character: it is not text');
  const text = decoded.value
    .toWellFormed()
    .replace(/^\uFEFF+/, '')
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .normalize('NFC');
  if (text.length > lengthMax) return tooLong(lengthMax);
  if (text.trim() === '') return refused('the document has no text');
  return accepted({ text, sha256: sha256Hex(text) });
}

function decodeUtf8(bytes: Uint8Array): Outcome<string, TextRefusal> {
  try {
    return accepted(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return refused('the document is not UTF-8 text; convert it to UTF-8 first');
  }
}

function refused(message: string): Outcome<never, TextRefusal> {
  return rejected({ code: 'invalid-request', message });
}

function tooLong(lengthMax: number): Outcome<never, TextRefusal> {
  return rejected({ code: 'too-large', message: `the document is longer than ${lengthMax} characters; split it` });
}
