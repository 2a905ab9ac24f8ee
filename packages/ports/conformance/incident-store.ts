import {
  newIncidentId,
  orderedId,
  type AssetId,
  type Incident,
  type IncidentAlert,
  type IncidentCorrection,
  type TenantId,
  type TimelineEntry,
} from '@heliosiq/model';
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

function alertOf(fingerprint: string, more: Partial<IncidentAlert> = {}): IncidentAlert {
  return {
    fingerprint,
    asset: 'web' as AssetId, // a non-empty name
    title: `Alert ${fingerprint}`,
    severity: 'high',
    rule: 'Down',
    firing: true,
    occurrences: 1,
    firstAt: startAt,
    lastAt: startAt,
    firedAt: startAt,
    seenAt: startAt,
    ...more,
  };
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
      const knownRevisions = new Map([
        [one.id, one.revision],
        [resolved.id, resolved.revision - 1],
      ]);
      expect(await found({ knownRevisions })).toEqual(['f3', 'f2']);
      expect(await found({ knownRevisions: new Map() })).toEqual(['f3', 'f2', 'f1']);
      expect(await found({ openedSince: startAt + 2000, openedBefore: startAt + 3000 })).toEqual(['f2']);
      await store.save(tenantId, { ...resolved, revision: 3, mergedInto: three.id }, []);
      expect(await found({ isMerged: false })).toEqual(['f3', 'f1']);
    });

    it('keeps member alerts by fingerprint, in pages, and counts them', async () => {
      const tenantId = freshTenant();
      const incident = incidentOf(tenantId);
      await store.save(tenantId, incident, [entryOf('e1')], [alertOf('b'), alertOf('a')]);
      const again = alertOf('b', { occurrences: 2, firing: false, reason: 'same asset' });
      await store.save(tenantId, { ...incident, revision: 2 }, [], [again, alertOf('c')]);
      expect(await store.alerts(tenantId, incident.id, { limit: 10 })).toEqual([alertOf('a'), again, alertOf('c')]);
      expect(await store.alerts(tenantId, incident.id, { limit: 1, after: 'a' })).toEqual([again]);
      expect(await store.size(tenantId, incident.id)).toEqual({ timeline: 1, alerts: 3 });
      expect(await store.alerts(freshTenant(), incident.id, { limit: 10 })).toEqual([]);
      expect(await store.size(freshTenant(), incident.id)).toEqual({ timeline: 0, alerts: 0 });
    });

    it('keeps text with NUL, quotes, half surrogates and line ends in incidents, stories and member alerts', async () => {
      const tenantId = freshTenant();
      const odd = 'a\u0000b "c" \\ \ud800 \n\r\u2028 {}, 日本';
      const incidents = [1, 2, 3].map((number) => ({ ...incidentOf(tenantId, number), title: `${number} ${odd}` }));
      const alerts = ['f1', 'f2'].map((fingerprint) => alertOf(fingerprint, { title: odd, reason: '\\N\n' }));
      const entries = [entryOf('e1', startAt, odd), entryOf('e2', startAt, '\n')];
      const save = (revision: number): Promise<void> =>
        store.saveTogether(
          tenantId,
          incidents.map((incident) => ({ incident: { ...incident, revision }, entries, alerts })),
        );
      await save(1);
      await save(2);
      for (const incident of incidents) {
        expect(await store.get(tenantId, incident.id)).toEqual({ ...incident, revision: 2 });
        expect(await store.timeline(tenantId, incident.id, { limit: 10 })).toEqual(entries);
        expect(await store.alerts(tenantId, incident.id, { limit: 10 })).toEqual(alerts);
      }
    });

    it('stores steps of several incidents together or not at all, with alerts that change hands', async () => {
      const tenantId = freshTenant();
      const [one, two] = [incidentOf(tenantId, 1), incidentOf(tenantId, 2)];
      await store.save(tenantId, one, [], [alertOf('a'), alertOf('x')]);
      await store.save(tenantId, two, [], [alertOf('b'), alertOf('x', { occurrences: 7 })]);
      const merged = { ...two, revision: 2, status: 'resolved', mergedInto: one.id } as const;
      const joined = { ...one, revision: 2 };
      const correction: IncidentCorrection = {
        id: orderedId(),
        at: startAt,
        actor: 'kim',
        kind: 'together',
        left: ['asset:a'],
        right: ['asset:b'],
        incidentIds: [one.id, two.id],
      };
      const steps = [
        { incident: joined, entries: [entryOf('m')], alertsFrom: [two.id], alertsGone: ['a'] },
        { incident: merged, entries: [entryOf('m')] },
      ];
      const late = [steps[0], { incident: { ...merged, revision: 3 }, entries: [] }] as typeof steps;
      await expect(store.saveTogether(tenantId, late, [correction])).rejects.toMatchObject({ code: 'conflict' });
      expect(await store.get(tenantId, one.id)).toEqual(one);
      expect(await store.corrections(tenantId, { limit: 10 })).toEqual([]);
      for (let time = 0; time < 2; time += 1) {
        await store.saveTogether(tenantId, steps, [correction]);
        expect(await store.get(tenantId, two.id)).toEqual(merged);
        expect(await store.alerts(tenantId, one.id, { limit: 10 })).toEqual([alertOf('b'), alertOf('x')]);
        expect(await store.alerts(tenantId, two.id, { limit: 10 })).toEqual([]);
        expect(await store.corrections(tenantId, { limit: 10 })).toEqual([correction]);
      }
      expect(await store.corrections(freshTenant(), { limit: 10 })).toEqual([]);
    });

    it('stores several steps of one incident in their order, and alerts that change hands in the order of the steps', async () => {
      const tenantId = freshTenant();
      for (const [older, younger] of [
        [incidentOf(tenantId, 1), incidentOf(tenantId, 2)],
        [incidentOf(tenantId, 2), incidentOf(tenantId, 1)],
      ] as const) {
        const merged = { ...younger, revision: 2, status: 'resolved', mergedInto: older.id } as const;
        const last = { ...older, revision: 3, title: 'last' };
        const steps = [
          { incident: older, entries: [entryOf('e1')] },
          { incident: younger, entries: [entryOf('e1')], alerts: [alertOf('a')] },
          { incident: { ...older, revision: 2 }, entries: [entryOf('e2')], alerts: [alertOf('b')] },
          { incident: merged, entries: [], alerts: [alertOf('c')] },
          { incident: last, entries: [entryOf('e3')], alertsFrom: [younger.id] },
        ];
        const torn = steps.toSpliced(2, 1);
        await expect(store.saveTogether(tenantId, torn)).rejects.toMatchObject({ code: 'conflict' });
        expect(await store.get(tenantId, younger.id)).toBeUndefined();
        await store.saveTogether(tenantId, steps);
        expect(await store.get(tenantId, older.id)).toEqual(last);
        expect(await store.get(tenantId, younger.id)).toEqual(merged);
        expect(await store.size(tenantId, older.id)).toEqual({ timeline: 3, alerts: 3 });
        expect(await store.size(tenantId, younger.id)).toEqual({ timeline: 1, alerts: 0 });
      }
    });

    it('keeps news with their revisions, in the order in which they were stored, until they are told', async () => {
      const tenantId = freshTenant();
      const [one, two] = [incidentOf(tenantId), incidentOf(tenantId, 2)];
      const over: Incident = { ...one, revision: 2, status: 'resolved', updatedAt: one.updatedAt + 5000 };
      const news = [
        { kind: 'incident-opened', incident: one },
        { kind: 'incident-resolved', incident: over },
        { kind: 'incident-opened', incident: two },
      ] as const;
      const own = async (before = Infinity): Promise<unknown> =>
        (await store.untold(before, { limit: 1000 })).filter(({ incident }) => incident.tenantId === tenantId);
      await store.saveTogether(tenantId, [
        ...news.map((each) => ({ incident: each.incident, entries: [], news: each })),
        { incident: { ...two, revision: 2 }, entries: [] },
      ]);
      expect(await own()).toEqual(news);
      expect(await own(over.updatedAt)).toEqual([news[0], news[2]]);
      await expect(
        store.saveTogether(tenantId, [
          { incident: { ...two, revision: 9 }, entries: [], news: { kind: 'incident-resolved', incident: two } },
        ]),
      ).rejects.toMatchObject({ code: 'conflict' });
      await store.told(freshTenant(), news);
      expect(await own()).toEqual(news);
      await store.told(tenantId, [news[0], news[2]]);
      await store.told(tenantId, [news[0]]);
      expect(await own()).toEqual([news[1]]);
    });

    it('tells what a stretch of time had of noise', async () => {
      const tenantId = freshTenant();
      const [one, two, old] = [incidentOf(tenantId, 1), incidentOf(tenantId, 2), incidentOf(tenantId, -10)];
      const mail = (alert: string): IncidentAlert => alertOf(alert, { rule: 'Mail', occurrences: 3 });
      await store.save(tenantId, one, [entryOf('e1'), entryOf('late', startAt + 5000)], [alertOf('a'), mail('b')]);
      await store.save(tenantId, two, [entryOf('e2', startAt + 1)], [alertOf('a'), alertOf('c')]);
      await store.save(tenantId, old, [], [mail('z')]);
      expect(await store.noise(tenantId, { from: startAt, to: startAt + 5000 }, { limit: 10 })).toEqual({
        told: { 'comment-added': 2 },
        rules: [
          { rule: 'Down', fired: 3, alerts: 2, incidents: 2 },
          { rule: 'Mail', fired: 3, alerts: 1, incidents: 1 },
        ],
      });
      const { rules } = await store.noise(tenantId, { from: 0, to: startAt + 5000 }, { limit: 1 });
      expect(rules).toEqual([{ rule: 'Mail', fired: 6, alerts: 2, incidents: 2 }]);
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
      const earlier = await store.timeline(tenantId, incident.id, { limit: 2, skip: 1 });
      expect(earlier.map((entry) => entry.id)).toEqual(['e2', 'e3']);
      expect(await store.timeline(tenantId, incident.id, { limit: 2, skip: 4 })).toEqual([]);
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
