import { isTraceKept, tracePartMs, type TenantId, type TracePart, type TraceSpan } from '@heliosiq/model';
import type { TimeRange, TraceStore } from '@heliosiq/ports';
import type { CaseWindow, OwnTime, StepCount, TopologyEdge } from './casefile.ts';
import { callEdges, compareRequests, tallyRequests, type RequestRecording } from './request-steps.ts';

/** What the kept traces say of a fault window. */
export interface GatheredRequests {
  readonly steps: readonly StepCount[];
  readonly ownTimes: readonly OwnTime[];
  /** Who calls whom, as the spans tell it. */
  readonly edges: readonly TopologyEdge[];
  /** Spans read, of the window and of the past. */
  readonly spans: number;
  /** Stretches of the past that the window was compared with; 0 where none is kept, and nothing but the edges is known. */
  readonly stretches: number;
  /** Traces of the window were left out because of the budget. */
  readonly isThinned: boolean;
}

/** What reading traces may cost. */
export interface RequestBudget {
  /** Spans of the fault window, and of each stretch of the past. */
  readonly spansMax: number;
  readonly pastSpansMax: number;
  readonly stretchesMax: number;
}

export const defaultRequestBudget: RequestBudget = { spansMax: 15_000, pastSpansMax: 6_000, stretchesMax: 6 };

/** A fault is compared in stretches of this length; a longer one is looked at where it began. */
const STRETCH_MIN_MS = 3 * tracePartMs;
const STRETCH_MAX_MS = 15 * tracePartMs;
/** How far back stretches are taken. */
const PAST_MS = 48 * 3_600_000;
/** Parts read at once. */
const PARTS_MAX = 5000;
/** A trace may last this long beyond the stretch in which it began. */
const TRACE_MAX_MS = tracePartMs;

/**
 * Whole traces that began in a range, at most about `spansMax` spans of them. Parts may be of different shares: only traces of the smallest are whole
 * in all of them, and further halving keeps the sample fair where there are too many.
 */
async function readTraces(
  store: TraceStore,
  tenantId: TenantId,
  { range, spansMax }: { readonly range: TimeRange; readonly spansMax: number },
): Promise<RequestRecording & { readonly isThinned: boolean }> {
  const parts = await store.read(
    tenantId,
    { from: minuteOf(range.from), to: minuteOf(range.to) + TRACE_MAX_MS },
    { limit: PARTS_MAX },
  );
  const beganMs = new Map<string, number>();
  const spanIds = new Set<string>();
  const unique = parts.flatMap(({ spans }) =>
    spans.filter((span) => {
      const key = span.traceId + span.spanId;
      if (spanIds.has(key)) return false;
      spanIds.add(key);
      beganMs.set(span.traceId, Math.min(span.startMs, beganMs.get(span.traceId) ?? span.startMs));
      return true;
    }),
  );
  const isInside = (traceId: string): boolean => {
    const at = beganMs.get(traceId) ?? Number.NaN;
    return at >= range.from && at < range.to;
  };
  // In one order, however the parts came; of spans that began together the longer one called the other.
  const inside = unique.filter(({ traceId }) => isInside(traceId)).sort(inOrder);
  let share = Math.min(1, ...parts.map((part) => part.share));
  let spans = inside.filter(({ traceId }) => isTraceKept(traceId, share));
  const isThinned = spans.length > spansMax;
  while (spans.length > spansMax) {
    share /= 2;
    const next = share;
    spans = spans.filter(({ traceId }) => isTraceKept(traceId, next));
  }
  const kept = new Set(spans.map(({ traceId }) => traceId));
  return { spans, logs: linesOf(parts, kept), isThinned };
}

function inOrder(a: TraceSpan, b: TraceSpan): number {
  return byText(a.traceId, b.traceId) || a.startMs - b.startMs || b.endMs - a.endMs || byText(a.spanId, b.spanId);
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Lines of the kept traces, each once. */
function linesOf(parts: readonly TracePart[], kept: ReadonlySet<string>): RequestRecording['logs'] {
  const seen = new Set<string>();
  const lines = parts.flatMap((part) => part.lines).sort((a, b) => byText(a.id, b.id));
  return lines.flatMap(({ id, traceId, spanId, asset, body, isError }) => {
    if (!kept.has(traceId) || seen.has(id)) return [];
    seen.add(id);
    // A line below the level of errors may still tell of one: its words decide.
    return [{ traceId, spanId, asset, body, ...(isError ? { isError } : {}) }];
  });
}

const minuteOf = (ms: number): number => Math.floor(ms / tracePartMs) * tracePartMs;

/**
 * Stretches of the past that hold spans: the one right before the window, and others spread evenly over what is kept, so that neither one earlier trouble nor
 * the hour of the day decides what is normal. No two overlap.
 */
function pastStretches(
  minutes: readonly number[],
  before: number,
  limits: { lengthMs: number; countMax: number },
): TimeRange[] {
  const { lengthMs, countMax } = limits;
  const starts = [...new Set(minutes.map((at) => before - Math.ceil((before - at) / lengthMs) * lengthMs))].sort(
    (a, b) => b - a,
  );
  const count = Math.min(countMax, starts.length);
  const chosen = Array.from(
    { length: count },
    (_, index) => starts[count === 1 ? 0 : Math.round((index * (starts.length - 1)) / (count - 1))],
  );
  return chosen.flatMap((from) => (from === undefined ? [] : [{ from, to: from + lengthMs }]));
}

/**
 * Compares the requests of the fault window with those of stretches before it: what step by step happened in them, and where they spent their time.
 * Undefined where no traces of the window are kept.
 */
export async function gatherRequests(
  store: TraceStore,
  { tenantId, window }: { readonly tenantId: TenantId; readonly window: CaseWindow },
  budget: RequestBudget = defaultRequestBudget,
): Promise<GatheredRequests | undefined> {
  const from = Math.floor(window.faultFromMs);
  const lengthMs = Math.min(STRETCH_MAX_MS, Math.max(STRETCH_MIN_MS, window.faultToMs - from));
  const slots = await store.slots(tenantId, { from: minuteOf(from) - PAST_MS, to: from });
  const range = { from, to: from + lengthMs };
  const now = await readTraces(store, tenantId, { range, spansMax: budget.spansMax });
  if (now.spans.length === 0) return undefined;
  const stretches = pastStretches(
    slots.map(({ at }) => at),
    from,
    { lengthMs, countMax: budget.stretchesMax },
  );
  const edges = new Map(callEdges(now.spans).map((edge) => [`${edge.from}\u0000${edge.to}`, edge]));
  let spans = now.spans.length;
  const tallies: ReturnType<typeof tallyRequests>[] = [];
  for (const stretch of stretches) {
    const past = await readTraces(store, tenantId, { range: stretch, spansMax: budget.pastSpansMax });
    if (past.spans.length === 0) continue;
    spans += past.spans.length;
    tallies.push(tallyRequests(past));
    for (const edge of callEdges(past.spans)) edges.set(`${edge.from}\u0000${edge.to}`, edge);
  }
  const compared = tallies.length === 0 ? { steps: [], ownTimes: [] } : compareRequests(tallies, now);
  return {
    ...compared,
    edges: [...edges.values()],
    spans,
    stretches: tallies.length,
    isThinned: now.isThinned,
  };
}
