import { newIncidentId, type Diagnosis, type IncidentId, type TenantId } from '@heliosiq/model';
import { diagnosisIdOf } from '@heliosiq/model/content-id.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DiagnosisStore } from '../src/diagnosis-store.ts';
import { freshTenant } from './fresh-tenant.ts';
import type { OpenStore } from './open-store.ts';

const startAt = Date.UTC(2026, 0, 1);

function diagnosisOf(tenantId: TenantId, incidentId: IncidentId, revision = 1): Diagnosis {
  return {
    id: diagnosisIdOf(incidentId, `evidence ${revision}`),
    tenantId,
    incidentId,
    revision,
    madeAt: startAt + revision,
    verdict: 'inconclusive',
    confidence: 0.25,
    summary: `Investigation ${revision}: "nothing"\u0000 certain.`,
    window: { baselineFrom: 1, faultFrom: 2, faultTo: 3 },
    hypotheses: [],
    ruledOut: [],
    missing: ['logs'],
  };
}

/** The promises of `DiagnosisStore`. */
export function diagnosisStoreConformance(name: string, open: OpenStore<DiagnosisStore>): void {
  describe(`${name} as a diagnosis store`, () => {
    let store: DiagnosisStore;
    beforeAll(async () => {
      store = await open();
    });

    it('returns a diagnosis by its id', async () => {
      const tenantId = freshTenant();
      const diagnosis = diagnosisOf(tenantId, newIncidentId());
      await store.put(tenantId, diagnosis);
      await store.put(tenantId, diagnosisOf(tenantId, diagnosis.incidentId, 2));
      expect(await store.get(tenantId, diagnosis.id)).toEqual(diagnosis);
      expect(await store.get(tenantId, diagnosisOf(tenantId, newIncidentId()).id)).toBeUndefined();
      expect(await store.get(freshTenant(), diagnosis.id)).toBeUndefined();
    });

    it('returns the newest diagnosis of each incident that has one', async () => {
      const tenantId = freshTenant();
      const [one, two, none] = [newIncidentId(), newIncidentId(), newIncidentId()];
      await store.put(tenantId, diagnosisOf(tenantId, one, 2));
      await store.put(tenantId, diagnosisOf(tenantId, one, 1));
      await store.put(tenantId, diagnosisOf(tenantId, two));
      const latest = await store.latest(tenantId, [none, two, one]);
      expect(latest.toSorted((a, b) => b.revision - a.revision)).toEqual([
        diagnosisOf(tenantId, one, 2),
        diagnosisOf(tenantId, two),
      ]);
      expect(await store.latest(tenantId, [])).toEqual([]);
    });

    it('changes nothing when a diagnosis is written again', async () => {
      const tenantId = freshTenant();
      const diagnosis = diagnosisOf(tenantId, newIncidentId());
      await store.put(tenantId, diagnosis);
      await store.put(tenantId, { ...diagnosis, summary: 'rewritten' });
      expect(await store.history(tenantId, diagnosis.incidentId, { limit: 10 })).toEqual([diagnosis]);
    });

    it('returns the history newest first, at most as many as asked for', async () => {
      const tenantId = freshTenant();
      const incidentId = newIncidentId();
      for (const revision of [2, 1, 3]) await store.put(tenantId, diagnosisOf(tenantId, incidentId, revision));
      const history = await store.history(tenantId, incidentId, { limit: 2 });
      expect(history.map((diagnosis) => diagnosis.revision)).toEqual([3, 2]);
    });

    it('shows a tenant nothing of another', async () => {
      const tenantId = freshTenant();
      const diagnosis = diagnosisOf(tenantId, newIncidentId());
      await store.put(tenantId, diagnosis);
      expect(await store.latest(freshTenant(), [diagnosis.incidentId])).toEqual([]);
      expect(await store.history(freshTenant(), diagnosis.incidentId, { limit: 10 })).toEqual([]);
    });

    it('refuses more than 1,000 incidents and a limit outside 1 to 100', async () => {
      const tenantId = freshTenant();
      const many = Array.from({ length: 1001 }, newIncidentId);
      await expect(store.latest(tenantId, many)).rejects.toMatchObject({ code: 'invalid-request' });
      for (const limit of [0, 101]) {
        await expect(store.history(tenantId, newIncidentId(), { limit })).rejects.toMatchObject({
          code: 'invalid-request',
        });
      }
    });
  });
}
