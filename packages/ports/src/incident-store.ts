import type { Incident, IncidentId, IncidentStatus, TenantId, TimelineEntry } from '@heliosiq/model';

export interface IncidentFilter {
  readonly statuses?: readonly IncidentStatus[];
  readonly assets?: readonly string[];
  readonly fingerprint?: string;
  /** Updated at or after, milliseconds since the epoch. */
  readonly updatedSince?: number;
}

/** Incidents and their timelines. */
export interface IncidentStore {
  /**
   * Stores revision n of an incident over revision n - 1, with the timeline entries of that step, in one transaction.
   * Storing the same revision again with equal content changes nothing; any other revision rejects with `conflict`.
   */
  save(tenantId: TenantId, incident: Incident, entries: readonly TimelineEntry[]): Promise<void>;
  get(tenantId: TenantId, id: IncidentId): Promise<Incident | undefined>;
  /** Newest opened first, at most `limit` (1 to 1,000). */
  find(tenantId: TenantId, filter: IncidentFilter, options: { readonly limit: number }): Promise<readonly Incident[]>;
  /** Adds entries; an id that is there already is left as it is. Rejects with `not-found` without such an incident. */
  appendTimeline(tenantId: TenantId, id: IncidentId, entries: readonly TimelineEntry[]): Promise<void>;
  /** Oldest first, at most `limit` (1 to 5,000): the newest ones when there are more. */
  timeline(tenantId: TenantId, id: IncidentId, options: { readonly limit: number }): Promise<readonly TimelineEntry[]>;
}
