import type { Severity, TenantId } from '@heliosiq/model';
import type { MinedPattern } from '@heliosiq/model/log-pattern-miner.ts';

/** A line that shows what a pattern stands for. */
export interface PatternExample {
  readonly asset: string;
  readonly severity: Severity;
  readonly at: number;
  /** The line, cut after 500 characters. */
  readonly body: string;
}

/** A pattern of a tenant's logs. Times are milliseconds since the epoch, of the logs. */
export interface StoredLogPattern extends MinedPattern {
  /** Words parted by blanks; parameters as `<kind>`. */
  readonly template: string;
  readonly firstAt: number;
  /** About: it may be a minute behind the logs. */
  readonly lastAt: number;
  readonly example: PatternExample;
}

/** The catalogue of the patterns that logs follow. */
export interface LogPatternStore {
  /**
   * Adds patterns or brings them up to date: the earliest `firstAt`, the latest `lastAt` and the first example stay, former ids
   * and places add up; of words that differ in kind the last write wins.
   */
  put(tenantId: TenantId, patterns: readonly StoredLogPattern[]): Promise<void>;
  /** Forgets patterns; those that are not there are passed over. */
  remove(tenantId: TenantId, ids: readonly string[]): Promise<void>;
  /** Those seen last first, at most `limit` (1 to 20,000). */
  list(tenantId: TenantId, options: { readonly limit: number }): Promise<readonly StoredLogPattern[]>;
  /** Those whose id, or one of whose former ids, is among some (at most 2,000). */
  find(tenantId: TenantId, ids: readonly string[]): Promise<readonly StoredLogPattern[]>;
}
