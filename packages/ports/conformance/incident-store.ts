import { newIncidentId, type AssetId, type Incident, type TenantId, type TimelineEntry } from '@heliosiq/model';
import { beforeAll, describe, expect, it } from 'vitest';
import type { IncidentStore } from '../src/incident-store.ts';
import { freshTenant } from './fresh-tenant.ts';
import type { OpenStore } from './open-store.ts';

const startAt = Date.UTC(2026, 0, 1);

function incidentOf(tenantId: TenantId, number = 1): Incident {
  const at = startAt + number * 1000;
  return {
    id: newIncidentId(),
    tenantId,
    revision: 1,
    title: `Incident ${number}`,
    status: 'open',
    severity: 'high',
    fingerprint: `f${number}`,
    startedAt: at,
    openedAt: at,
    updatedAt: at,
    lastSeenAt: at,
    reopenedCount: 0,
    assets: [`asset-${number}` as AssetId, 'shared' as AssetId], // non-empty names
    anomalyIds: [],
    alertFingerprints: [],
    occurrences: 1,
  };
}

function entryOf(id: string, at = startAt, text = 'it happened'): TimelineEntry {
  return { id, at, kind: 'comment-added', text };
}

/** The promises of `IncidentStore`. */
export function incidentStoreConformance(name: string, open: OpenStore<IncidentStore>): void {
  describe(`${name} as an incident store`, () => {
    let store: IncidentStore;
    beforeAll(async () => {
      store = await open();
    });

    it('returns an incident and its timeline as saved', async () => {
      const tenantId = freshTenant();
      const incident = incidentOf(tenantId);
      const entry = { ...entryOf('e1'), actor: 'kim', url: '/api/v1/incidents' };
      await store.save(tenantId, incident, [entry]);
      expect(await store.get(tenantId, incident.id)).toEqual(incident);
      expect(await store.timeline(tenantId, incident.id, { limit: 10 })).toEqual([entry]);
      expect(await store.get(tenantId, newIncidentId())).toBeUndefined();
    });

    it('takes the next revision and refuses every other one, entries included', async () => {
      const tenantId = freshTenant();
      const first = incidentOf(tenantId);
      await expect(store.save(tenantId, { ...first, revision: 2 }, [])).rejects.toMatchObject({ code: 'conflict' });
      await store.save(tenantId, first, [entryOf('e1')]);
      const second = { ...first, revision: 2, title: 'second' };
      await store.save(tenantId, second, []);
      for (const wrong of [{ ...first }, { ...first, revision: 4 }, { ...second, title: 'another second' }]) {
        await expect(store.save(tenantId, wrong, [entryOf('e9')])).rejects.toMatchObject({ code: 'conflict' });
      }
      expect(await store.get(tenantId, first.id)).toEqual(second);
      expect(await store.timeline(tenantId, first.id, { limit: 10 })).toEqual([entryOf('e1')]);
    });

    it('changes nothing when a revision is saved again with equal content, whatever the order of its fields', async () => {
      const tenantId = freshTenant();
      const incident = incidentOf(tenantId);
      await store.save(tenantId, incident, [entryOf('e1')]);
      const turned = Object.fromEntries(Object.entries(incident).toReversed()) as Incident; // the same fields
      await store.save(tenantId, turned, [entryOf('e1')]);
      expect(await store.get(tenantId, incident.id)).toEqual(incident);
      expect(await store.timeline(tenantId, incident.id, { limit: 10 })).toHaveLength(1);
    });

    it('lets one of two concurrent writers of a revision win', async () => {
      const tenantId = freshTenant();
      const incident = incidentOf(tenantId);
      await store.save(tenantId, incident, []);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 6 }, (_, writer) =>
          store.save(tenantId, { ...incident, revision: 2, title: `by ${writer}` }, [entryOf(`e${writer}`)]),
        ),
      );
      expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'conflict' });
      }
      expect(await store.timeline(tenantId, incident.id, { limit: 10 })).toHaveLength(1);
    });

    it('lets one of two concurrent creators of an incident win', async () => {
      const tenantId = freshTenant();
      const incident = incidentOf(tenantId);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 4 }, (_, writer) => store.save(tenantId, { ...incident, title: `by ${writer}` }, [])),
      );
      expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    });

    it('finds by status, asset, fingerprint and update time, newest opened first', async () => {
      const tenantId = freshTenant();
      const [one, two, three] = [incidentOf(tenantId, 1), incidentOf(tenantId, 2), incidentOf(tenantId, 3)];
      const resolved = { ...two, revision: 2, status: 'resolved', updatedAt: startAt + 9000 } as const;
      await store.save(tenantId, two, []);
      await store.save(tenantId, one, []);
      await store.save(tenantId, three, []);
      await store.save(tenantId, resolved, []);
      async function found(filter: Parameters<IncidentStore['find']>[1], limit = 10): Promise<string[]> {
        return (await store.find(tenantId, filter, { limit })).map((incident) => incident.fingerprint);
      }
      expect(await found({})).toEqual(['f3', 'f2', 'f1']);
      expect(await found({}, 2)).toEqual(['f3', 'f2']);
      expect(await found({ statuses: ['open', 'acknowledged'] })).toEqual(['f3', 'f1']);
      expect(await found({ statuses: [] })).toEqual([]);
      expect(await found({ assets: ['asset-1', 'asset-3'] })).toEqual(['f3', 'f1']);
      expect(await found({ assets: ['shared'], statuses: ['resolved'] })).toEqual(['f2']);
      expect(await found({ fingerprint: 'f1' })).toEqual(['f1']);
      expect(await found({ updatedSince: startAt + 9000 })).toEqual(['f2']);
      expect(await found({ updatedSince: startAt + 9001 })).toEqual([]);
    });

    it('leaves a timeline entry that is there as it is', async () => {
      const tenantId = freshTenant();
      const incident = incidentOf(tenantId);
      await store.save(tenantId, incident, [entryOf('e1')]);
      await store.appendTimeline(tenantId, incident.id, [
        entryOf('e1', startAt, 'rewritten'),
        entryOf('e2', startAt + 1),
        entryOf('e2', startAt + 2),
      ]);
      expect(await store.timeline(tenantId, incident.id, { limit: 10 })).toEqual([
        entryOf('e1'),
        entryOf('e2', startAt + 1),
      ]);
    });

    it('refuses entries for an incident that does not exist', async () => {
      const entries = [entryOf('e1')];
      await expect(store.appendTimeline(freshTenant(), newIncidentId(), entries)).rejects.toMatchObject({
        code: 'not-found',
      });
    });

    it('returns a timeline oldest first: the newest entries when there are more than asked for', async () => {
      const tenantId = freshTenant();
      const incident = incidentOf(tenantId);
      const entries = [3, 1, 2, 4].map((number) => entryOf(`e${number}`, startAt + number));
      await store.save(tenantId, incident, entries);
      const found = await store.timeline(tenantId, incident.id, { limit: 3 });
      expect(found.map((entry) => entry.id)).toEqual(['e2', 'e3', 'e4']);
    });

    it('keeps entries of one moment in the order of their arrival', async () => {
      const tenantId = freshTenant();
      const incident = incidentOf(tenantId);
      await store.save(
        tenantId,
        incident,
        ['z', 'm', 'a'].map((id) => entryOf(id)),
      );
      await store.appendTimeline(tenantId, incident.id, [entryOf('b')]);
      const found = await store.timeline(tenantId, incident.id, { limit: 10 });
      expect(found.map((entry) => entry.id)).toEqual(['z', 'm', 'a', 'b']);
    });

    it('shows a tenant nothing of another', async () => {
      const tenantId = freshTenant();
      const incident = incidentOf(tenantId);
      await store.save(tenantId, incident, [entryOf('e1')]);
      const stranger = freshTenant();
      expect(await store.get(stranger, incident.id)).toBeUndefined();
      expect(await store.find(stranger, {}, { limit: 10 })).toEqual([]);
      expect(await store.timeline(stranger, incident.id, { limit: 10 })).toEqual([]);
    });

    it('refuses limits outside 1 to 1,000 and 1 to 5,000', async () => {
      const tenantId = freshTenant();
      for (const limit of [0, 1001]) {
        await expect(store.find(tenantId, {}, { limit })).rejects.toMatchObject({ code: 'invalid-request' });
      }
      await expect(store.timeline(tenantId, newIncidentId(), { limit: 5001 })).rejects.toMatchObject({
        code: 'invalid-request',
      });
    });
  });
}
