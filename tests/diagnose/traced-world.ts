import { createMemoryAnomalyStore } from '@heliosiq/adapters/memory/anomaly-store.ts';
import { createMemoryDiagnosisStore } from '@heliosiq/adapters/memory/diagnosis-store.ts';
import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryIncidentStore } from '@heliosiq/adapters/memory/incident-store.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemorySeriesRegistry } from '@heliosiq/adapters/memory/series-registry.ts';
import { createMemorySeriesStore } from '@heliosiq/adapters/memory/series-store.ts';
import { createMemorySignalStore } from '@heliosiq/adapters/memory/signal-store.ts';
import { createMemoryTopologyStore } from '@heliosiq/adapters/memory/topology-store.ts';
import { createMemoryTraceStore } from '@heliosiq/adapters/memory/trace-store.ts';
import { AssetId, Incident, newIncidentId, TenantId, type Principal } from '@heliosiq/model';
import type { TraceStore } from '@heliosiq/ports';
import { createTraceKeeper } from '../../packages/diagnose/src/trace-keeper.ts';
import type { RequestLog, RequestRecording, RequestSpan } from '../../packages/diagnose/src/request-steps.ts';
import { createSeriesBook } from '../../packages/ingest/src/intake/series-book.ts';
import { createTelemetryIntake } from '../../packages/ingest/src/intake/telemetry-intake.ts';
import { unlimitedQuota } from '../../packages/ingest/src/intake/tenant-quota.ts';
import { createOtlpIntake } from '../../packages/ingest/src/otlp/otlp-intake.ts';
import { createTopologyIntake } from '../../packages/ingest/src/topology-intake.ts';

export const tenantId = TenantId.parse('traced');
const principal: Principal = { tenantId, actor: 'test', role: 'operator' };

/** A line as `RequestLog`, with its time. */
export interface TimedLog extends RequestLog {
  readonly at: number;
}

/** Spans and lines as an SDK sends them. */
export interface SentRequests {
  readonly spans: readonly RequestSpan[];
  readonly logs: readonly TimedLog[];
}

const nanoseconds = (ms: number): string => String(BigInt(Math.round(ms * 1000)) * 1000n);
const resourceOf = (asset: string) => ({
  attributes: [{ key: 'service.name', value: { stringValue: asset } }],
});

/** The same as export requests of OTLP/JSON. */
function otlpRequests({ spans, logs }: SentRequests): { readonly traces: Buffer; readonly logs: Buffer } {
  const byAsset = Map.groupBy(spans, ({ asset }) => asset);
  const linesByAsset = Map.groupBy(logs, ({ asset }) => asset);
  const traces = {
    resourceSpans: [...byAsset].map(([asset, own]) => ({
      resource: resourceOf(asset),
      scopeSpans: [
        {
          spans: own.map(({ traceId, spanId, parentId, operation, startMs, endMs, isError }) => ({
            ...{ traceId, spanId, name: operation, kind: 1 },
            ...(/^[0-9a-f]{16}$/.test(parentId) ? { parentSpanId: parentId } : {}),
            startTimeUnixNano: nanoseconds(startMs),
            endTimeUnixNano: nanoseconds(Math.max(startMs, endMs)),
            ...(isError === true ? { status: { code: 2 } } : {}),
          })),
        },
      ],
    })),
  };
  const lines = {
    resourceLogs: [...linesByAsset].map(([asset, own]) => ({
      resource: resourceOf(asset),
      scopeLogs: [
        {
          logRecords: own.map(({ traceId, spanId, body, at, isError }) => ({
            ...{ traceId, spanId, timeUnixNano: nanoseconds(at), body: { stringValue: body } },
            ...(isError === true ? { severityNumber: 17 } : {}),
          })),
        },
      ],
    })),
  };
  return { traces: Buffer.from(JSON.stringify(traces)), logs: Buffer.from(JSON.stringify(lines)) };
}

