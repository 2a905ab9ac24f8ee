import { Diagnosis, TenantId } from '@heliosiq/model';
import type { SeriesStore } from '@heliosiq/ports';
import { beforeEach, expect, test } from 'vitest';
import { defaultEvidenceBudget, type EvidenceBudget } from './evidence-gathering.ts';
import { createInvestigator } from './investigator.ts';
import { FAULT_FROM_MS } from './testing/casefile-fixture.ts';
import { incidentAt, indexDeploy, slowIndexStores, tenantId } from './testing/stores-fixture.ts';

const MINUTE_MS = 60_000;
const noSignal = new AbortController().signal;

let ports: Awaited<ReturnType<typeof slowIndexStores>>;
let told: Diagnosis[];

function investigator(
  overrides: {
    readonly series?: SeriesStore;
    readonly budget?: EvidenceBudget;
    readonly dataStored?: () => Promise<boolean>;
  } = {},
) {
  return createInvestigator({
    ...ports,
    budget: defaultEvidenceBudget,
    dataStored: () => Promise.resolve(true),
    now: () => FAULT_FROM_MS + 30 * MINUTE_MS,
    publish: (_, diagnosis) => {
      told.push(diagnosis);
      return Promise.resolve();
    },
    ...overrides,
  });
}

beforeEach(async () => {
  ports = await slowIndexStores();
  told = [];
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
  expect(await first.investigate(tenantId, incident.id, noSignal)).toMatchObject({
    diagnosis: made.diagnosis,
    isNew: false,
  });
  expect(told).toHaveLength(1);
  await investigator().investigate(tenantId, incident.id, noSignal);
  expect(told.map(({ id }) => id)).toEqual([made.diagnosis.id, made.diagnosis.id]);
  expect(await ports.incidents.timeline(tenantId, incident.id, { limit: 10 })).toHaveLength(1);
});

test('new evidence that changes the answer makes a new revision', async () => {
  const incident = incidentAt('shop');
  await ports.incidents.save(tenantId, incident, []);
  const before = await investigator().investigate(tenantId, incident.id, noSignal);
  await ports.signals.append(tenantId, [indexDeploy]);
  const after = await investigator().investigate(tenantId, incident.id, noSignal);
  expect(after.diagnosis).toMatchObject({ revision: 2 });
  expect(after.diagnosis.hypotheses[0]).toMatchObject({ asset: 'index', fault: 'deploy' });
  expect(after.diagnosis.id).not.toBe(before.diagnosis.id);
});

test('a store that does not answer in time leaves a diagnosis that says so', async () => {
  const incident = incidentAt('shop');
  await ports.incidents.save(tenantId, incident, []);
  const { promise } = Promise.withResolvers<never>();
  const neverAnswering = async function* (): AsyncGenerator<never> {
    yield await promise;
  };
  const stuck: SeriesStore = { append: () => promise, list: () => promise, range: () => promise, scan: neverAnswering };
  const slow = investigator({ series: stuck, budget: { ...defaultEvidenceBudget, timeMs: 50 } });
  const { diagnosis } = await slow.investigate(tenantId, incident.id, noSignal);
  expect(diagnosis.verdict).not.toBe('fault');
  expect(diagnosis.missing).toContain('The metrics could not be read in time.');
});

test('samples that were not stored in time are named as missing', async () => {
  const incident = incidentAt('shop');
  await ports.incidents.save(tenantId, incident, []);
  const { diagnosis } = await investigator({ dataStored: () => Promise.resolve(false) }).investigate(
    tenantId,
    incident.id,
    noSignal,
  );
  expect(diagnosis.missing[0]).toBe('The newest samples had not been stored yet.');
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
  await expect(investigator().investigate(tenantId, incident.id, AbortSignal.abort())).rejects.toThrow('aborted');
  expect(told).toEqual([]);
});
