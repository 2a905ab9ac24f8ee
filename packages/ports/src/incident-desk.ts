import type { AnomalyId, AssetId, Incident, IncidentId, NoiseReport, Principal, TenantId } from '@heliosiq/model';

/** Members of an incident: named one by one, or all of some assets. */
export interface MemberChoice {
  readonly anomalyIds?: readonly AnomalyId[];
  readonly alertFingerprints?: readonly string[];
  readonly assets?: readonly AssetId[];
}

/** What people do with incidents. Each call rejects with `not-found`, or with `conflict` when the state forbids it. */
export interface IncidentDesk {
  acknowledge(principal: Principal, id: IncidentId): Promise<Incident>;
  mitigate(principal: Principal, id: IncidentId, note?: string): Promise<Incident>;
  resolve(principal: Principal, id: IncidentId, note?: string): Promise<Incident>;
  reopen(principal: Principal, id: IncidentId, note?: string): Promise<Incident>;
  comment(principal: Principal, id: IncidentId, text: string): Promise<Incident>;
  /** Gives the incident to somebody, or to nobody. */
  assign(principal: Principal, id: IncidentId, assignee?: string): Promise<Incident>;
  watch(principal: Principal, id: IncidentId, isWatching: boolean): Promise<Incident>;
  /** Says that two are one: all members go to `into`. Remembered; answers `into`. */
  merge(
    principal: Principal,
    id: IncidentId,
    change: { readonly into: IncidentId; readonly note?: string },
  ): Promise<Incident>;
  /**
   * Says that some members are of another trouble: they go to `into`, or to a new incident, which is answered. Remembered.
   * Rejects with `invalid-request` when none or all of the members are chosen.
   */
  split(
    principal: Principal,
    id: IncidentId,
    change: { readonly members: MemberChoice; readonly into?: IncidentId; readonly note?: string },
  ): Promise<Incident>;
}

/** What is written about incidents. */
export interface IncidentReports {
  /** A draft of a postmortem in Markdown, from what is stored. Rejects with `not-found`. */
  postmortem(tenantId: TenantId, id: IncidentId): Promise<string>;
  /** How much noise a stretch of time had, `to` excluded. */
  noise(tenantId: TenantId, stretch: { readonly from: number; readonly to: number }): Promise<NoiseReport>;
}
