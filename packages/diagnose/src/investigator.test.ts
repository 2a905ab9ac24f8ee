import { AssetId, Diagnosis, HeliosError, Investigation, TenantId, type InvestigationEvent } from '@heliosiq/model';
import type { SeriesStore } from '@heliosiq/ports';
import { beforeEach, expect, test } from 'vitest';
import { defaultEvidenceBudget, gatherEvidence, type EvidenceBudget } from './evidence-gathering.ts';
import { createInvestigationDesk } from './investigation-desk.ts';
import { createInvestigator } from './investigator.ts';
import { gatherExperience } from './past-causes.ts';
import { rankCauses } from './rank-causes.ts';
import { FAULT_FROM_MS } from './testing/casefile-fixture.ts';
import { incidentAt, indexDeploy, slowIndexStores, tenantId } from './testing/stores-fixture.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
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
  const { diagnosis, isNew } = await investigator().investigate(tenantId, incident.id, { signal: noSignal });
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
  const { diagnosis } = await investigator().investigate(tenantId, incident.id, { signal: noSignal });
  const evidence = diagnosis.hypotheses.flatMap((one) => one.evidence);
  expect(new Set(evidence.map(({ id }) => id)).size).toBe(evidence.length);
  for (const { id, url } of evidence)
    expect(url).toBe(`/api/v1/incidents/${incident.id}/diagnoses/${diagnosis.id}/evidence/${id}`);
});

test('the same evidence gives the same diagnosis and is told once by one process, and again after a restart', async () => {
  const incident = incidentAt('shop');
  await ports.incidents.save(tenantId, incident, []);
  const first = investigator();
  const made = await first.investigate(tenantId, incident.id, { signal: noSignal });
  expect(await first.investigate(tenantId, incident.id, { signal: noSignal })).toMatchObject({
    diagnosis: made.diagnosis,
    isNew: false,
  });
  expect(told).toHaveLength(1);
  await investigator().investigate(tenantId, incident.id, { signal: noSignal });
  expect(told.map(({ id }) => id)).toEqual([made.diagnosis.id, made.diagnosis.id]);
  expect(await ports.incidents.timeline(tenantId, incident.id, { limit: 10 })).toHaveLength(1);
});

test('new evidence that changes the answer makes a new revision', async () => {
  const incident = incidentAt('shop');
  await ports.incidents.save(tenantId, incident, []);
  const before = await investigator().investigate(tenantId, incident.id, { signal: noSignal });
  await ports.signals.append(tenantId, [indexDeploy]);
  const after = await investigator().investigate(tenantId, incident.id, { signal: noSignal });
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
  const { diagnosis } = await slow.investigate(tenantId, incident.id, { signal: noSignal });
  expect(diagnosis.verdict).not.toBe('fault');
  expect(diagnosis.missing).toContain('The metrics could not be read in time.');
});

test('samples that were not stored in time are named as missing', async () => {
  const incident = incidentAt('shop');
  await ports.incidents.save(tenantId, incident, []);
  const { diagnosis } = await investigator({ dataStored: () => Promise.resolve(false) }).investigate(
    tenantId,
    incident.id,
    { signal: noSignal },
  );
  expect(diagnosis.missing[0]).toBe('The newest samples had not been stored yet.');
});

test('another tenant sees nothing of it', async () => {
  const incident = incidentAt('shop');
  await ports.incidents.save(tenantId, incident, []);
  await expect(
    investigator().investigate(TenantId.parse('other'), incident.id, { signal: noSignal }),
  ).rejects.toMatchObject({
    code: 'not-found',
  });
});

test('stopping ends an investigation at once instead of making a poor diagnosis', async () => {
  const incident = incidentAt('shop');
  await ports.incidents.save(tenantId, incident, []);
  await expect(investigator().investigate(tenantId, incident.id, { signal: AbortSignal.abort() })).rejects.toThrow(
    'aborted',
  );
  expect(told).toEqual([]);
});

