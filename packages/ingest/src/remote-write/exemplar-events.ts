import type { Event, TenantId } from '@heliosiq/model';
import { contentId } from '@heliosiq/model/content-id.ts';
import { storableText } from '@heliosiq/model/storable-text.ts';
import type { SeriesWords } from './known-series.ts';
import { wireType } from './wire-cursor.ts';

/** An exemplar as read. */
export interface Exemplar {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Tags of an exemplar's fields, the same in both versions. */
export const exemplarValueTag = (2 << 3) | wireType.fixed64;
export const exemplarTimeTag = (3 << 3) | wireType.varint;

/** Chooses the exemplars that are worth keeping. */
export interface ExemplarKeeper {
  /** Cheap: whether any exemplar of this minute would still be kept. */
  wants(tenantId: TenantId, at: number): boolean;
  /** The exemplar as an event, if it is the first one with a trace of its metric, asset and minute. */
  keep(tenantId: TenantId, series: SeriesWords, exemplar: Exemplar): Event | undefined;
}

/** What a tenant keeps of one minute; a person on call needs a way into the traces, not all of them. */
const keptPerMinuteMax = 60;

const traceLabels = ['trace_id', 'traceID', 'traceId', 'TraceID'] as const;

interface KeptMinute {
  minute: number;
  readonly kept: Set<string>;
}

/**
 * Keeps one exemplar of each metric, asset and minute as an event whose title and label `trace_id` name the trace.
 * One without a trace leads nowhere and is not kept.
 */
export function createExemplarKeeper(): ExemplarKeeper {
  const tenants = new Map<TenantId, KeptMinute>();

  function minuteOf(tenantId: TenantId, at: number): KeptMinute {
    const minute = Math.floor(at / 60_000);
    const known = tenants.get(tenantId);
    if (known !== undefined && known.minute >= minute) return known;
    const next = { minute, kept: new Set<string>() };
    tenants.set(tenantId, next);
    return next;
  }

  return {
    wants: (tenantId, at) => minuteOf(tenantId, at).kept.size < keptPerMinuteMax,
    keep(tenantId, { asset, metric }, { labels, value, at }) {
      const traceId = traceLabels.map((name) => labels[name]).find((id) => id !== undefined && id !== '');
      if (traceId === undefined) return undefined;
      const { kept } = minuteOf(tenantId, at);
      const place = JSON.stringify([asset, metric]);
      if (kept.has(place) || kept.size >= keptPerMinuteMax) return undefined;
      kept.add(place);
      const trace = storableText(traceId).slice(0, 128);
      return {
        kind: 'event',
        id: contentId('exemplar', asset, metric, trace, String(at)),
        asset,
        at,
        title: `Trace ${trace}: ${metric} measured ${value}`,
        severity: 'info',
        labels: { trace_id: trace, metric },
      };
    },
  };
}
