import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RequestLog, RequestRecording, RequestSpan } from '../request-steps.ts';
import { csvRows } from '../csv-text.ts';
import { failFile, readJsonLines, readText } from './board-files.ts';

/** One fault to find: everything but its answer. */
export interface TrainTicketCase {
  /** `2023-01-30/12_06` */
  readonly name: string;
  readonly day: string;
  readonly noticedAtMs: number;
  /** Minutes of its logs and traces: `12_06`. */
  readonly minutes: readonly string[];
}

/** One metric of one service's pod. */
export interface PodSeries {
  readonly service: string;
  readonly metric: string;
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
}

/** A Kubernetes pod's name ends in the hash of its template and its own five letters. */
export function serviceOfPod(pod: string): string {
  return pod.replace(/-[0-9a-f]{6,10}-[a-z0-9]{5}$/, '');
}

function fieldsOf(value: unknown): Record<string, unknown> {
  // The entries are checked one by one where they are used.
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** Reads `cases.jsonl`. */
export function readTrainTicketCases(dataDir: string): TrainTicketCase[] {
  const file = join(dataDir, 'cases.jsonl');
  return readJsonLines(file).map((line, index) => {
    const { case: name, noticed_at: noticedAt, minutes } = fieldsOf(line);
    if (typeof name !== 'string' || typeof noticedAt !== 'number' || !Array.isArray(minutes))
      return failFile(file, `line ${index + 1} has no case, noticed_at and minutes`);
    return { name, day: name.slice(0, name.indexOf('/')), noticedAtMs: noticedAt * 1000, minutes: minutes.map(String) };
  });
}

/** Reads the true services and the kinds of their faults from `labels.jsonl`; to be called only after all rankings are final. */
export function readTrainTicketTruths(dataDir: string): Map<string, { service: string; kind: string }> {
  const file = join(dataDir, 'labels.jsonl');
  return new Map(
    readJsonLines(file).map((line, index) => {
      const { case: name, service, kind } = fieldsOf(line);
      if (typeof name !== 'string' || typeof service !== 'string')
        return failFile(file, `line ${index + 1} has no case and service`);
      return [name, { service, kind: typeof kind === 'string' ? kind : '' }] as const;
    }),
  );
}

/** Rows of a file by the names in its first line. */
function table(file: string, names: readonly string[]): { row: readonly string[]; at: readonly number[] }[] {
  const [head = [], ...rows] = csvRows(readText(file));
  const at = names.map((name) => head.indexOf(name));
  const missing = names[at.indexOf(-1)];
  if (missing !== undefined) failFile(file, `has no column ${missing}`);
  return rows.map((row) => ({ row, at }));
}

const NANOSECONDS_PER_MS = 1e6;

function readSpans(file: string): RequestSpan[] {
  const names = ['TraceID', 'SpanID', 'ParentID', 'PodName', 'OperationName', 'StartTimeUnixNano', 'EndTimeUnixNano'];
  return table(file, names).map(({ row, at }) => {
    const [traceId = '', spanId = '', parentId = '', pod = '', operation = '', start = '', end = ''] = at.map(
      (index) => row[index] ?? '',
    );
    const [startMs, endMs] = [Number(start) / NANOSECONDS_PER_MS, Number(end) / NANOSECONDS_PER_MS];
    if (!Number.isFinite(startMs + endMs)) failFile(file, `span ${spanId} has no times`);
    return { traceId, spanId, parentId, asset: serviceOfPod(pod), operation, startMs, endMs };
  });
}

/** The line inside a container's JSON envelope; the text itself where it is none. */
function bodyOf(text: string): string {
  try {
    const { log } = fieldsOf(JSON.parse(text));
    return typeof log === 'string' ? log : text;
  } catch {
    return text;
  }
}

function readLogs(file: string): RequestLog[] {
  return table(file, ['TraceID', 'SpanID', 'PodName', 'Log']).map(({ row, at }) => {
    const [traceId = '', spanId = '', pod = '', log = ''] = at.map((index) => row[index] ?? '');
    return { traceId, spanId, asset: serviceOfPod(pod), body: bodyOf(log) };
  });
}

/** Logs and traces of some minutes in a folder such as `faults/2023-01-30`. */
export function readRequests(folder: string, minutes: readonly string[]): RequestRecording {
  return {
    spans: minutes.flatMap((minute) => readSpans(join(folder, 'trace', `${minute}_trace.csv`))),
    logs: minutes.flatMap((minute) => readLogs(join(folder, 'log', `${minute}_log.csv`))),
  };
}

/** All minutes recorded in a folder. */
export function listMinutes(folder: string): string[] {
  const traces = join(folder, 'trace');
  if (!existsSync(traces)) failFile(traces, 'is missing');
  return readdirSync(traces)
    .flatMap((name) => (name.endsWith('_trace.csv') ? [name.slice(0, -'_trace.csv'.length)] : []))
    .sort();
}

/** Columns that say nothing of the pod: clocks, names, and those of the machine below, which many pods share. */
const NO_METRIC = /^(Time|TimeStamp|PodName|ServiceName)$|^Node/;

/** Metrics of the pods of a day. */
export function readPodSeries(folder: string): PodSeries[] {
  const metricFolder = join(folder, 'metric');
  if (!existsSync(metricFolder)) failFile(metricFolder, 'is missing');
  return readdirSync(metricFolder)
    .filter((name) => name.endsWith('_metric.csv'))
    .sort()
    .flatMap((name) => {
      const file = join(metricFolder, name);
      const [head = [], ...rows] = csvRows(readText(file));
      const [clock, pod] = [head.indexOf('TimeStamp'), head.indexOf('PodName')];
      if (clock < 0 || pod < 0) failFile(file, 'has no columns TimeStamp and PodName');
      const timesMs = Float64Array.from(rows, (row) => Number(row[clock]) * 1000);
      if (timesMs.some((atMs) => !Number.isFinite(atMs))) failFile(file, 'has a row without a time');
      const service = serviceOfPod(rows[0]?.[pod] ?? '');
      return head.flatMap((metric, index): PodSeries[] => {
        if (NO_METRIC.test(metric)) return [];
        return [
          {
            service,
            metric,
            timesMs,
            values: Float64Array.from(rows, (row) => Number(row[index] === '' ? Number.NaN : row[index])),
          },
        ];
      });
    });
}
