import { z } from 'zod';
import { AssetId, SeriesId } from './ids.ts';
import { Severity } from './severity.ts';

/** Milliseconds since 1970-01-01T00:00:00Z. */
export const Timestamp = z.number().int();
export type Timestamp = z.infer<typeof Timestamp>;

/** Label names and values: at most 64 labels, a name of 128 and a value of 1,024 characters. */
export const Labels = z
  .record(z.string().min(1).max(128), z.string().max(1024))
  .refine((labels) => Object.keys(labels).length <= 64, 'at most 64 labels');
export type Labels = z.infer<typeof Labels>;

/** A metric's name, e.g. `latency` or `http_requests_total`. */
export const MetricName = z.string().trim().min(1, 'name the metric').max(300, 'at most 300 characters');

/** One number at one moment. `unit` is a UCUM or OpenTelemetry unit such as `s`, `By`, `1`, `Cel`. */
export const Sample = z.strictObject({
  kind: z.literal('sample'),
  asset: AssetId,
  metric: MetricName,
  labels: Labels.default({}),
  unit: z.string().max(32).optional(),
  at: Timestamp,
  value: z.number(),
});
export type Sample = z.infer<typeof Sample>;

/** Something happened: a restart, a door opened, a job ended. */
export const Event = z.strictObject({
  kind: z.literal('event'),
  id: z.string().min(1).max(200),
  asset: AssetId,
  at: Timestamp,
  title: z.string().min(1).max(1000),
  severity: Severity.default('info'),
  labels: Labels.default({}),
});
export type Event = z.infer<typeof Event>;

/** One log line. */
export const Log = z.strictObject({
  kind: z.literal('log'),
  id: z.string().min(1).max(200),
  asset: AssetId,
  at: Timestamp,
  body: z.string().max(65_536),
  severity: Severity.default('info'),
  traceId: z.string().max(64).optional(),
  labels: Labels.default({}),
});
export type Log = z.infer<typeof Log>;

/** What kind of change was made. */
export const ChangeKind = z.enum(['deploy', 'config', 'flag', 'scale', 'maintenance', 'other']);
export type ChangeKind = z.infer<typeof ChangeKind>;

/** Somebody or something changed an asset. */
export const Change = z.strictObject({
  kind: z.literal('change'),
  id: z.string().min(1).max(200),
  asset: AssetId,
  at: Timestamp,
  change: ChangeKind,
  title: z.string().min(1).max(1000),
  actor: z.string().max(200).optional(),
  labels: Labels.default({}),
});
export type Change = z.infer<typeof Change>;

/** An alert of another system; a re-send keeps its `fingerprint`. */
export const Alert = z.strictObject({
  kind: z.literal('alert'),
  id: z.string().min(1).max(200),
  asset: AssetId,
  at: Timestamp,
  fingerprint: z.string().min(1).max(200),
  status: z.enum(['firing', 'resolved']),
  title: z.string().min(1).max(1000),
  severity: Severity.default('medium'),
  labels: Labels.default({}),
  /** When this firing began; a later firing of the same fingerprint has a later one. */
  startedAt: Timestamp.optional(),
  /** Longer words of the sender, e.g. a description. */
  text: z.string().max(10_000).optional(),
  /** Where the sender shows the alert. */
  link: z.string().max(2000).optional(),
});
export type Alert = z.infer<typeof Alert>;

/** Everything a fleet can say about itself, as the ingest doors hand it on. */
export const Signal = z.discriminatedUnion('kind', [Sample, Event, Log, Change, Alert]);
export type Signal = z.infer<typeof Signal>;

/** A signal that is a row of its own: everything but samples. */
export const DiscreteSignal = z.discriminatedUnion('kind', [Event, Log, Change, Alert]);
export type DiscreteSignal = z.infer<typeof DiscreteSignal>;

/** Which series: its identity and the words behind it. */
export const SeriesRef = z.object({
  id: SeriesId,
  asset: AssetId,
  metric: z.string(),
  labels: z.record(z.string(), z.string()),
  unit: z.string().optional(),
});
export type SeriesRef = z.infer<typeof SeriesRef>;

/**
 * Samples of one series in ascending time, the form in which stages and stores hand them on.
 * `times` are milliseconds since the epoch; `values` may be NaN or infinite where the sender measured that.
 */
export interface SampleBlock {
  readonly series: SeriesRef;
  readonly times: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}
