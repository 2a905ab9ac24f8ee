import {
  type Alert,
  Alert as AlertSchema,
  Anomaly,
  AssetId,
  type IncidentCorrection,
  type IncidentId,
  TenantId,
  type Topology,
} from '@heliosiq/model';
import { anomalyIdOf, seriesIdOf } from '@heliosiq/model/content-id.ts';
import { type CaseBook, type CorrelationContext, emptyCaseBook } from '../case-book.ts';
import { createCorrections } from '../corrections.ts';
import { incidentDefaults, type IncidentSettings } from '../incident-settings.ts';
import { createNeighbourhood } from '../neighbourhood.ts';

/** Builders of test input: what a detector or a sender would write. Times in minutes after `epoch`. */
export const tenantId = TenantId.parse('acme');

/** 2026-01-05T00:00:00Z. */
export const epoch = 1_767_571_200_000;

export const minuteMs = 60_000;

/** An anomaly of one series; `samples` consecutive anomalous samples of 5 minutes. */
export function anomaly(given: {
  readonly asset: string;
  readonly metric?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly unit?: string;
  readonly atMinute: number;
  readonly samples?: number;
  readonly closed?: boolean;
  readonly score?: number;
  readonly deviation?: number;
  readonly value?: number;
  readonly expected?: number;
  readonly direction?: 'up' | 'down';
}): Anomaly {
  const metric = given.metric ?? 'latency';
  const asset = AssetId.parse(given.asset);
  const labels = { ...given.labels };
  const id = seriesIdOf(tenantId, { asset, metric, labels });
  const startedAt = epoch + given.atMinute * minuteMs;
  const samples = given.samples ?? 1;
  const lastSeenAt = startedAt + (samples - 1) * 5 * minuteMs;
  const value = given.value ?? 0.15;
  const expected = given.expected ?? 0.1;
  return Anomaly.parse({
    id: anomalyIdOf(id, 'level', startedAt),
    tenantId,
    revision: samples + (given.closed === true ? 1 : 0),
    status: given.closed === true ? 'closed' : 'open',
    series: { id, asset, metric, labels, ...(given.unit === undefined ? {} : { unit: given.unit }) },
    detector: 'level',
    startedAt,
    peakAt: startedAt,
    lastSeenAt,
    ...(given.closed === true ? { endedAt: lastSeenAt + 5 * minuteMs } : {}),
    score: given.score ?? 1 - 10 ** -5.2,
    threshold: 0.999,
    value,
    expected,
    lower: expected * 0.8,
    upper: expected * 1.2,
    deviation: given.deviation ?? 6,
    direction: given.direction ?? 'up',
    baseline: { kind: 'recent', from: startedAt - 1440 * minuteMs, to: startedAt, samples: 289 },
    explanation: `${asset} ${metric} was ${value}, expected ${expected}.`,
  });
}

/** An alert as another system sends it. */
export function alert(given: {
  readonly asset: string;
  readonly atMinute: number;
  readonly fingerprint?: string;
  readonly status?: 'firing' | 'resolved';
  readonly severity?: Alert['severity'];
  readonly labels?: Readonly<Record<string, string>>;
  readonly title?: string;
  /** When this firing began, where the sender says so. */
  readonly startedAtMinute?: number;
}): Alert {
  const fingerprint = given.fingerprint ?? 'f1';
  const status = given.status ?? 'firing';
  return AlertSchema.parse({
    kind: 'alert',
    id: `${fingerprint}-${given.atMinute}-${status}`,
    asset: given.asset,
    at: epoch + given.atMinute * minuteMs,
    fingerprint,
    status,
    title: given.title ?? 'Error budget burns',
    severity: given.severity ?? 'high',
    labels: given.labels ?? {},
    ...(given.startedAtMinute === undefined ? {} : { startedAt: epoch + given.startedAtMinute * minuteMs }),
  });
}

/** A call graph: `shop>cart` says that shop calls cart. */
export function callGraph(...calls: readonly string[]): Topology {
  const edges = calls.map((call) => {
    const [from = '', to = ''] = call.split('>');
    return { from: AssetId.parse(from), to: AssetId.parse(to), kind: 'calls' as const };
  });
  const assets = [...new Set(edges.flatMap(({ from, to }) => [from, to]))].map((id) => ({ id, labels: {} }));
  return { assets, edges };
}

/** An empty book with the shipped settings over a topology; incident ids count upwards. */
export function bench(
  topology: Topology = { assets: [], edges: [] },
  overrides: Partial<IncidentSettings> = {},
  corrections: readonly IncidentCorrection[] = [],
): { readonly book: CaseBook; readonly context: CorrelationContext } {
  const settings = { ...incidentDefaults, ...overrides };
  let ids = 0;
  const newId = (): IncidentId => {
    ids += 1;
    // The cast holds: the text has the shape of a UUID of version 7.
    return `0199aaaa-0000-7000-8000-${String(ids).padStart(12, '0')}` as IncidentId;
  };
  return {
    book: emptyCaseBook(),
    context: {
      tenantId,
      settings,
      neighbourhood: createNeighbourhood(topology, settings),
      corrections: createCorrections(corrections),
      now: epoch,
      newId,
    },
  };
}
