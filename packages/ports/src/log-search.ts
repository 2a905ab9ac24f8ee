import type { Severity, TenantId } from '@heliosiq/model';
import type { PatternExample } from './log-pattern-store.ts';
import type { TimeRange } from './series-store.ts';
import type { LogPlace, StoredLog } from './signal-store.ts';

/** Which logs; everything that is given must hold. */
export interface LogQuestion {
  /** Case-insensitive part of the line. */
  readonly text?: string;
  readonly asset?: string;
  readonly severity?: Severity;
  /** Id of a pattern, or of one that has grown into another. */
  readonly pattern?: string;
}

/** Lines by time: `counts[i]` of those in the step that begins at `from + i * stepMs`. */
export interface LogHistogram {
  readonly from: number;
  readonly stepMs: number;
  readonly counts: readonly number[];
}

/** A page of logs, newest first, and where the next one begins; without it there are no more. */
export interface LogPage {
  readonly logs: readonly StoredLog[];
  readonly next?: LogPlace;
}

/** A pattern with how often its lines occur in a range. */
export interface PatternUse {
  readonly id: string;
  readonly template: string;
  /** Of all lines that were ever stored. */
  readonly firstAt: number;
  readonly lastAt: number;
  readonly lines: number;
  /** Of the range, as many as asked for. */
  readonly histogram: LogHistogram;
  /** The worst severity of its lines in the range. */
  readonly worst: Severity;
  readonly example: PatternExample;
}

/** How one pattern's lines are spread over assets and severities, most lines first. */
export interface PatternSpread {
  readonly assets: readonly { readonly asset: string; readonly lines: number }[];
  readonly severities: readonly { readonly severity: Severity; readonly lines: number }[];
}

/** Finds logs by words and patterns. */
export interface LogSearch {
  find(
    tenantId: TenantId,
    question: LogQuestion,
    range: TimeRange,
    options: { readonly limit: number; readonly after?: LogPlace },
  ): Promise<LogPage>;
  /** About `steps` steps (1 to 500) of a length that people count in. */
  histogram(
    tenantId: TenantId,
    question: LogQuestion,
    range: TimeRange,
    options: { readonly steps: number },
  ): Promise<LogHistogram>;
  /** The patterns of the lines, most lines first; `patterns` says how many there are beyond `limit` (1 to 1,000). */
  patterns(
    tenantId: TenantId,
    question: LogQuestion,
    range: TimeRange,
    options: { readonly limit: number; readonly steps: number },
  ): Promise<{ readonly uses: readonly PatternUse[]; readonly patterns: number; readonly lines: number }>;
  /** Undefined when nobody knows the pattern. */
  spread(tenantId: TenantId, pattern: string, range: TimeRange): Promise<PatternSpread | undefined>;
}
