import { createMemoryAnomalyStore } from '@heliosiq/adapters/memory/anomaly-store.ts';
import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryIncidentStore } from '@heliosiq/adapters/memory/incident-store.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemoryTopologyStore } from '@heliosiq/adapters/memory/topology-store.ts';
import { type Alert, type Anomaly, AssetId, type Incident, type Principal } from '@heliosiq/model';
import { describe, expect, test } from 'vitest';
import { createCorrelator } from '../../packages/incident/src/correlator.ts';
import { createIncident } from '../../packages/incident/src/incident.ts';
import { createIncidentAnnouncer } from '../../packages/incident/src/incident-announcer.ts';
import { incidentDefaults } from '../../packages/incident/src/incident-settings.ts';
import { alert, anomaly, callGraph, epoch, minuteMs, tenantId } from '../../packages/incident/src/testing/recorded.ts';

const operator: Principal = { tenantId, actor: 'key:ops', role: 'operator' };

/** Correlation and the desk over stores in memory, as two processes share them. */
async function openWorld(...calls: readonly string[]) {
  const topology = createMemoryTopologyStore();
  await topology.put(tenantId, callGraph(...calls));
  const world = { now: epoch };
  const deps = {
    log: createMemoryEventLog(),
    incidents: createMemoryIncidentStore(),
    anomalies: createMemoryAnomalyStore(),
    topology,
    meter: createMemoryMeter(),
    logger: createMemoryLogger(),
    now: () => world.now,
  };
  const newCorrelator = () =>
    createCorrelator({
      ...deps,
      settings: incidentDefaults,
      announcer: createIncidentAnnouncer(deps.log, deps.incidents),
    });
  let correlator = newCorrelator();
  return {
    ...deps,
    world,
    desk: createIncident(deps).desk,
    restart: () => void (correlator = newCorrelator()),
    send: (...observed: readonly (Alert | Anomaly)[]) =>
      correlator.observe(tenantId, {
        anomalies: observed.filter((one): one is Anomaly => !('kind' in one)),
        inOrder: () =>
          observed.map((one) => ('kind' in one ? { kind: 'alert', alert: one } : { kind: 'anomaly', anomaly: one })),
      }),
    active: async () =>
      (await deps.incidents.find(tenantId, { isMerged: false }, { limit: 100 })).filter(
        ({ status }) => status !== 'resolved',
      ),
    addCalls: (...more: readonly string[]) => topology.put(tenantId, callGraph(...more)),
  };
}

function only(incidents: readonly Incident[], asset: string): Incident {
  const found = incidents.filter(({ assets }) => assets.some((each) => each === asset));
  const [first] = found;
  if (first === undefined || found.length > 1) throw new Error(`${found.length} incidents affect ${asset}`);
  return first;
}

describe('two incidents that turn out to be one', () => {
  test('are merged when the map connects them, with the reason, and nothing is counted twice', async () => {
    const { send, active, world, addCalls, incidents } = await openWorld('a>b', 'x>y');
    await send(alert({ asset: 'b', atMinute: 0, fingerprint: 'fb' }));
    await send(alert({ asset: 'x', atMinute: 1, fingerprint: 'fx' }));
    expect(await active()).toHaveLength(2);
    await addCalls('b>x');
    world.now += 6_000;
    await send(alert({ asset: 'b', atMinute: 2, fingerprint: 'fb' }));
    const [incident, ...others] = await active();
    expect(others).toEqual([]);
    expect(incident).toMatchObject({ occurrences: 3, assets: ['b', 'x'] });
    if (incident === undefined) return;
    const story = await incidents.timeline(tenantId, incident.id, { limit: 100 });
    expect(story.find(({ kind }) => kind === 'incident-merged')).toMatchObject({ reason: 'b and x are connected' });
    expect(
      (await incidents.alerts(tenantId, incident.id, { limit: 10 })).map(({ fingerprint }) => fingerprint),
    ).toEqual(['fb', 'fx']);
    const [merged] = await incidents.find(tenantId, { statuses: ['resolved'] }, { limit: 10 });
    expect(merged).toMatchObject({ mergedInto: incident.id, resolvedBy: 'merge' });
    await send(alert({ asset: 'x', atMinute: 3, fingerprint: 'fx' }));
    expect(await active()).toMatchObject([{ id: incident.id, occurrences: 4 }]);
  });

  test('of one batch never come to be two, in any order', async () => {
    const chain = ['a>b', 'b>c', 'c>d', 'd>e', 'e>f', 'f>g'];
    for (const order of ['aegc', 'gace', 'ceag']) {
      const { send, incidents } = await openWorld(...chain);
      await send(...order.split('').map((asset) => alert({ asset, atMinute: 0, fingerprint: asset })));
      expect(await incidents.find(tenantId, {}, { limit: 10 })).toMatchObject([{ revision: 1, occurrences: 4 }]);
    }
  });
});

