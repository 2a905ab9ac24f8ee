import { createMemoryAnomalyStore } from '@heliosiq/adapters/memory/anomaly-store.ts';
import { createMemoryIncidentStore } from '@heliosiq/adapters/memory/incident-store.ts';
import { createMemoryTopologyStore } from '@heliosiq/adapters/memory/topology-store.ts';
import { type Anomaly, AnomalyId, Incident, type Tuning, newIncidentId } from '@heliosiq/model';
import { expect, test } from 'vitest';
import { createAnomalyStandings } from '../../packages/incident/src/anomaly-standing.ts';
import { anomaly, epoch, minuteMs, tenantId } from '../../packages/incident/src/testing/recorded.ts';

const dayMs = 1440 * minuteMs;

/** The stores with some anomalies, and what is said of one of them a day later. */
async function openWorld(stored: readonly Anomaly[]) {
  const anomalies = createMemoryAnomalyStore();
  const incidents = createMemoryIncidentStore();
  await anomalies.put(tenantId, stored);
  const deps = { anomalies, incidents, topology: createMemoryTopologyStore(), now: () => epoch + dayMs };
  return { incidents, standing: createAnomalyStandings(deps).standing };
}

function incidentWith(id: Anomaly['id'], asset: Anomaly['series']['asset']): Incident {
  return Incident.parse({
    ...{ id: newIncidentId(), tenantId, revision: 1, title: 'shop latency is high' },
    ...{ status: 'open', severity: 'low', fingerprint: 'f', startedAt: epoch, openedAt: epoch, updatedAt: epoch },
    ...{
      lastSeenAt: epoch,
      reopenedCount: 0,
      assets: [asset],
      anomalyIds: [id],
      alertFingerprints: [],
      occurrences: 1,
    },
  });
}

test('an anomaly of an incident names it', async () => {
  const member = anomaly({ asset: 'shop', atMinute: 0 });
  const { incidents, standing } = await openWorld([member]);
  const incident = incidentWith(member.id, member.series.asset);
  await incidents.save(tenantId, incident, []);
  expect(await standing(tenantId, member.id)).toEqual({
    incident: { id: incident.id, title: incident.title, status: 'open', openedAt: epoch },
    reason: 'It is part of the incident: shop latency is high.',
  });
});

test('one that is too light says how much it weighs and how much it would take', async () => {
  const light = anomaly({ asset: 'shop', metric: 'temperature', atMinute: 0, score: 1 - 10 ** -3.5 });
  const { standing } = await openWorld([light]);
  const said = await standing(tenantId, light.id);
  expect(said?.incident).toBeUndefined();
  const [, weight, needed] = /weighs ([\d.]+) where one around shop takes (\d+\.\d+)/.exec(said?.reason ?? '') ?? [];
  expect(Number(weight)).toBeCloseTo(0.5, 2);
  expect(Number(needed)).toBeGreaterThan(Number(weight));
});

test('one that hurts nobody, one that was over when it was told, and one that was set apart say so', async () => {
  const harmless = anomaly({ asset: 'shop', direction: 'down', atMinute: 0 });
  const past = anomaly({
    asset: 'shop',
    metric: 'temperature',
    atMinute: 10,
    score: 1 - 1e-9,
    closed: true,
    samples: 4,
  });
  const apart = anomaly({ asset: 'shop', metric: 'pressure', atMinute: 10, score: 1 - 1e-9, samples: 4 });
  const { standing } = await openWorld([harmless, past, apart]);
  expect((await standing(tenantId, harmless.id))?.reason).toContain('nobody is hurt');
  expect((await standing(tenantId, past.id))?.reason).toContain('over by the time it was told');
  expect((await standing(tenantId, apart.id))?.reason).toContain('set it apart');
});

test('one that people muted names who and why, one of a series that flaps names what stands for it', async () => {
  const muted = anomaly({ asset: 'shop', metric: 'temperature', atMinute: 0 });
  const single = anomaly({ asset: 'fan', metric: 'temperature', atMinute: 60 });
  const flapping: Anomaly = {
    ...anomaly({ asset: 'fan', metric: 'temperature', atMinute: 0, samples: 30 }),
    ...{ id: AnomalyId.parse('f'.repeat(32)), detector: 'flapping' },
  };
  const { standing } = await openWorld([muted, single, flapping]);
  const mutedBy: Tuning = {
    ...{ kind: 'dismissal', id: 'dismissal-1', createdAt: epoch, createdBy: 'ann', anomalyId: muted.id },
    ...{ seriesId: muted.series.id, asset: muted.series.asset, metric: 'temperature', detector: muted.detector },
    ...{ direction: 'up', deviationMax: 9, reason: 'the nightly export' },
  };
  const said = await standing(tenantId, muted.id, { mutedBy });
  expect(said?.reason).toContain('ann said');
  expect(said?.reason).toContain('the nightly export');
  expect((await standing(tenantId, single.id))?.reason).toContain(`anomaly ${flapping.id} stands for it`);
});

test('an anomaly that nobody knows has no standing', async () => {
  const { standing } = await openWorld([]);
  expect(await standing(tenantId, anomaly({ asset: 'shop', atMinute: 0 }).id)).toBeUndefined();
});
