import { HeliosError, accepted, rejected } from '@heliosiq/model';
import type { Outcome } from '@heliosiq/model';
import type { SourceMessage } from '@heliosiq/ports';
import { parseCsvTime } from '../csv-time.ts';
import type { RecordFault } from '../record-fault.ts';
import { quoted } from '../record-fault.ts';
import { readWireRecords } from '../wire-records.ts';
import { parseFieldSource, readField } from './field-source.ts';
import type { FieldSource } from './field-source.ts';
import type { FieldMapping, MessageMapping } from './kafka-source-settings.ts';

/** Records of one message at most. */
export const messageRecordsMax = 10_000;

/** One record of a message, as the JSON door would be given it, or why it is none. */
export type MessageRecord = Outcome<unknown, RecordFault>;

/** Takes a message apart. A message that cannot be read at all is a fault of its own. */
export type MessageReader = (message: SourceMessage) => Outcome<readonly MessageRecord[], RecordFault>;

/** The reader of a mapping. */
export function messageReader(mapping: MessageMapping): MessageReader {
  const recordsOf = mapping === 'signals' ? wireRecords : fieldRecords(mapping);
  return (message) => {
    try {
      return accepted(recordsOf(message));
    } catch (error) {
      if (!(error instanceof HeliosError)) throw error;
      return rejected({ reason: error.message, ...(error.cure === undefined ? {} : { cure: error.cure }) });
    }
  };
}

function jsonOf(message: SourceMessage): readonly Outcome<unknown, RecordFault>[] {
  const { buffer, byteOffset, byteLength } = message.value;
  const body = Buffer.from(buffer, byteOffset, byteLength);
  return [...readWireRecords('application/json', body, messageRecordsMax).items];
}

/** A signal without a time has that of its message. */
function wireRecords(message: SourceMessage): readonly MessageRecord[] {
  return jsonOf(message).map((item) => {
    if (!item.ok || typeof item.value !== 'object' || item.value === null || 'at' in item.value) return item;
    return accepted({ ...item.value, at: message.at });
  });
}

function fieldRecords(mapping: FieldMapping): (message: SourceMessage) => readonly MessageRecord[] {
  const asset = sourceOf(mapping.asset);
  const metric = sourceOf(mapping.metric);
  const value = sourceOf(mapping.value);
  const at = sourceOf(mapping.at);
  const unit = mapping.unit === undefined ? undefined : sourceOf(mapping.unit);
  const labels = Object.entries(mapping.labels).map(([name, text]) => ({ name, source: sourceOf(text) }));
  const parts = [asset, metric, value, at, unit, ...labels.map(({ source }) => source)];
  const needsJson = parts.some((part) => part?.kind === 'path');

  function recordOf(message: SourceMessage, json: unknown): MessageRecord {
    const number = numberOf(readField(value, message, json));
    if (number === undefined) {
      const seen = readField(value, message, json);
      const what = seen === undefined ? 'it is missing' : `${quoted(seen)} is not a finite number`;
      return rejected({ field: 'value', reason: `value, from ${mapping.value}: ${what}` });
    }
    const time = timeOf(readField(at, message, json));
    if (typeof time === 'string') return rejected({ field: 'at', reason: `at, from ${mapping.at}: ${time}` });
    const unitText = unit === undefined ? undefined : textOf(readField(unit, message, json));
    const pairs = labels.flatMap(({ name, source }) => {
      const text = textOf(readField(source, message, json));
      return text === undefined || text === '' ? [] : [[name, text] as const];
    });
    return accepted({
      kind: 'sample',
      asset: textOf(readField(asset, message, json)),
      metric: textOf(readField(metric, message, json)),
      labels: Object.fromEntries(pairs),
      ...(unitText === undefined ? {} : { unit: unitText }),
      at: time,
      value: number,
    });
  }

  return (message) => {
    if (!needsJson) return [recordOf(message, undefined)];
    return jsonOf(message).map((item) => (item.ok ? recordOf(message, item.value) : item));
  };
}

/** The settings' schema has let pass what has a source alone. */
function sourceOf(text: string): FieldSource {
  const source = parseFieldSource(text);
  if (source !== undefined) return source;
  throw new HeliosError('config-invalid', `"${text}" does not say where in a message to look`);
}

/** A number, or a text that is one. */
function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** Milliseconds since 1970, or why there are none. */
function timeOf(value: unknown): number | string {
  if (typeof value === 'number' || typeof value === 'string')
    return parseCsvTime(String(value), { column: 'at', unit: 'auto' });
  return value === undefined ? 'it is missing' : `${quoted(value)} is not a time`;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