describe('what a person corrects', () => {
  test('a split stays: the next firing and a later trouble of the same assets are kept apart', async () => {
    const { send, active, desk, world, restart, incidents } = await openWorld('web>cart', 'cart>db');
    await send(alert({ asset: 'web', atMinute: 0, fingerprint: 'fw' }));
    await send(alert({ asset: 'db', atMinute: 1, fingerprint: 'fd' }));
    const [one] = await active();
    if (one === undefined) throw new Error('no incident was opened');
    expect(one.assets).toEqual(['web', 'db']);
    world.now += minuteMs;
    const split = await desk.split(operator, one.id, { members: { assets: [AssetId.parse('db')] }, note: 'backup' });
    expect(split).toMatchObject({ splitFrom: one.id, assets: ['db'], occurrences: 1, revision: 1 });
    expect(await incidents.get(tenantId, one.id)).toMatchObject({ assets: ['web'], occurrences: 1 });
    await send(
      alert({ asset: 'db', atMinute: 3, fingerprint: 'fd' }),
      alert({ asset: 'web', atMinute: 3, fingerprint: 'fw' }),
    );
    expect(only(await active(), 'db')).toMatchObject({ id: split.id, occurrences: 2 });
    expect(only(await active(), 'web')).toMatchObject({ id: one.id, occurrences: 2 });
    await send(
      alert({ asset: 'db', atMinute: 4, fingerprint: 'fd', status: 'resolved' }),
      alert({ asset: 'web', atMinute: 4, fingerprint: 'fw', status: 'resolved' }),
    );
    expect(await active()).toEqual([]);
    restart();
    await send(
      alert({ asset: 'db', atMinute: 900, fingerprint: 'other-d' }),
      alert({ asset: 'web', atMinute: 900, fingerprint: 'other-w' }),
    );
    expect((await active()).map(({ assets }) => assets.join()).sort()).toEqual(['db', 'web']);
  });

  test('a merge stays: what a person put together joins the next time though the map does not connect it', async () => {
    const { send, active, desk, incidents } = await openWorld('web>cart', 'farm>barn');
    await send(alert({ asset: 'web', atMinute: 0, fingerprint: 'fw' }));
    await send(alert({ asset: 'farm', atMinute: 1, fingerprint: 'ff' }));
    const [web, farm] = [only(await active(), 'web'), only(await active(), 'farm')];
    const merged = await desk.merge(operator, farm.id, { into: web.id, note: 'one power feed' });
    expect(merged).toMatchObject({ id: web.id, assets: ['web', 'farm'], occurrences: 2 });
    await expect(desk.merge(operator, farm.id, { into: web.id })).rejects.toMatchObject({ code: 'conflict' });
    await expect(desk.reopen(operator, farm.id)).rejects.toMatchObject({ code: 'conflict' });
    await send(
      alert({ asset: 'farm', atMinute: 2, fingerprint: 'ff', status: 'resolved' }),
      alert({ asset: 'web', atMinute: 2, fingerprint: 'fw', status: 'resolved' }),
    );
    expect(await active()).toEqual([]);
    await send(alert({ asset: 'farm', atMinute: 700, fingerprint: 'ff' }));
    await send(alert({ asset: 'web', atMinute: 701, fingerprint: 'fw' }));
    const [again, ...others] = await active();
    expect(others).toEqual([]);
    expect(again).toMatchObject({ assets: ['farm', 'web'], occurrences: 2 });
    const story = again === undefined ? [] : await incidents.timeline(tenantId, again.id, { limit: 10 });
    expect(story.find(({ text }) => text.includes('web'))?.reason).toContain('key:ops put them together');
  });

  test('members move to an incident that is there, anomalies too, and come back by another word', async () => {
    const { send, active, desk } = await openWorld('web>cart', 'farm>barn');
    const slow = anomaly({ asset: 'cart', atMinute: 0, samples: 3 });
    await send(alert({ asset: 'web', atMinute: 0, fingerprint: 'fw' }), slow, alert({ asset: 'farm', atMinute: 0 }));
    const [web, farm] = [only(await active(), 'web'), only(await active(), 'farm')];
    const moved = await desk.split(operator, web.id, { members: { anomalyIds: [slow.id] }, into: farm.id });
    expect(moved).toMatchObject({ id: farm.id, anomalyIds: [slow.id], assets: ['farm', 'cart'] });
    await send(anomaly({ asset: 'cart', atMinute: 0, samples: 4 }));
    expect(only(await active(), 'cart').id).toBe(farm.id);
    await desk.split(operator, farm.id, { members: { anomalyIds: [slow.id] }, into: web.id });
    await desk.merge(operator, farm.id, { into: web.id });
    await send(anomaly({ asset: 'cart', atMinute: 0, samples: 5, closed: true }));
    expect(only(await active(), 'cart')).toMatchObject({ id: web.id, anomalyIds: [slow.id], occurrences: 3 });
  });

  test('choices that make no sense are refused and change nothing', async () => {
    const { send, active, desk, incidents } = await openWorld('web>cart');
    await send(alert({ asset: 'web', atMinute: 0 }));
    const [one] = await active();
    if (one === undefined) throw new Error('no incident was opened');
    const all = desk.split(operator, one.id, { members: { assets: [AssetId.parse('web')] } });
    await expect(all).rejects.toMatchObject({ code: 'invalid-request' });
    const none = desk.split(operator, one.id, { members: { assets: [AssetId.parse('db')] } });
    await expect(none).rejects.toMatchObject({ code: 'invalid-request' });
    await expect(desk.merge(operator, one.id, { into: one.id })).rejects.toMatchObject({ code: 'invalid-request' });
    const viewer = { ...operator, role: 'viewer' } as const;
    await expect(desk.merge(viewer, one.id, { into: one.id })).rejects.toMatchObject({ code: 'forbidden' });
    expect(await active()).toEqual([one]);
    expect(await incidents.corrections(tenantId, { limit: 10 })).toEqual([]);
  });
});
