import type { DiscreteSignal, Severity, TenantId } from '@heliosiq/model';
import type { TimeRange } from './series-store.ts';

export interface SignalFilter {
  readonly kinds?: readonly DiscreteSignal['kind'][];
  readonly assets?: readonly string[];
  /** Signals that have a severity, which changes do not. */
  readonly severities?: readonly Severity[];
  /** Case-insensitive part of the title or body. */
  readonly text?: string;
}

/**
 * Events, logs, changes and alerts, kept by time.
 * A signal is identified by tenant, kind, id and time: appending it again changes nothing.
 */
export interface SignalStore {
  append(tenantId: TenantId, signals: readonly DiscreteSignal[]): Promise<void>;
  /** Newest first, at most `limit` (1 to 1,000). */
  find(
    tenantId: TenantId,
    filter: SignalFilter,
    range: TimeRange,
    options: { readonly limit: number },
  ): Promise<readonly DiscreteSignal[]>;
}
