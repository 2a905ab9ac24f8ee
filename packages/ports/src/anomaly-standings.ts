import type { AnomalyId, Incident, TenantId, Tuning } from '@heliosiq/model';

/** What came of an anomaly: the incident that it is a part of, or why there is none. */
export interface AnomalyStanding {
  readonly incident?: Pick<Incident, 'id' | 'title' | 'status' | 'openedAt'>;
  /** One sentence or two, in plain words. */
  readonly reason: string;
}

/** Says of each anomaly what came of it, so that none is a dead end. */
export interface AnomalyStandings {
  /** `mutedBy` is what keeps it from being told, where something does. Undefined when there is no such anomaly. */
  standing(
    tenantId: TenantId,
    id: AnomalyId,
    known?: { readonly mutedBy?: Tuning | undefined },
  ): Promise<AnomalyStanding | undefined>;
}
