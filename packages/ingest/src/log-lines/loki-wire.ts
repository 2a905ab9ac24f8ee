import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { HeliosError } from '@heliosiq/model';
import { readLokiLabels } from './loki-labels.ts';

/** A line of a stream. */
export interface LokiEntry {
  /** Nanoseconds since the epoch, as digits. */
  readonly ns: string;
  readonly line: string;
  /** Structured metadata. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** Lines with the same labels. */
export interface LokiStream {
  readonly labels: ReadonlyMap<string, string>;
  readonly entries: readonly LokiEntry[];
}

/**
 * Reads Loki's `PushRequest` (https://github.com/grafana/loki/blob/main/pkg/push/push.proto). Throws `invalid-request`,
 * or `too-large` for more than `entriesMax` lines.
 */
export function readLokiPush(bytes: Uint8Array, entriesMax: number): readonly LokiStream[] {
  try {
    const streams: LokiStream[] = [];
    let entries = 0;
    readFields(bytes, (reader, field) => {
      if (field !== 1) return false;
      const stream = readStream(reader.bytes(), entriesMax - entries);
      entries += stream.entries.length;
      streams.push(stream);
      return true;
    });
    return streams;
  } catch (cause) {
    if (cause instanceof HeliosError) throw cause;
    throw new HeliosError('invalid-request', 'The body is not a push request of Loki', {
      cause,
      cure: 'Send snappy-compressed protobuf as application/x-protobuf, or JSON as application/json',
    });
  }
}

/** Calls `take` for each field of a message; a field that is not taken is skipped. */
function readFields(bytes: Uint8Array, take: (reader: BinaryReader, field: number, type: WireType) => boolean): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (!take(reader, field, type)) reader.skip(type, field);
  }
}

function readStream(bytes: Uint8Array, entriesMax: number): LokiStream {
  let labels: ReadonlyMap<string, string> = new Map();
  const entries: LokiEntry[] = [];
  readFields(bytes, (reader, field, type) => {
    if (type !== WireType.LengthDelimited || field > 2) return false;
    if (field === 1) labels = readLokiLabels(reader.string());
    else entries.push(readEntry(reader.bytes()));
    if (entries.length > entriesMax) throw tooManyLines();
    return true;
  });
  return { labels, entries };
}

function readEntry(bytes: Uint8Array): LokiEntry {
  let ns = 0n;
  let line = '';
  const metadata = new Map<string, string>();
  readFields(bytes, (reader, field, type) => {
    if (type !== WireType.LengthDelimited || field > 3) return false;
    if (field === 1) ns = readTime(reader.bytes());
    else if (field === 2) line = Buffer.from(reader.bytes()).toString();
    else metadata.set(...readPair(reader.bytes()));
    return true;
  });
  return { ns: String(ns), line, metadata };
}

function readTime(bytes: Uint8Array): bigint {
  let seconds = 0n;
  let nanoseconds = 0n;
  readFields(bytes, (reader, field, type) => {
    if (type !== WireType.Varint || field > 2) return false;
    if (field === 1) seconds = BigInt(reader.int64());
    else nanoseconds = BigInt(reader.int32());
    return true;
  });
  return seconds * 1_000_000_000n + nanoseconds;
}

function readPair(bytes: Uint8Array): [string, string] {
  const pair: [string, string] = ['', ''];
  readFields(bytes, (reader, field, type) => {
    if (type !== WireType.LengthDelimited || field > 2) return false;
    pair[field === 1 ? 0 : 1] = Buffer.from(reader.bytes()).toString();
    return true;
  });
  return pair;
}

/** The fault of a request with too many lines. */
export function tooManyLines(): HeliosError {
  return new HeliosError('too-large', 'The request has too many lines', { cure: 'Send smaller batches' });
}
