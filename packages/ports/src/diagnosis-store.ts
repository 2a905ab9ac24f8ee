import type { Diagnosis, DiagnosisId, IncidentId, Investigation, KnownCause, TenantId } from '@heliosiq/model';

/** Every diagnosis ever made, how investigations went, and what people said the causes were. */
export interface DiagnosisStore {
  /** Writing a diagnosis again changes nothing. */
  put(tenantId: TenantId, diagnosis: Diagnosis): Promise<void>;
  get(tenantId: TenantId, id: DiagnosisId): Promise<Diagnosis | undefined>;
  /** The newest diagnosis of each incident that has one; at most 1,000 incidents are asked for. */
  latest(tenantId: TenantId, incidentIds: readonly IncidentId[]): Promise<readonly Diagnosis[]>;
  /** All revisions of one incident, newest first, at most `limit` (1 to 100). */
  history(
    tenantId: TenantId,
    incidentId: IncidentId,
    options: { readonly limit: number },
  ): Promise<readonly Diagnosis[]>;
  /**
   * Writes an investigation, over an earlier state of it unless that is newer or no longer running: what has ended stays ended. An incident
   * keeps its newest hundred.
   */
  putInvestigation(tenantId: TenantId, investigation: Investigation): Promise<void>;
  /** Investigations of one incident, newest first, at most `limit` (1 to 100). */
  investigations(
    tenantId: TenantId,
    incidentId: IncidentId,
    options: { readonly limit: number },
  ): Promise<readonly Investigation[]>;
  /** Investigations of any tenant that claim to run and were last heard of before a moment; the oldest first, at most `limit` (1 to 1,000). */
  stalled(before: number, options: { readonly limit: number }): Promise<readonly Investigation[]>;
  /** Remembers what a person said; a later word on the same incident replaces an earlier one. */
  markCause(tenantId: TenantId, cause: KnownCause): Promise<void>;
  /** What people said, newest first, at most `limit` (1 to 1,000). */
  knownCauses(tenantId: TenantId, options: { readonly limit: number }): Promise<readonly KnownCause[]>;
  /** What a person said of one incident. */
  knownCause(tenantId: TenantId, incidentId: IncidentId): Promise<KnownCause | undefined>;
}