test('every step is kept with the investigation, and told as it ends', async () => {
  const incident = incidentAt('shop');
  await ports.incidents.save(tenantId, incident, []);
  const events: InvestigationEvent[] = [];
  const { diagnosis } = await investigator().investigate(tenantId, incident.id, {
    ...{ signal: noSignal, trigger: 'person' },
    onEvent: (event) => events.push(event),
  });
  const [kept, ...others] = await ports.diagnoses.investigations(tenantId, incident.id, { limit: 10 });
  expect(others).toEqual([]);
  expect(kept).toMatchObject({ status: 'done', trigger: 'person', diagnosisId: diagnosis.id, subject: incident });
  expect(Investigation.parse(structuredClone(kept))).toEqual(kept);
  const steps = events.flatMap((event) => (event.kind === 'step' ? [event.step] : []));
  expect(kept?.steps).toEqual(steps);
  expect(new Set(steps.map(({ name }) => name))).toEqual(
    new Set([
      'data',
      'topology',
      'anomalies',
      'series',
      'metrics',
      'changes',
      'alerts',
      'logs',
      'traces',
      'past',
      'whole-assets',
      'runbooks',
      'rank',
    ]),
  );
  expect(steps.find(({ name }) => name === 'metrics')?.items).toBeGreaterThan(100);
  expect([events[0]?.kind, events.at(-1)?.kind]).toEqual(['started', 'answer']);
});

test('asked again, the same data gives the same input and answer; other data does not pass for the same', async () => {
  const incident = incidentAt('shop');
  await ports.incidents.save(tenantId, incident, []);
  await investigator().investigate(tenantId, incident.id, { signal: noSignal });
  const [kept] = await ports.diagnoses.investigations(tenantId, incident.id, { limit: 1 });
  if (kept === undefined) throw new Error('nothing was kept');
  // The incident has moved on since; the question is the one of then.
  await ports.incidents.save(tenantId, { ...incident, revision: 2, lastSeenAt: incident.lastSeenAt + 3_600_000 }, []);
  expect(await investigator().replay(tenantId, kept, noSignal)).toMatchObject({
    isSameInput: true,
    isSameAnswer: true,
  });
  await ports.signals.append(tenantId, [indexDeploy]);
  expect(await investigator().replay(tenantId, kept, noSignal)).toMatchObject({
    ...{ isSameInput: false, isSameAnswer: false },
  });
  expect(told).toHaveLength(1);
});

test('a fault of a store ends the investigation in the books with a reason', async () => {
  const incident = incidentAt('shop');
  await ports.incidents.save(tenantId, incident, []);
  const failing = investigator({ dataStored: () => Promise.reject(new HeliosError('unavailable', 'The log is away')) });
  await expect(failing.investigate(tenantId, incident.id, { signal: noSignal })).rejects.toThrow('The log is away');
  const [kept] = await ports.diagnoses.investigations(tenantId, incident.id, { limit: 1 });
  expect(kept).toMatchObject({ status: 'failed', fault: 'The log is away' });
});

test('what a person said of a similar incident speaks for the same cause, says that it is a memory, and decays', async () => {
  const before = { ...incidentAt('shop'), startedAt: FAULT_FROM_MS - 10 * DAY_MS };
  const now = incidentAt('shop');
  const old = { ...incidentAt('shop'), startedAt: now.startedAt + 720 * DAY_MS };
  for (const incident of [before, now]) await ports.incidents.save(tenantId, incident, []);
  const desk = createInvestigationDesk({ ...ports, investigator: investigator(), now: () => FAULT_FROM_MS });
  const kim = { tenantId, actor: 'kim', role: 'operator' } as const;
  const gathered = await gatherEvidence(
    ports,
    { tenantId, incident: now },
    { budget: defaultEvidenceBudget, signal: noSignal },
  );
  const without = rankCauses(gathered.casefile).hypotheses.find(({ asset }) => asset === 'search');
  await desk.markCause(kim, before.id, { asset: AssetId.parse('search'), fault: 'memory', note: 'it leaked' });
  const withMemory = await investigator().investigate(tenantId, now.id, { signal: noSignal });
  const search = withMemory.diagnosis.hypotheses.find(({ asset }) => asset === 'search');
  expect(without?.evidence.some(({ kind }) => kind === 'past-cause')).toBe(false);
  const memory = search?.evidence.find(({ kind }) => kind === 'past-incident');
  expect(memory?.text).toMatch(/a person said that search \(memory\) was the cause .* may not hold now/);
  expect(search?.score).toBeGreaterThan(without?.score ?? 1);
  // A memory alone makes no cause: what is measured still decides.
  expect(withMemory.diagnosis.hypotheses[0]?.asset).toBe('index');
  const [entry] = (await ports.incidents.timeline(tenantId, before.id, { limit: 10 })).filter(
    ({ actor }) => actor === 'kim',
  );
  expect(entry?.text).toBe('The true cause was search (memory). it leaked');
  expect((await gatherExperience(ports.diagnoses, { tenantId, incident: old })).causes).toEqual([]);
});
