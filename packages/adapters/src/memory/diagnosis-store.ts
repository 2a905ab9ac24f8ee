import type { Diagnosis, DiagnosisId, IncidentId, Investigation, KnownCause } from '@heliosiq/model';
import type { DiagnosisStore } from '@heliosiq/ports';
import { checkedLimit, checkKeyCount } from '../limits.ts';
import { createTenantMap, type TenantMap } from './tenant-map.ts';

type HeldDiagnoses = Map<IncidentId, Map<DiagnosisId, Diagnosis>>;

/** A diagnosis store in memory, gone with the process. */
export function createMemoryDiagnosisStore(): DiagnosisStore {
  const tenants: TenantMap<HeldDiagnoses> = createTenantMap(() => new Map());

  const investigations = createTenantMap(() => new Map<string, Investigation>());
  const causes = createTenantMap(() => new Map<IncidentId, KnownCause>());

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
    async putInvestigation(tenantId, investigation) {
      const held = investigations.of(tenantId);
      const known = held.get(investigation.id);
      if (known !== undefined && (known.status !== 'running' || known.updatedAt > investigation.updatedAt)) return;
      held.set(investigation.id, investigation);
      const ofIncident = newestOf(held.values(), investigation.incidentId);
      for (const { id } of ofIncident.slice(investigationsKept)) held.delete(id);
    },
    async investigations(tenantId, incidentId, { limit }) {
      checkedLimit(limit, 100);
      return newestOf(investigations.of(tenantId).values(), incidentId).slice(0, limit);
    },
    async stalled(before, { limit }) {
      checkedLimit(limit, 1000);
      return [...investigations.entries()]
        .flatMap(([, held]) => [...held.values()])
        .filter(({ status, updatedAt }) => status === 'running' && updatedAt < before)
        .sort((a, b) => a.updatedAt - b.updatedAt)
        .slice(0, limit);
    },
    async markCause(tenantId, cause) {
      causes.of(tenantId).set(cause.incidentId, cause);
    },
    async knownCauses(tenantId, { limit }) {
      checkedLimit(limit, 1000);
      return [...causes.of(tenantId).values()]
        .sort((a, b) => b.markedAt - a.markedAt || (a.incidentId < b.incidentId ? 1 : -1))
        .slice(0, limit);
    },
    async knownCause(tenantId, incidentId) {
      return causes.of(tenantId).get(incidentId);
    },
  };
}

const investigationsKept = 100;

function newestOf(held: Iterable<Investigation>, incidentId: IncidentId): Investigation[] {
  return [...held]
    .filter((one) => one.incidentId === incidentId)
    .sort((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? 1 : -1));
}
