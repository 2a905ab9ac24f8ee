import type { DiscreteSignal, Log, Severity, TenantId } from '@heliosiq/model';
import type { TimeRange } from './series-store.ts';

export interface SignalFilter {
  readonly kinds?: readonly DiscreteSignal['kind'][];
  readonly assets?: readonly string[];
  /** Signals that have a severity, which changes do not. */
  readonly severities?: readonly Severity[];
  /** Case-insensitive part of the title or body. */
  readonly text?: string;
  /** Ids of patterns, at most 2,000: logs of one of them. */
  readonly patterns?: readonly string[];
}

/** A log as it was stored, with the id of its pattern where it was given one. */
export interface StoredLog {
  readonly log: Log;
  readonly pattern?: string;
}

/** The last signal of a page: the next page begins behind it. */
export interface SignalPlace {
  readonly at: number;
  readonly kind: DiscreteSignal['kind'];
  readonly id: string;
}

/** The last line of a page of logs: the next page begins behind it. */
export interface LogPlace {
  readonly at: number;
  readonly id: string;
}

/** What logs are counted by. `time` is by steps. */
export type LogCountKey = 'pattern' | 'asset' | 'severity' | 'time';

export interface LogCountQuestion {
  readonly by: readonly LogCountKey[];
  /** Length of a step in milliseconds; steps begin at multiples of it since the epoch. Needed by `time`. */
  readonly stepMs?: number;
  /** Groups in the answer at most, 1 to 20,000. */
  readonly limit: number;
}

/** How many logs agree in what was asked for; only what was asked for is there. */
export interface LogCount {
  readonly pattern?: string;
  readonly asset?: string;
  readonly severity?: Severity;
  /** Start of the step. */
  readonly at?: number;
  readonly lines: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/**
 * Events, logs, changes and alerts, kept by time.
 * A signal is identified by tenant, kind, id and time: appending it again changes nothing, its pattern neither.
 */
export interface SignalStore {
  /** `patternOf` says what is stored as a log's pattern; logs without one are found by no pattern. */
  append(
    tenantId: TenantId,
    signals: readonly DiscreteSignal[],
    options?: { readonly patternOf?: (log: Log) => string | undefined },
  ): Promise<void>;
  /** Newest first, those of one moment by kind and id; at most `limit` (1 to 100,000), behind a place where one is given. */
  find(
    tenantId: TenantId,
    filter: SignalFilter,
    range: TimeRange,
    options: { readonly limit: number; readonly after?: SignalPlace },
  ): Promise<readonly DiscreteSignal[]>;
  /** Logs with their patterns, newest first, at most `limit` (1 to 1,000), those behind a place where one is given. */
  findLogs(
    tenantId: TenantId,
    filter: Omit<SignalFilter, 'kinds'>,
    range: TimeRange,
    options: { readonly limit: number; readonly after?: LogPlace },
  ): Promise<readonly StoredLog[]>;
  /**
   * How many logs of a range there are, by pattern, asset, severity or time: most lines first. Logs that were stored without a
   * pattern are left out where patterns are counted.
   */
  countLogs(
    tenantId: TenantId,
    filter: Omit<SignalFilter, 'kinds'>,
    range: TimeRange,
    question: LogCountQuestion,
  ): Promise<readonly LogCount[]>;
}
