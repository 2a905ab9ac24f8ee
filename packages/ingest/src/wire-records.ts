import type { Outcome } from '@heliosiq/model';
import { HeliosError, accepted, rejected } from '@heliosiq/model';
import { checkJsonLimits, decodeUtf8, invalidJson } from '@heliosiq/model/json-text.ts';
import type { JsonLimits } from '@heliosiq/model/json-text.ts';
import type { RecordFault } from './record-fault.ts';

/** Records as they stand in a body: parsed, not yet checked. A line of NDJSON that is broken is a fault of its own. */
export interface WireRecords {
  readonly items: Iterable<Outcome<unknown, RecordFault>>;
  /** False when no text in the body can hold U+0000 or a lone surrogate: valid UTF-8 needs a `\u` escape for them. */
  readonly mayHoldUnstorableText: boolean;
}

const lineFeed = 0x0a;
const escapeU = Buffer.from('\\u');

/**
 * Tells the records of a body apart. Throws `unsupported-media-type`, `invalid-json`, `too-deep` or `too-large`
 * when that cannot be done.
 */
export function readWireRecords(contentType: string, body: Buffer, recordsMax: number): WireRecords {
  const mediaType = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const mayHoldUnstorableText = body.includes(escapeU);
  if (mediaType === 'application/json') {
    return { items: readJsonArray(body, recordsMax), mayHoldUnstorableText };
  }
  if (mediaType === 'application/x-ndjson' || mediaType === 'application/jsonl') {
    return { items: readLines(body, recordsMax), mayHoldUnstorableText };
  }
  throw new HeliosError('unsupported-media-type', `Signals cannot be read from "${mediaType}"`, {
    field: 'content-type',
    cure: 'Send application/json (an array) or application/x-ndjson (one signal a line)',
  });
}

function readJsonArray(body: Buffer, recordsMax: number): readonly Outcome<unknown, RecordFault>[] {
  const parsed = parse(body, { itemsMax: recordsMax });
  const records: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  return records.map((record) => accepted(record));
}

function* readLines(body: Buffer, recordsMax: number): Iterable<Outcome<unknown, RecordFault>> {
  let lineNumber = 0;
  let records = 0;
  for (let start = 0; start < body.length;) {
    const feed = body.indexOf(lineFeed, start);
    const end = feed === -1 ? body.length : feed;
    const line = body.subarray(start, end);
    lineNumber++;
    start = end + 1;
    if (isBlank(line)) continue;
    records++;
    if (records > recordsMax) throw tooManyRecords(recordsMax);
    yield readLine(line, lineNumber);
  }
}

function readLine(line: Buffer, lineNumber: number): Outcome<unknown, RecordFault> {
  try {
    return accepted(parse(line, {}));
  } catch (error) {
    if (!(error instanceof HeliosError)) throw error;
    return rejected({
      field: `line ${lineNumber}`,
      reason: `line ${lineNumber} of the body is not usable JSON: ${error.message.replace('Line 1, c', 'c')}`,
      ...(error.cure === undefined ? {} : { cure: error.cure }),
    });
  }
}

/**
 * `JSON.parse` within limits. Bare `NaN` and `Infinity`, which many writers emit though JSON has no such words, are
 * read as texts, so that one bad number costs one record and not the batch.
 */
function parse(bytes: Uint8Array, limits: JsonLimits): unknown {
  checkJsonLimits(bytes, limits);
  const text = decodeUtf8(bytes);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const mended = withNonFiniteAsText(text);
    if (mended === undefined) throw invalidJson(text, cause);
    try {
      return JSON.parse(mended);
    } catch (stillBroken) {
      throw invalidJson(mended, stillBroken);
    }
  }
}

/** Puts bare non-finite numbers in quotes; undefined when there are none. */
function withNonFiniteAsText(text: string): string | undefined {
  const word = /-?(?:NaN|Infinity)/g;
  let mended = '';
  let copied = 0;
  let insideString = false;
  let scanned = 0;
  for (let found = word.exec(text); found !== null; found = word.exec(text)) {
    for (; scanned < found.index; scanned++) {
      const code = text.charCodeAt(scanned);
      if (code === 0x22) insideString = !insideString;
      else if (code === 0x5c) scanned++;
    }
    if (insideString) continue;
    mended += `${text.slice(copied, found.index)}"${found[0]}"`;
    copied = word.lastIndex;
    scanned = copied;
  }
  return copied === 0 ? undefined : mended + text.slice(copied);
}

function isBlank(line: Buffer): boolean {
  for (const byte of line) {
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d) return false;
  }
  return true;
}

function tooManyRecords(recordsMax: number): HeliosError {
  return new HeliosError('too-large', `The batch has more than ${recordsMax} records`, {
    cure: `Send at most ${recordsMax} records in one request`,
  });
}
