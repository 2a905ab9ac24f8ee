import { z } from 'zod';
import { AssetId } from './ids.ts';
import { Timestamp } from './signal.ts';

/** A span as far as the causes of trouble are told from it. */
export const TraceSpan = z.object({
  traceId: z.string().max(64),
  spanId: z.string().max(32),
  /** Empty at the root of a trace. */
  parentId: z.string().max(32),
  asset: AssetId,
  operation: z.string().max(300),
  /** Milliseconds since the epoch, with fractions. */
  startMs: z.number(),
  endMs: z.number(),
  isError: z.boolean(),
});
export type TraceSpan = z.infer<typeof TraceSpan>;

/** A log line that was written during a span. */
export const TraceLine = z.object({
  /** Tells it from equal lines of the same span. */
  id: z.string().max(200),
  traceId: z.string().max(64),
  spanId: z.string().max(32),
  asset: AssetId,
  at: Timestamp,
  body: z.string().max(1000),
  isError: z.boolean(),
});
export type TraceLine = z.infer<typeof TraceLine>;

/**
 * Spans and lines of whole traces that came in one request, all of one minute. Of all traces a share was kept that is decided by the
 * trace's id alone (`isTraceKept`), so that whoever keeps the same share keeps the same traces, whole.
 */
export const TracePart = z.object({
  /** Names the content: the same part again changes nothing. */
  id: z.string().min(1).max(64),
  /** The minute, milliseconds since the epoch. */
  at: Timestamp,
  /** Above 0, at most 1. */
  share: z.number().positive().max(1),
  spans: z.array(TraceSpan).max(50_000),
  lines: z.array(TraceLine).max(50_000),
});
export type TracePart = z.infer<typeof TracePart>;

/** Length of the slots that parts lie in. */
export const tracePartMs = 60_000;

/** True when a trace belongs to a share of all traces (FNV-1a, 32 bit, mixed): what is in a share is in every larger one. */
export function isTraceKept(traceId: string, share: number): boolean {
  if (share >= 1) return true;
  let hash = 0x811c9dc5;
  for (let index = 0; index < traceId.length; index += 1) {
    hash = Math.imul(hash ^ traceId.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0 < share * 2 ** 32;
}
