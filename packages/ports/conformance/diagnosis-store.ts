import {
  AssetId,
  Incident,
  newIncidentId,
  type Diagnosis,
  type IncidentId,
  type Investigation,
  type KnownCause,
  type TenantId,
} from '@heliosiq/model';
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

function incidentOf(tenantId: TenantId): Incident {
  return Incident.parse({
    ...{ id: newIncidentId(), tenantId, revision: 1, title: 'it hangs', status: 'open', severity: 'high' },
    ...{ fingerprint: 'f', startedAt: startAt, openedAt: startAt, updatedAt: startAt, lastSeenAt: startAt },
    ...{ reopenedCount: 0, assets: ['pump'], anomalyIds: [], alertFingerprints: [], occurrences: 1 },
  });
}

function investigationOf(incident: Incident, changes: Partial<Investigation>): Investigation {
  return {
    ...{ id: 'i', tenantId: incident.tenantId, incidentId: incident.id, status: 'running', trigger: 'incident' },
    ...{ startedAt: startAt, updatedAt: startAt, subject: incident },
    steps: [{ name: 'topology', outcome: 'done', text: '3 assets', items: 3, durationMs: 4 }],
    ...changes,
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

    it('keeps the newest state of an investigation, and none after its end', async () => {
      const tenantId = freshTenant();
      const incident = incidentOf(tenantId);
      const running = investigationOf(incident, { id: 'i1', updatedAt: startAt + 10 });
      await store.putInvestigation(tenantId, running);
      await store.putInvestigation(tenantId, investigationOf(incident, { id: 'i1', updatedAt: startAt + 5 }));
      expect(await store.investigations(tenantId, incident.id, { limit: 10 })).toEqual([running]);
      const done = { ...running, status: 'done', updatedAt: startAt + 20, finishedAt: startAt + 20 } as const;
      await store.putInvestigation(tenantId, done);
      await store.putInvestigation(tenantId, { ...running, status: 'interrupted', updatedAt: startAt + 30 });
      expect(await store.investigations(tenantId, incident.id, { limit: 10 })).toEqual([done]);
      expect(await store.investigations(freshTenant(), incident.id, { limit: 10 })).toEqual([]);
    });

    it('gives the investigations of an incident newest first, and keeps a hundred', async () => {
      const tenantId = freshTenant();
      const incident = incidentOf(tenantId);
      for (let number = 0; number < 102; number += 1)
        await store.putInvestigation(
          tenantId,
          investigationOf(incident, { id: `i${number}`, startedAt: startAt + number, updatedAt: startAt + number }),
        );
      const kept = await store.investigations(tenantId, incident.id, { limit: 100 });
      expect(kept).toHaveLength(100);
      expect([kept[0]?.id, kept.at(-1)?.id]).toEqual(['i101', 'i2']);
      for (const limit of [0, 101])
        await expect(store.investigations(tenantId, incident.id, { limit })).rejects.toMatchObject({
          code: 'invalid-request',
        });
    });

    it('finds those of every tenant that claim to run and were not heard of', async () => {
      const [one, two] = [incidentOf(freshTenant()), incidentOf(freshTenant())];
      const silent = investigationOf(one, { id: 'silent', updatedAt: startAt - 9_000 });
      await store.putInvestigation(one.tenantId, silent);
      await store.putInvestigation(two.tenantId, investigationOf(two, { id: 'alive', updatedAt: startAt + 10 }));
      await store.putInvestigation(two.tenantId, {
        ...investigationOf(two, { id: 'over', updatedAt: startAt - 9_000 }),
        status: 'failed',
      });
      const own = (found: readonly Investigation[]): readonly Investigation[] =>
        found.filter(({ tenantId }) => tenantId === one.tenantId || tenantId === two.tenantId);
      expect(own(await store.stalled(startAt, { limit: 1000 }))).toEqual([silent]);
    });

    it('remembers what people said of incidents, a later word in the place of an earlier one', async () => {
      const tenantId = freshTenant();
      const [one, two] = [incidentOf(tenantId), incidentOf(tenantId)];
      const mark = (incident: Incident, asset: string, markedAt: number): KnownCause => ({
        ...{ tenantId, incidentId: incident.id, asset: AssetId.parse(asset), fault: 'cpu', actor: 'kim', markedAt },
        ...{ startedAt: incident.startedAt, title: 'it\u0000 hangs', assets: incident.assets, note: 'a "note"' },
      });
      await store.markCause(tenantId, mark(one, 'pump', startAt));
      await store.markCause(tenantId, mark(two, 'fan', startAt + 1));
      await store.markCause(tenantId, mark(one, 'valve', startAt + 2));
      expect(await store.knownCauses(tenantId, { limit: 10 })).toEqual([
        mark(one, 'valve', startAt + 2),
        mark(two, 'fan', startAt + 1),
      ]);
      expect(await store.knownCauses(tenantId, { limit: 1 })).toHaveLength(1);
      expect(await store.knownCause(tenantId, two.id)).toEqual(mark(two, 'fan', startAt + 1));
      expect(await store.knownCause(freshTenant(), two.id)).toBeUndefined();
    });
  });
}
