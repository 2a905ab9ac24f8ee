import type { AssetId, TenantId } from '@heliosiq/model';
import type { SeriesBook } from '../intake/series-book.ts';
import { addSample } from '../intake/telemetry-batch.ts';
import type { TelemetryBatch } from '../intake/telemetry-batch.ts';
import type { ContributionSlots } from './contribution-slots.ts';
import { operationName } from './operation-name.ts';
import { boundText } from './prometheus-names.ts';
import type { Span } from './span-form.ts';

/** Upper bounds of the duration's buckets in seconds (semantic conventions, `http.server.request.duration`). */
export const durationBoundsS: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

/** Spans that end within one of these share a contribution. */
const windowMs = 10_000;

/**
 * What a batch adds to rate, errors and duration of one operation in one window. Nothing is kept from one request to
 * the next: the same batch makes the same contribution at the same moment, and storing it again changes nothing.
 */
interface Contribution {
  readonly asset: AssetId;
  readonly labels: Readonly<Record<string, string>>;
  calls: number;
  errors: number;
  durationS: number;
  /** Calls by bucket, not cumulative; the last is beyond all bounds. */
  readonly buckets: number[];
  /** When the last of its spans ended. */
  endMs: number;
  /** Sums over the halves of the span ids, which tell it from contributions of other spans in whatever order. */
  idHigh: number;
  idLow: number;
}

/** Gathers the spans of a request. */
export interface SpanSamples {
  /** Counts a span of a service; the same span twice counts once. */
  add(asset: AssetId, span: Span): void;
  /** Adds what was gathered to the batch. */
  finish(batch: TelemetryBatch): void;
}

export interface SpanSamplesDeps {
  readonly series: SeriesBook;
  readonly slots: ContributionSlots;
}

/**
 * Rate, errors and duration per service, operation and kind, as increases since the sample before (`_delta`):
 * `span_calls_delta`, `span_errors_delta`, `span_duration_seconds_{sum,bucket}_delta`, and the mean duration of the
 * contribution as `span_duration_seconds_mean`, which needs no query to be looked at.
 */
export function createSpanSamples({ series, slots }: SpanSamplesDeps): SpanSamples {
  const contributions = new Map<string, Contribution>();
  const seen = new Set<string>();

  return {
    add(asset, { traceId, spanId, name, kind, endMs, durationS, isError }) {
      const spanKey = `${traceId}${spanId}`;
      if (seen.has(spanKey)) return;
      seen.add(spanKey);
      const operation = operationName(name);
      const key = `${Math.floor(endMs / windowMs)} ${kind} ${asset.length} ${asset}${operation}`;
      let contribution = contributions.get(key);
      if (contribution === undefined) {
        const labels = { operation, kind };
        const buckets = new Array<number>(durationBoundsS.length + 1).fill(0);
        const none = { calls: 0, errors: 0, durationS: 0, endMs: 0, idHigh: 0, idLow: 0 };
        contribution = { asset, labels, buckets, ...none };
        contributions.set(key, contribution);
      }
      contribution.calls += 1;
      contribution.errors += isError ? 1 : 0;
      contribution.durationS += durationS;
      contribution.endMs = Math.max(contribution.endMs, endMs);
      contribution.idHigh += Number.parseInt(spanId.slice(0, 8), 16);
      contribution.idLow += Number.parseInt(spanId.slice(8), 16);
      const place = durationBoundsS.findIndex((bound) => durationS <= bound);
      const bucket = place < 0 ? durationBoundsS.length : place;
      contribution.buckets[bucket] = (contribution.buckets[bucket] ?? 0) + 1;
    },

    finish(batch) {
      for (const contribution of contributions.values()) addContribution(batch, contribution, { series, slots });
    },
  };
}

function addContribution(batch: TelemetryBatch, contribution: Contribution, { series, slots }: SpanSamplesDeps): void {
  const { tenantId } = batch;
  const { asset, labels, calls, errors, durationS, buckets, endMs, idHigh, idLow } = contribution;
  const at = slots.slotOf(slotKey(tenantId, contribution), endMs, `${calls} ${idHigh} ${idLow}`);
  const add = (metric: string, value: number, unit?: string, le?: string): void => {
    const own = le === undefined ? labels : { ...labels, le };
    addSample(batch, series.entryOf(tenantId, { asset, metric, labels: own, unit }), at, value);
  };
  add('span_calls_delta', calls);
  add('span_errors_delta', errors);
  add('span_duration_seconds_sum_delta', durationS, 's');
  add('span_duration_seconds_mean', durationS / calls, 's');
  // An increase of nothing needs no sample, but for the bucket below the first, which bounds it from below.
  const first = Math.max(0, buckets.findIndex((count) => count > 0) - 1);
  let total = 0;
  for (const [index, bound] of durationBoundsS.entries()) {
    total += buckets[index] ?? 0;
    if (index >= first) add('span_duration_seconds_bucket_delta', total, undefined, boundText(bound));
  }
  add('span_duration_seconds_bucket_delta', calls, undefined, '+Inf');
}

function slotKey(tenantId: TenantId, { asset, labels }: Contribution): string {
  return `${tenantId} ${labels['kind'] ?? ''} ${asset.length} ${asset}${labels['operation'] ?? ''}`;
}
