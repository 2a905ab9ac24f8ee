import { HeliosError } from '@heliosiq/model';
import type { AssetId, Principal } from '@heliosiq/model';
import type { EventLog, Logger, Meter, TopologyIntake } from '@heliosiq/ports';
import type { SeriesBook } from '../intake/series-book.ts';
import { createTelemetryBatch } from '../intake/telemetry-batch.ts';
import type { TelemetryBatch } from '../intake/telemetry-batch.ts';
import type { StoreReceipt, TelemetryIntake } from '../intake/telemetry-intake.ts';
import type { TimeWindow } from '../signal-time.ts';
import type { Refused, SignalKind } from './answer-messages.ts';
import { readAttributes } from './attribute-set.ts';
import { createCallEdges } from './call-edges.ts';
import type { ServiceSpan } from './call-edges.ts';
import { createContributionSlots } from './contribution-slots.ts';
import { addLogSignals } from './log-signals.ts';
import { readJsonLogs } from './logs-from-json.ts';
import { readWireLogs } from './logs-from-wire.ts';
import { createMetricSamples, timeFaultOf } from './metric-samples.ts';
import { readJsonMetrics } from './metrics-from-json.ts';
import { readWireMetrics } from './metrics-from-wire.ts';
import { otlpDefaults } from './otlp-settings.ts';
import type { OtlpSettings } from './otlp-settings.ts';
import { createRejections } from './rejections.ts';
import type { Rejections } from './rejections.ts';
import { assetOfAttributes } from './resource-identity.ts';
import type { Span, SpanGroup } from './span-form.ts';
import { createSpanSamples } from './span-samples.ts';
import { readJsonSpans } from './spans-from-json.ts';
import { readWireSpans } from './spans-from-wire.ts';
import { createTraceSample, traceLineOf, traceSpanOf } from './trace-sample.ts';
import type { TraceItems } from './trace-sample.ts';

export interface OtlpIntakeDeps {
  readonly telemetry: TelemetryIntake;
  /** Takes the traces that are kept whole. */
  readonly log: Pick<EventLog, 'append'>;
  readonly series: SeriesBook;
  readonly topology: TopologyIntake;
  readonly meter: Meter;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly settings?: Partial<OtlpSettings>;
}

/** An export request, decompressed. */
export interface OtlpRequest {
  readonly kind: SignalKind;
  readonly encoding: 'protobuf' | 'json';
  readonly body: Buffer;
  readonly correlationId?: string | undefined;
}

/** Takes export requests of OTLP, whichever way they came. */
export interface OtlpIntake {
  /**
   * Stores a request and answers what of it was refused; all else is durable. Rejects with `invalid-request` or
   * `invalid-json` where the body cannot be read, and with `rate-limited`, `unavailable` or `timeout` where it should
   * be sent again.
   */
  take(principal: Principal, request: OtlpRequest): Promise<Refused>;
}

const retryAfterOutageS = 5;
const slotsMax = 100_000;
const edgesMax = 50_000;

