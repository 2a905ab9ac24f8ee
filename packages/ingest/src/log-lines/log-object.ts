import { accepted, rejected } from '@heliosiq/model';
import type { Outcome } from '@heliosiq/model';
import { parseCsvTime } from '../csv-time.ts';
import { quoted } from '../record-fault.ts';
import type { RecordFault } from '../record-fault.ts';
import type { LogDraft } from './log-draft.ts';
import { levelOfField, levelOfLine } from './log-level.ts';
import type { LogLevel } from './log-level.ts';

/*
 * The names that loggers use: pino, winston, bunyan, zap, zerolog, logrus, slog, structlog, python-json-logger, Serilog,
 * Logstash (`@timestamp`), the Elastic Common Schema (`log.level`), GELF, Docker's json-file, Fluent Bit, OpenTelemetry.
 */
const timeNames = ['@timestamp', 'timestamp', 'time', 'ts', 'datetime', 'date', 't', 'at', '@t', 'observedTimestamp'];
const levelNames = [
  'level',
  'severity',
  'lvl',
  'loglevel',
  'log.level',
  'severityText',
  'severity_text',
  'severityNumber',
  'levelname',
  'levelno',
  'priority',
  '@l',
];
const bodyNames = [
  'message',
  'msg',
  'body',
  'log',
  'text',
  'short_message',
  '@m',
  '@mt',
  'event',
  'error.message',
  'err.message',
];
const traceNames = ['trace_id', 'traceId', 'traceID', 'trace.id', 'traceid', 'otelTraceID', 'dd.trace_id'];

/** What is the text even where it is an object. */
const wholeNames = new Set(['body', 'message', 'msg']);
const depthMax = 4;
const fieldsMax = 200;

/**
 * Reads a log object of any logger: its time, level, text and trace by the names that are usual for them, everything
 * else as labels, nested fields as `outer.inner`. An object without a text is its own text.
 */
export function readLogObject(record: unknown): Outcome<LogDraft, RecordFault> {
  if (typeof record === 'string') return accepted(draftOfLine(record));
  if (typeof record !== 'object' || record === null || Array.isArray(record)) {
    return rejected({
      reason: `a log is a JSON object or a text, not ${quoted(record)}`,
      cure: 'Send {"message":"…"}',
    });
  }
  const fields = new Map<string, unknown>();
  flatten(fields, record, '', 1);
  const time = take(fields, timeNames, (value) => typeof value === 'string' || typeof value === 'number');
  const at =
    time === undefined ? undefined : parseCsvTime(String(time.value), { column: '', unit: 'auto', zone: 'UTC' });
  if (typeof at === 'string') {
    const name = time?.name ?? '';
    return rejected({
      field: name,
      reason: `${name}: ${at}`,
      cure: 'Give ISO 8601, or seconds or milliseconds since 1970',
    });
  }
  const text = take(fields, bodyNames, (value) => value !== '' && value !== null && value !== undefined);
  const body = text === undefined ? JSON.stringify(record) : textOf(text.value);
  const level = takeLevel(fields) ?? levelOfLine(body);
  const trace = take(fields, traceNames, (value) => typeof value === 'string' && value !== '');
  const labels = new Map<string, string>();
  for (const [name, value] of fields) if (value !== null) labels.set(name, textOf(value));
  if (level !== undefined && !labels.has('level')) labels.set('level', level.word);
  return accepted({
    at,
    ...(typeof time?.value === 'string' ? { exactTime: time.value } : {}),
    body,
    severity: level?.severity ?? 'info',
    traceId: trace === undefined ? undefined : textOf(trace.value),
    labels,
  });
}

/** A line of text: nothing is known of it but what can be seen. */
export function draftOfLine(line: string, labels: ReadonlyMap<string, string> = new Map()): LogDraft {
  const level = levelOfLine(line);
  const named = level === undefined || labels.has('level') ? labels : new Map([...labels, ['level', level.word]]);
  return { body: line, severity: level?.severity ?? 'info', labels: named };
}

function flatten(fields: Map<string, unknown>, record: object, prefix: string, depth: number): void {
  for (const [key, value] of Object.entries(record)) {
    if (fields.size >= fieldsMax) return;
    const name = `${prefix}${key}`;
    const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value) && !wholeNames.has(name);
    if (isRecord && depth < depthMax) flatten(fields, value as object, `${name}.`, depth + 1); // seen to be one just now
    else if (value !== undefined) fields.set(name, value);
  }
}

/** The first of the names that has a usable value; it is no longer among the fields afterwards. */
function take(
  fields: Map<string, unknown>,
  names: readonly string[],
  isUsable: (value: unknown) => boolean,
): { readonly name: string; readonly value: unknown } | undefined {
  for (const name of names) {
    const value = fields.get(name);
    if (!fields.has(name) || !isUsable(value)) continue;
    fields.delete(name);
    return { name, value };
  }
  return undefined;
}

/** A field that is named like a level but is none stays a label. */
function takeLevel(fields: Map<string, unknown>): LogLevel | undefined {
  for (const name of levelNames) {
    const level = fields.has(name) ? levelOfField(name, fields.get(name)) : undefined;
    if (level === undefined) continue;
    fields.delete(name);
    return level;
  }
  return undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
