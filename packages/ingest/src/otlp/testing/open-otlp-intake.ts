import { HeliosError, TenantId } from '@heliosiq/model';
import type { DiscreteSignal, Edge, Principal, SeriesRef } from '@heliosiq/model';
import { decodeSampleColumns, isSampleColumns } from '@heliosiq/model/sample-columns.ts';
import type { EventLog, Logger, Meter, NewRecord } from '@heliosiq/ports';
import { createSeriesBook } from '../../intake/series-book.ts';
import { createTelemetryIntake } from '../../intake/telemetry-intake.ts';
import { unlimitedQuota } from '../../intake/tenant-quota.ts';
import type { SignalKind } from '../answer-messages.ts';
import { createOtlpIntake } from '../otlp-intake.ts';
import type { OtlpSettings } from '../otlp-settings.ts';
import { wireOfJson } from './wire-of-json.ts';

export const testNow = Date.UTC(2026, 5, 1);

export const testPrincipal: Principal = { tenantId: TenantId.parse('acme'), actor: 'test', role: 'operator' };

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silentLogger };
export const uncountedMeter: Meter = {
  counter: () => ({ add() {} }),
  gauge: () => ({ set() {} }),
  histogram: () => ({ observe() {} }),
};

/** A sample as it was stored. */
export interface StoredSample {
  readonly asset: string;
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly at: number;
  readonly value: number;
}

/** Nanoseconds since the epoch as OTLP/JSON writes them. */
export function nanoseconds(ms: number, rest = 0): string {
  return String(BigInt(ms) * 1_000_000n + BigInt(rest));
}

/** Attributes in the form of OTLP/JSON. */
export function attributesOf(attributes: Readonly<Record<string, string | number>>): object[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) },
  }));
}

/** An OTLP intake on a log that keeps what is appended; `fail` makes the next append fail. */
export function openOtlpIntake(settings: Partial<OtlpSettings> = {}) {
  const appended: NewRecord[] = [];
  const traces: NewRecord[] = [];
  const edges: Edge[] = [];
  const known = new Map<string, { readonly ref: number; readonly series: SeriesRef }>();
  let failure: Error | undefined;
  const log: Pick<EventLog, 'append'> = {
    async append(_tenantId, topic, records) {
      const failing = failure;
      failure = undefined;
      if (failing !== undefined) throw failing;
      (topic === 'traces' ? traces : appended).push(...records);
    },
  };
  const registry = {
    async register(_tenantId: TenantId, series: readonly SeriesRef[]) {
      return series.map((one) => {
        const entry = known.get(one.id) ?? { ref: known.size + 1, series: one };
        known.set(one.id, entry);
        return entry.ref;
      });
    },
  };
  // The cast holds because the intake does nothing to its log but append.
  const telemetry = createTelemetryIntake({ log: log as EventLog, registry, quota: unlimitedQuota });
  const topology = {
    async put(_principal: Principal, put: { readonly edges: readonly Edge[] }) {
      edges.push(...put.edges);
      return { assets: 0, edges: put.edges.length };
    },
  };
  const intake = createOtlpIntake({
    telemetry,
    log,
    series: createSeriesBook(10_000),
    topology,
    meter: uncountedMeter,
    logger: silentLogger,
    now: () => testNow,
    settings,
  });

  function storedSamples(): StoredSample[] {
    const series = new Map([...known.values()].map((entry) => [entry.ref, entry.series]));
    const samples = appended.flatMap(({ value }) => {
      const columns = isSampleColumns(value) ? decodeSampleColumns(value) : undefined;
      if (!columns?.ok) return [];
      const { refs, times, values } = columns.value;
      return Array.from(refs, (ref, index) => {
        const { asset = '', metric = '', labels = {} } = series.get(ref) ?? {};
        return { asset, metric, labels, at: times[index] ?? 0, value: values[index] ?? 0 };
      });
    });
    // Of two samples of one series and moment the later one wins.
    const last = new Map(samples.map((one) => [JSON.stringify([one.asset, one.metric, one.labels, one.at]), one]));
    return [...last.values()];
  }

  return {
    intake,
    appended,
    /** Records of the topic `traces`. */
    traces,
    edges,
    /** Sends a request of OTLP/JSON in the encoding. */
    send(kind: SignalKind, request: object, encoding: 'protobuf' | 'json' = 'protobuf') {
      const body = encoding === 'json' ? Buffer.from(JSON.stringify(request)) : wireOfJson(kind, request);
      return intake.take(testPrincipal, { kind, encoding, body });
    },
    fail(error: Error = new HeliosError('unavailable', 'down')) {
      failure = error;
    },
    /** Drops what was stored, so that long tests stay small. */
    forget(): void {
      appended.length = 0;
      traces.length = 0;
      edges.length = 0;
      known.clear();
    },
    /** The series that were registered. */
    knownSeries: (): SeriesRef[] => [...known.values()].map(({ series }) => series),
    storedSamples,
    storedSignals: (): DiscreteSignal[] =>
      appended
        .filter(({ value }) => !isSampleColumns(value))
        .map(({ value }) => JSON.parse(Buffer.from(value).toString())),
  };
}
