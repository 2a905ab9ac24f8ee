import type {
  Incident,
  IncidentAlert,
  IncidentCorrection,
  IncidentEvent,
  IncidentId,
  IncidentStatus,
  TenantId,
  TimelineEntry,
} from '@heliosiq/model';

export interface IncidentFilter {
  readonly statuses?: readonly IncidentStatus[];
  readonly assets?: readonly string[];
  readonly fingerprint?: string;
  /** Updated at or after, milliseconds since the epoch. */
  readonly updatedSince?: number;
  /** Leaves out incidents that are at the revision named here: who asks has them. */
  readonly knownRevisions?: ReadonlyMap<IncidentId, number>;
  /** Opened at or after, and before, milliseconds since the epoch. */
  readonly openedSince?: number;
  readonly openedBefore?: number;
  /** `false` leaves out those that turned out to be one with another. */
  readonly isMerged?: false;
}

/** The next revision of an incident with what the timeline says of it. */
export interface IncidentStep {
  readonly incident: Incident;
  readonly entries: readonly TimelineEntry[];
  /** Member alerts that are new or changed. */
  readonly alerts?: readonly IncidentAlert[];
  /** Fingerprints of alerts that are no members any more. */
  readonly alertsGone?: readonly string[];
  /** All member alerts of these incidents become its own; one that it has stays as it is. */
  readonly alertsFrom?: readonly IncidentId[];
  /** What tells of it, where that must not be lost: kept with the revision until it is `told`. */
  readonly news?: IncidentEvent;
}

/** A rule of another system that fires, and what it cost. */
export interface RuleNoise {
  readonly rule: string;
  /** How often it fired. */
  readonly fired: number;
  /** Different fingerprints. */
  readonly alerts: number;
  readonly incidents: number;
}

/** What a stretch of time had of noise. */
export interface NoiseFigures {
  /** Lines of timelines in the stretch, by kind. */
  readonly told: Readonly<Partial<Record<TimelineEntry['kind'], number>>>;
  /** Rules with alerts in incidents opened in the stretch, those that fired most often first. */
  readonly rules: readonly RuleNoise[];
}

/** Incidents with their timelines and member alerts, and what people corrected in their grouping. */
export interface IncidentStore {
  /**
   * Stores revision n of an incident over revision n - 1, with the timeline entries and alerts of that step, in one
   * transaction. Storing the same revision again with equal content changes nothing; any other revision rejects with
   * `conflict`.
   */
  save(
    tenantId: TenantId,
    incident: Incident,
    entries: readonly TimelineEntry[],
    alerts?: readonly IncidentAlert[],
  ): Promise<void>;
  /**
   * Stores steps of several incidents, and what was corrected with them, as `save` does: all of it or nothing. At most 100.
   * Several steps of one incident, and alerts that go from one to another, count in the order in which they are given.
   */
  saveTogether(
    tenantId: TenantId,
    steps: readonly IncidentStep[],
    corrections?: readonly IncidentCorrection[],
  ): Promise<void>;
  /** News of all tenants that were stored and are not told yet, of revisions made before `before`, oldest first; at most `limit` (1 to 1,000). */
  untold(before: number, options: { readonly limit: number }): Promise<readonly IncidentEvent[]>;
  /** Forgets news that were told; what is not there is left alone. */
  told(tenantId: TenantId, news: readonly IncidentEvent[]): Promise<void>;
  get(tenantId: TenantId, id: IncidentId): Promise<Incident | undefined>;
  /** Newest opened first, at most `limit` (1 to 1,000). */
  find(tenantId: TenantId, filter: IncidentFilter, options: { readonly limit: number }): Promise<readonly Incident[]>;
  /** Adds entries; an id that is there already is left as it is. Rejects with `not-found` without such an incident. */
  appendTimeline(tenantId: TenantId, id: IncidentId, entries: readonly TimelineEntry[]): Promise<void>;
  /** Oldest first, at most `limit` (1 to 5,000): the newest ones when there are more, without the `skip` newest of all. */
  timeline(
    tenantId: TenantId,
    id: IncidentId,
    options: { readonly limit: number; readonly skip?: number },
  ): Promise<readonly TimelineEntry[]>;
  /** Member alerts in the order of their fingerprints, at most `limit` (1 to 1,000), from beyond `after` on. */
  alerts(
    tenantId: TenantId,
    id: IncidentId,
    options: { readonly limit: number; readonly after?: string },
  ): Promise<readonly IncidentAlert[]>;
  /** How many lines and member alerts an incident has. */
  size(tenantId: TenantId, id: IncidentId): Promise<{ readonly timeline: number; readonly alerts: number }>;
  /** Corrections, newest first, at most `limit` (1 to 1,000). */
  corrections(tenantId: TenantId, options: { readonly limit: number }): Promise<readonly IncidentCorrection[]>;
  /** Figures of a stretch of time, `to` excluded; at most `limit` rules (1 to 1,000). */
  noise(
    tenantId: TenantId,
    stretch: { readonly from: number; readonly to: number },
    options: { readonly limit: number },
  ): Promise<NoiseFigures>;
}
