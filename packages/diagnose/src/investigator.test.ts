import { createMemoryAnomalyStore } from '@heliosiq/adapters/memory/anomaly-store.ts';
import { createMemoryDiagnosisStore } from '@heliosiq/adapters/memory/diagnosis-store.ts';
import { createMemoryIncidentStore } from '@heliosiq/adapters/memory/incident-store.ts';
import { createMemorySeriesStore } from '@heliosiq/adapters/memory/series-store.ts';
import { createMemorySignalStore } from '@heliosiq/adapters/memory/signal-store.ts';
import { createMemoryTopologyStore } from '@heliosiq/adapters/memory/topology-store.ts';
import { AssetId, Diagnosis, Incident, newIncidentId, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import type { SeriesStore } from '@heliosiq/ports';
import { beforeEach, expect, test } from 'vitest';
import { defaultEvidenceBudget, type EvidenceBudget } from './evidence-gathering.ts';
import { createInvestigator } from './investigator.ts';
import { calls, FAULT_FROM_MS, seriesOf, service, type SeriesSpec } from './testing/casefile-fixture.ts';

const tenantId = TenantId.parse('acme');
const MINUTE_MS = 60_000;
const noSignal = new AbortController().signal;

function stores() {
  return {
    series: createMemorySeriesStore(),
    signals: createMemorySignalStore(),
    topology: createMemoryTopologyStore(),
    anomalies: createMemoryAnomalyStore(),
    diagnoses: createMemoryDiagnosisStore(),
    incidents: createMemoryIncidentStore(),
  };
}

let ports: ReturnType<typeof stores>;
let told: Diagnosis[];

function investigator(overrides: { readonly series?: SeriesStore; readonly budget?: EvidenceBudget } = {}) {
  return createInvestigator({
    ...ports,
    budget: defaultEvidenceBudget,
    now: () => FAULT_FROM_MS + 30 * MINUTE_MS,
    publish: (_, diagnosis) => {
      told.push(diagnosis);
      return Promise.resolve();
    },
    ...overrides,
  });
}

async function record(specs: readonly SeriesSpec[]): Promise<void> {
  await ports.series.append(
    tenantId,
    specs.map((spec) => {
      const { metric, baseline, fault } = seriesOf(spec);
      const asset = AssetId.parse(spec.asset);
      const labels = spec.statistic === undefined ? {} : { statistic: spec.statistic };
      return {
        kind: 'samples',
        series: { id: seriesIdOf(tenantId, { asset, metric, labels }), asset, metric, labels },
        times: [...baseline.timesMs, ...fault.timesMs],
        values: [...baseline.values, ...fault.values],
      };
    }),
  );
}

function incidentAt(asset: string): Incident {
  const startedAt = FAULT_FROM_MS + 3 * MINUTE_MS;
  return Incident.parse({
    id: newIncidentId(),
    tenantId,
    revision: 1,
    title: `${asset} is slow`,
    status: 'open',
    severity: 'high',
    fingerprint: asset,
    startedAt,
    openedAt: startedAt,
    updatedAt: startedAt,
    lastSeenAt: startedAt + 10 * MINUTE_MS,
    reopenedCount: 0,
    assets: [asset],
    entry: { asset, metric: 'latency' },
    anomalyIds: [],
    alertFingerprints: [],
    occurrences: 1,
  });
}

beforeEach(async () => {
  ports = stores();
  told = [];
  const edges = [calls('shop', 'search'), calls('search', 'index'), calls('shop', 'cart')];
  await ports.topology.put(tenantId, {
    assets: [],
    edges: edges.map((edge) => ({ ...edge, from: AssetId.parse(edge.from), to: AssetId.parse(edge.to) })),
  });
  await record([
    ...service('shop', 0.2, { faultLevel: 0.4 }),
    ...service('search', 0.05, { faultLevel: 0.25 }),
    ...service('index', 0.01, { faultLevel: 0.21 }),
    ...service('cart', 0.03),
  ]);
});

test('finds the cause below the entry from the stores, keeps it, tells it and writes the timeline', async () => {
  const incident = incidentAt('shop');
  await ports.incidents.save(tenantId, incident, []);
  const { diagnosis, isNew } = await investigator().investigate(tenantId, incident.id, noSignal);
  expect(isNew).toBe(true);
  expect(diagnosis).toMatchObject({ verdict: 'fault', revision: 1 });
  expect(diagnosis.hypotheses[0]).toMatchObject({ rank: 1, asset: 'index', fault: 'latency' });
  expect(Diagnosis.parse(structuredClone(diagnosis))).toEqual(diagnosis);
  expect(await ports.diagnoses.get(tenantId, diagnosis.id)).toEqual(diagnosis);
  expect(told).toEqual([diagnosis]);
  const [entry] = await ports.incidents.timeline(tenantId, incident.id, { limit: 10 });
  expect(entry).toMatchObject({ kind: 'diagnosis-made', text: diagnosis.summary });
});

test('every evidence id is unique in its diagnosis and its link carries it', async () => {
  const incident = incidentAt('shop');
  await ports.incidents.save(tenantId, incident, []);
  const { diagnosis } = await investigator().investigate(tenantId, incident.id, noSignal);
  const evidence = diagnosis.hypotheses.flatMap((one) => one.evidence);
  expect(new Set(evidence.map(({ id }) => id)).size).toBe(evidence.length);
  for (const { id, url } of evidence)
    expect(url).toBe(`/api/v1/incidents/${incident.id}/diagnoses/${diagnosis.id}/evidence/${id}`);
});

test('the same evidence gives the same diagnosis and is told once by one process, and again after a restart', async () => {
  const incident = incidentAt('shop');
  await ports.incidents.save(tenantId, incident, []);
  const first = investigator();
  const made = await first.investigate(tenantId, incident.id, noSignal);
  expect(await first.investigate(tenantId, incident.id, noSignal)).toEqual({ diagnosis: made.diagnosis, isNew: false });
  expect(told).toHaveLength(1);
  await investigator().investigate(tenantId, incident.id, noSignal);
  expect(told.map(({ id }) => id)).toEqual([made.diagnosis.id, made.diagnosis.id]);
  expect(await ports.incidents.timeline(tenantId, incident.id, { limit: 10 })).toHaveLength(1);
});

test('new evidence that changes the answer makes a new revision', async () => {
  const incident = incidentAt('shop');
  await ports.incidents.save(tenantId, incident, []);
  const before = await investigator().investigate(tenantId, incident.id, noSignal);
  await ports.signals.append(tenantId, [
    {
      kind: 'change',
      id: 'd1',
      asset: AssetId.parse('index'),
      at: FAULT_FROM_MS,
      change: 'deploy',
      title: 'index 2.4.0',
      labels: {},
    },
  ]);
  const after = await investigator().investigate(tenantId, incident.id, noSignal);
  expect(after.diagnosis).toMatchObject({ revision: 2 });
  expect(after.diagnosis.hypotheses[0]).toMatchObject({ asset: 'index', fault: 'deploy' });
  expect(after.diagnosis.id).not.toBe(before.diagnosis.id);
});

test('a store that does not answer in time leaves a diagnosis that says so', async () => {
  const incident = incidentAt('shop');
  await ports.incidents.save(tenantId, incident, []);
  const { promise } = Promise.withResolvers<never>();
  const stuck: SeriesStore = { append: () => promise, list: () => promise, range: () => promise };
  const slow = investigator({ series: stuck, budget: { ...defaultEvidenceBudget, timeMs: 50 } });
  const { diagnosis } = await slow.investigate(tenantId, incident.id, noSignal);
  expect(diagnosis.verdict).not.toBe('fault');
  expect(diagnosis.missing).toContain('The metrics could not be read in time.');
});

test('another tenant sees nothing of it', async () => {
  const incident = incidentAt('shop');
  await ports.incidents.save(tenantId, incident, []);
  await expect(investigator().investigate(TenantId.parse('other'), incident.id, noSignal)).rejects.toMatchObject({
    code: 'not-found',
  });
});

test('stopping ends an investigation at once instead of making a poor diagnosis', async () => {
  const incident = incidentAt('shop');
  await ports.incidents.save(tenantId, incident, []);
  await expect(investigator().investigate(tenantId, incident.id, AbortSignal.abort())).rejects.toThrow();
  expect(told).toEqual([]);
});
