import type { Diagnosis, DiagnosisId, IncidentId, TenantId } from '@heliosiq/model';

/** Every diagnosis ever made; writing one again changes nothing. */
export interface DiagnosisStore {
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
}