/** The OTLP intake, the log, the keeper of traces and the stores of one tenant; everything real, in memory. */
export function openTracedWorld(options: { readonly traceItemsPerSecond?: number; readonly traces?: TraceStore } = {}) {
  const { traceItemsPerSecond, traces = createMemoryTraceStore() } = options;
  const log = createMemoryEventLog();
  const [logger, meter] = [createMemoryLogger(), createMemoryMeter()];
  const stores = {
    traces,
    series: createMemorySeriesStore(),
    signals: createMemorySignalStore(),
    topology: createMemoryTopologyStore(),
    anomalies: createMemoryAnomalyStore(),
    diagnoses: createMemoryDiagnosisStore(),
    incidents: createMemoryIncidentStore(),
  };
  let nowMs = 0;
  const telemetry = createTelemetryIntake({ log, registry: createMemorySeriesRegistry(), quota: unlimitedQuota });
  const intake = createOtlpIntake({
    ...{ telemetry, log, logger, meter },
    series: createSeriesBook(100_000),
    topology: createTopologyIntake({ topology: stores.topology }),
    now: () => nowMs,
    settings: traceItemsPerSecond === undefined ? {} : { traceItemsPerSecond },
  });
  const stop = new AbortController();
  const keeping = createTraceKeeper({ log, traces, logger, meter }).run(stop.signal);
  keeping.catch(() => undefined);
  return {
    log,
    stores,
    /** Sends what happened in the ten seconds before `atMs`, through the door. */
    async send(requests: SentRequests, atMs: number): Promise<void> {
      nowMs = atMs;
      const bodies = otlpRequests(requests);
      for (const kind of ['traces', 'logs'] as const) {
        const refused = await intake.take(principal, { kind, encoding: 'json', body: bodies[kind] });
        if (refused.count > 0) throw new Error(refused.message);
      }
    },
    /** True when everything sent is in the store. */
    async isKept(): Promise<boolean> {
      const lags = (await log.lag()).filter(({ group, topic }) => group === 'traces' && topic === 'traces');
      return lags.length > 0 && lags.every(({ lagRecords }) => lagRecords === 0);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      stop.abort();
      await keeping;
      await log[Symbol.asyncDispose]();
    },
  };
}

/** A recording in pieces of ten seconds, as exporters send it. */
export function piecesOf({ spans, logs }: SentRequests): { readonly atMs: number; readonly piece: SentRequests }[] {
  const slotOf = (ms: number): number => Math.ceil(ms / 10_000) * 10_000;
  const bySpan = Map.groupBy(spans, ({ endMs }) => slotOf(endMs));
  const byLine = Map.groupBy(logs, ({ at }) => slotOf(at));
  return [...new Set([...bySpan.keys(), ...byLine.keys()])]
    .sort((a, b) => a - b)
    .map((atMs) => ({ atMs, piece: { spans: bySpan.get(atMs) ?? [], logs: byLine.get(atMs) ?? [] } }));
}

/** An open incident of some assets, noticed by people and not by a detector. */
export function incidentOf(
  times: { readonly fromMs: number; readonly toMs: number },
  assets: readonly string[],
): Incident {
  const { fromMs, toMs } = times;
  return Incident.parse({
    ...{ id: newIncidentId(), tenantId, revision: 1, title: 'requests go wrong', status: 'open', severity: 'high' },
    ...{ fingerprint: 'f', startedAt: fromMs, openedAt: fromMs, updatedAt: toMs, lastSeenAt: toMs, reopenedCount: 0 },
    ...{ assets: assets.map((asset) => AssetId.parse(asset)), anomalyIds: [], alertFingerprints: [], occurrences: 1 },
  });
}

/** Lines of a recording that tell no time of their own get that of their span. */
export function withTimes({ spans, logs }: RequestRecording): SentRequests {
  const startOf = new Map(spans.map(({ traceId, spanId, startMs }) => [`${traceId}${spanId}`, startMs]));
  const first = Math.min(...spans.map(({ startMs }) => startMs));
  return {
    spans,
    logs: logs.map((line) => ({ ...line, at: Math.floor(startOf.get(`${line.traceId}${line.spanId}`) ?? first) })),
  };
}
