import type { Diagnosis, DiagnosisId, IncidentId } from '@heliosiq/model';
import type { DiagnosisStore } from '@heliosiq/ports';
import { checkedLimit, checkKeyCount } from '../limits.ts';
import { createTenantMap, type TenantMap } from './tenant-map.ts';

type HeldDiagnoses = Map<IncidentId, Map<DiagnosisId, Diagnosis>>;

/** A diagnosis store in memory, gone with the process. */
export function createMemoryDiagnosisStore(): DiagnosisStore {
  const tenants: TenantMap<HeldDiagnoses> = createTenantMap(() => new Map());

  function newestFirst(held: HeldDiagnoses, incidentId: IncidentId): Diagnosis[] {
    return [...(held.get(incidentId)?.values() ?? [])].sort((a, b) => b.revision - a.revision);
  }

  return {
    async put(tenantId, diagnosis) {
      const held = tenants.of(tenantId);
      const ofIncident = held.get(diagnosis.incidentId) ?? new Map<DiagnosisId, Diagnosis>();
      if (!ofIncident.has(diagnosis.id)) ofIncident.set(diagnosis.id, diagnosis);
      held.set(diagnosis.incidentId, ofIncident);
    },
    async get(tenantId, id) {
      for (const ofIncident of tenants.of(tenantId).values()) {
        const diagnosis = ofIncident.get(id);
        if (diagnosis !== undefined) return diagnosis;
      }
      return undefined;
    },
    async latest(tenantId, incidentIds) {
      checkKeyCount(incidentIds, 1000, 'incidentIds');
      const held = tenants.of(tenantId);
      return [...new Set(incidentIds)].flatMap((id) => newestFirst(held, id).slice(0, 1));
    },
    async history(tenantId, incidentId, { limit }) {
      checkedLimit(limit, 100);
      return newestFirst(tenants.of(tenantId), incidentId).slice(0, limit);
    },
  };
}
