import type { DiscreteSignal, TenantId } from '@heliosiq/model';

/** What is kept for a time of its own. */
export type RetentionKind =
  | 'bronze'
  | 'sample'
  | 'rollup-minute'
  | 'rollup-hour'
  | 'rollup-day'
  | DiscreteSignal['kind']
  | 'anomaly'
  | 'incident';

/** For how many days something is kept; 0 means for ever. */
export interface RetentionRule {
  readonly kind: RetentionKind;
  readonly days: number;
}

/** What one run forgot of one kind, or would forget. */
export interface RetentionOutcome {
  readonly kind: RetentionKind;
  /** Nothing of this moment or later was touched; milliseconds since the epoch. */
  readonly before: number;
  readonly items: number;
  readonly bytes: number;
  readonly durationMs: number;
  /** Why nothing was forgotten although it was time, e.g. because rollups are not made of it yet. */
  readonly held?: string;
  /** What went wrong. */
  readonly fault?: string;
}

/** A line of the journal: who had what forgotten when. */
export interface RetentionEntry extends Omit<RetentionOutcome, 'held'> {
  /** Sorts by time. */
  readonly id: string;
  readonly at: number;
  /** `schedule`, or whose credential asked for it. */
  readonly actor: string;
}

/** What was forgotten, so that it can be looked up afterwards. */
export interface RetentionJournal {
  add(tenantId: TenantId, entries: readonly RetentionEntry[]): Promise<void>;
  /** Newest first, at most `limit` (1 to 1,000). */
  list(tenantId: TenantId, options: { readonly limit: number }): Promise<readonly RetentionEntry[]>;
  /** Forgets entries of before a moment; returns how many. */
  expire(tenantId: TenantId, before: number): Promise<number>;
}

/** Knows what is kept for how long, and sees to it. */
export interface RetentionKeeper {
  rules(tenantId: TenantId): readonly RetentionRule[];
  /** Only says what would be forgotten now. */
  preview(tenantId: TenantId, signal: AbortSignal): Promise<readonly RetentionOutcome[]>;
  /** Forgets what is too old and writes it to the journal. Rejects with `conflict` while another run is under way. */
  enforce(tenantId: TenantId, actor: string, signal: AbortSignal): Promise<readonly RetentionOutcome[]>;
  journal(tenantId: TenantId, options: { readonly limit: number }): Promise<readonly RetentionEntry[]>;
}
