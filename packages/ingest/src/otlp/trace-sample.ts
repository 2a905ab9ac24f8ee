import { hash } from 'node:crypto';
import { isTraceKept, tracePartMs } from '@heliosiq/model';
import type { AssetId, Log, TenantId, TraceLine, TracePart, TraceSpan } from '@heliosiq/model';
import { encodeTracePart } from '@heliosiq/model/trace-part-coding.ts';
import type { NewRecord } from '@heliosiq/ports';
import { boundedText } from './label-limits.ts';
import { operationName } from './operation-name.ts';
import { createRecentMap } from './recent-map.ts';
import type { Span } from './span-form.ts';

/** Spans and lines of one request, before it is decided which are kept. */
export interface TraceItems {
  readonly spans: readonly TraceSpan[];
  readonly lines: readonly TraceLine[];
}

/** Chooses whole traces to keep, so many that a tenant's rate of spans and lines stays within bounds. */
export interface TraceSample {
  /** Records of the topic `traces` with what is kept of a request; the same request in the same share makes the same records. */
  recordsOf(tenantId: TenantId, items: TraceItems): readonly NewRecord[];
}

export interface TraceSampleOptions {
  /** Spans and lines together, per second and tenant; 0 keeps none. */
  readonly itemsPerSecond: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A tenant's present share is 2^-halvings of all traces. */
interface Load {
  startedMs: number;
  kept: number;
  halvings: number;
}

const windowMs = 10_000;
const halvingsMax = 20;
/** The share grows again when a window was filled by less than this part. */
const idleFill = 0.25;
const tenantsMax = 10_000;
const bodyLengthMax = 1000;

/**
 * A share of all traces, decided by their ids, is kept: it halves as soon as a window of ten seconds would overflow, and doubles after one that was
 * nearly empty. A part says of which share it is, so that a reader can take the traces that were kept from the first span to the last.
 */
export function createTraceSample({ itemsPerSecond, now }: TraceSampleOptions): TraceSample {
  const windowItemsMax = (itemsPerSecond * windowMs) / 1000;
  const loads = createRecentMap<Load>(tenantsMax);

  function loadOf(tenantId: TenantId): Load {
    const moment = now();
    const load = loads.get(tenantId) ?? { startedMs: moment, kept: 0, halvings: 0 };
    loads.set(tenantId, load);
    const windows = Math.floor((moment - load.startedMs) / windowMs);
    if (windows === 0) return load;
    const idle = load.kept < windowItemsMax * idleFill ? 1 : 0;
    load.halvings = Math.max(0, load.halvings - idle - Math.max(0, windows - 1));
    load.kept = 0;
    load.startedMs = moment;
    return load;
  }

  return {
    recordsOf(tenantId, items) {
      if (windowItemsMax <= 0 || items.spans.length + items.lines.length === 0) return [];
      const load = loadOf(tenantId);
      let kept = keptOf(items, 2 ** -load.halvings);
      while (load.kept + countOf(kept) > windowItemsMax && load.halvings < halvingsMax) {
        load.halvings += 1;
        // What the window holds already is thinned by half as well as far as it still counts.
        load.kept /= 2;
        kept = keptOf(items, 2 ** -load.halvings);
      }
      load.kept += countOf(kept);
      return partsOf(kept, 2 ** -load.halvings).map((part) => ({
        key: part.id,
        id: part.id,
        value: encodeTracePart(part),
      }));
    },
  };
}

/** A span in the form in which it is kept. */
export function traceSpanOf(
  asset: AssetId,
  { traceId, spanId, parentSpanId, name, startMs, durationS, isError }: Span,
): TraceSpan {
  const operation = operationName(name);
  return {
    traceId,
    spanId,
    parentId: parentSpanId,
    asset,
    operation,
    startMs,
    endMs: startMs + durationS * 1000,
    isError,
  };
}

/** A log line in the form in which it is kept; undefined for one of no span. */
export function traceLineOf({ id, traceId, asset, at, body, severity, labels }: Log): TraceLine | undefined {
  const spanId = labels['span_id'];
  if (traceId === undefined || spanId === undefined || !/^[0-9a-f]{16}$/.test(spanId)) return undefined;
  const isError = severity === 'high' || severity === 'critical';
  return { id, traceId, spanId, asset, at, body: boundedText(body, bodyLengthMax), isError };
}

function keptOf({ spans, lines }: TraceItems, share: number): TraceItems {
  if (share >= 1) return { spans, lines };
  const isKept = ({ traceId }: { readonly traceId: string }): boolean => isTraceKept(traceId, share);
  return { spans: spans.filter(isKept), lines: lines.filter(isKept) };
}

const countOf = ({ spans, lines }: TraceItems): number => spans.length + lines.length;

/** One part for each minute in which spans began or lines were written. */
function partsOf({ spans, lines }: TraceItems, share: number): TracePart[] {
  const minuteOf = (ms: number): number => Math.floor(ms / tracePartMs) * tracePartMs;
  const bySpan = Map.groupBy(spans, ({ startMs }) => minuteOf(startMs));
  const byLine = Map.groupBy(lines, ({ at }) => minuteOf(at));
  return [...new Set([...bySpan.keys(), ...byLine.keys()])].map((at) => {
    const content = { spans: bySpan.get(at) ?? [], lines: byLine.get(at) ?? [] };
    const identity = [
      share,
      content.spans.map(({ traceId, spanId }) => traceId + spanId),
      content.lines.map(({ id }) => id),
    ];
    return { id: hash('sha256', JSON.stringify(identity), 'hex').slice(0, 32), at, share, ...content };
  });
}