/** Makes the intake that all OTLP doors of a program share, so that they share what it remembers. */
export function createOtlpIntake(deps: OtlpIntakeDeps): OtlpIntake {
  const { telemetry, log, series, topology, meter, logger, now } = deps;
  const settings = { ...otlpDefaults, ...deps.settings };
  const { assetRules, resourceLabels } = settings;
  const metricSamples = createMetricSamples({ seriesMax: settings.seriesCachedMax, assetRules, resourceLabels });
  const callEdges = createCallEdges({ topology, spansMax: settings.spansRememberedMax, edgesMax });
  const slots = createContributionSlots(slotsMax);
  const traceSample = createTraceSample({ itemsPerSecond: settings.traceItemsPerSecond, now });
  const taken = meter.counter({
    name: 'heliosiq_ingest_otlp_items_total',
    help: 'Data points, log records and spans of OTLP requests, by what became of them.',
    labels: ['kind', 'outcome'],
  });

  /** Gathers a request's spans; the answer stores the edges. */
  function addSpans(
    batch: TelemetryBatch,
    groups: readonly SpanGroup[],
    { window, rejections }: Checks,
  ): ServiceSpan[] {
    const samples = createSpanSamples({ series, slots });
    const kept: ServiceSpan[] = [];
    for (const group of groups) {
      const resource = readAttributes(group.resource);
      const asset: AssetId = assetOfAttributes(resource, new Map(), assetRules);
      for (const span of group.spans) {
        const fault = spanFaultOf(span, window);
        if (fault !== undefined) {
          rejections.add(1, `span: ${fault}`);
          continue;
        }
        samples.add(asset, span);
        kept.push({ asset, resource, span });
      }
    }
    samples.finish(batch);
    return kept;
  }

  /** Stores what `add` puts into a batch; `items` are those of the request. */
  async function storeMetrics(principal: Principal, request: OtlpRequest, checks: Checks): Promise<number> {
    const groups = request.encoding === 'json' ? readJsonMetrics(request.body) : readWireMetrics(request.body);
    const batch = createTelemetryBatch(principal.tenantId, request.body.length);
    const remember = await metricSamples.add({ batch, ...checks }, groups);
    await store(batch, request, checks.rejections);
    remember();
    return groups.flatMap((group) => group.metrics).reduce((sum, metric) => sum + metric.points.length, 0);
  }

  async function storeLogs(principal: Principal, request: OtlpRequest, checks: Checks): Promise<number> {
    const groups = request.encoding === 'json' ? readJsonLogs(request.body) : readWireLogs(request.body);
    const batch = createTelemetryBatch(principal.tenantId, request.body.length);
    await addLogSignals({ batch, now: now(), ...checks }, groups, { assetRules, resourceLabels });
    const { signals = batch.signals } = await store(batch, request, checks.rejections);
    // As the pipeline left them: what it hid or dropped is not kept here either.
    const lines = signals.flatMap((signal) => (signal.kind === 'log' ? (traceLineOf(signal) ?? []) : []));
    await keepTraces(principal, { spans: [], lines });
    return groups.reduce((sum, group) => sum + group.records.length, 0);
  }

  async function storeSpans(principal: Principal, request: OtlpRequest, checks: Checks): Promise<number> {
    const groups = request.encoding === 'json' ? readJsonSpans(request.body) : readWireSpans(request.body);
    const batch = createTelemetryBatch(principal.tenantId, request.body.length);
    const spans = addSpans(batch, groups, checks);
    await store(batch, request, checks.rejections);
    await duringOutages(callEdges.store(principal, spans));
    await keepTraces(principal, { spans: spans.map(({ asset, span }) => traceSpanOf(asset, span)), lines: [] });
    return groups.reduce((sum, group) => sum + group.spans.length, 0);
  }

  async function keepTraces({ tenantId }: Principal, items: TraceItems): Promise<void> {
    const records = traceSample.recordsOf(tenantId, items);
    if (records.length > 0) await duringOutages(log.append(tenantId, 'traces', records));
  }

  async function store(
    batch: TelemetryBatch,
    { correlationId }: OtlpRequest,
    rejections: Rejections,
  ): Promise<StoreReceipt> {
    const receipt = await duringOutages(telemetry.store(batch, { correlationId }));
    if (receipt.refusedSamples > 0) rejections.add(receipt.refusedSamples, receipt.reason ?? 'limit of series reached');
    return receipt;
  }

  const storeOf = { metrics: storeMetrics, logs: storeLogs, traces: storeSpans } as const;

  return {
    async take(principal, request) {
      const { kind, correlationId } = request;
      const moment = now();
      const window = { from: moment - settings.ageMaxMs, to: moment + settings.futureMaxMs };
      const rejections = createRejections();
      const items = await storeOf[kind](principal, request, { window, rejections });
      const count = Math.min(items, rejections.count);
      const message = rejections.message();
      taken.add(items - count, { kind, outcome: 'stored' });
      if (count > 0) {
        taken.add(count, { kind, outcome: 'rejected' });
        logger.warn(
          { tenantId: principal.tenantId, correlationId, kind, items, rejected: count, message },
          'otlp-rejected',
        );
      }
      return { count, message };
    },
  };
}

interface Checks {
  readonly window: TimeWindow;
  readonly rejections: Rejections;
}

/** A fault while storing is the outage of a part: whatever it is, the request is to be sent again. */
async function duringOutages<Result>(storing: Promise<Result>): Promise<Result> {
  try {
    return await storing;
  } catch (cause) {
    if (cause instanceof HeliosError && cause.code !== 'internal') throw cause;
    throw new HeliosError('unavailable', 'Storing failed', { cause, retryAfterS: retryAfterOutageS });
  }
}

function spanFaultOf({ traceId, spanId, endMs, durationS }: Span, window: TimeWindow): string | undefined {
  if (!/^[0-9a-f]{32}$/.test(traceId) || /^0+$/.test(traceId)) return 'its trace id is not 16 bytes';
  if (!/^[0-9a-f]{16}$/.test(spanId) || /^0+$/.test(spanId)) return 'its span id is not 8 bytes';
  const late = timeFaultOf(endMs, window);
  if (late !== undefined) return late;
  return durationS >= 0 ? undefined : 'it ends before it starts';
}
