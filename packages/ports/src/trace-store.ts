import type { TenantId, TracePart } from '@heliosiq/model';
import type { TimeRange } from './series-store.ts';

/** How much of one minute is kept. */
export interface TraceSlot {
  /** The minute, milliseconds since the epoch. */
  readonly at: number;
  readonly spans: number;
}

/**
 * A bounded sample of whole traces with their log lines, by minute. A part is identified by tenant, minute and id: appending it
 * again changes nothing.
 */
export interface TraceStore {
  append(tenantId: TenantId, parts: readonly TracePart[]): Promise<void>;
  /** Parts whose minute lies in the range (`to` is exclusive), the oldest first, at most `limit` (1 to 5,000): of more, the newest. */
  read(tenantId: TenantId, range: TimeRange, options: { readonly limit: number }): Promise<readonly TracePart[]>;
  /** Minutes of the range that hold spans, the oldest first. */
  slots(tenantId: TenantId, range: TimeRange): Promise<readonly TraceSlot[]>;
  /**
   * Forgets, for every tenant, what is older than its newest minute by more than `keepMs`: a clock that jumps makes nothing old.
   * Returns how many parts went.
   */
  expire(keepMs: number): Promise<number>;
}
