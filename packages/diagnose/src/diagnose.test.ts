import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { DiagnosisEvent, type Incident, type IncidentEvent } from '@heliosiq/model';
import type { EventLog, LogRecord } from '@heliosiq/ports';
import { afterEach, expect, test, vi } from 'vitest';
import { createDiagnose } from './diagnose.ts';
import { FAULT_FROM_MS } from './testing/casefile-fixture.ts';
import { incidentAt, indexDeploy, recordSlowIndex, slowIndexStores, tenantId } from './testing/stores-fixture.ts';

afterEach(() => vi.useRealTimers());

type Stores = Awaited<ReturnType<typeof slowIndexStores>>;

async function stage(
  options: { readonly log?: EventLog; readonly stores?: Stores; readonly recordedUntilMs?: number } = {},
) {
  const stores = options.stores ?? (await slowIndexStores(options.recordedUntilMs));
  const log = options.log ?? createMemoryEventLog();
  const meter = createMemoryMeter();
  const diagnose = createDiagnose({
    ...stores,
    log,
    meter,
    logger: createMemoryLogger(),
    now: () => 1_700_000_000_000,
    settings: { storeWaitMs: 5_000, secondLookMs: 20 },
  });
  return { stores, log, diagnose };
}

function announce(log: EventLog, incident: Incident, kind: IncidentEvent['kind']): Promise<void> {
  const value = new TextEncoder().encode(JSON.stringify({ kind, incident }));
  return log.append(tenantId, 'incidents', [
    { key: incident.id, id: `${incident.id}:${incident.revision}:${kind}`, value },
  ]);
}

/** All records of a topic, in the order of partitions. */
async function recordsOf(log: EventLog, topic: 'diagnoses' | 'incidents-rejected'): Promise<LogRecord[]> {
  const partitions = topic === 'diagnoses' ? [0, 1, 2, 3] : [0];
  const slices = await Promise.all(
    partitions.map((partition) => log.read(tenantId, topic, { partition, fromOffset: 0, recordsMax: 100 })),
  );
  return slices.flatMap((slice) => [...slice.records]);
}

/** Runs the stage until everything in `incidents` is committed, then stops it. */
async function runToEnd({ log, diagnose }: Awaited<ReturnType<typeof stage>>): Promise<void> {
  const stop = new AbortController();
  const running = diagnose.run(stop.signal);
  await vi.waitFor(
    async () => {
      const lag = (await log.lag()).filter((one) => one.topic === 'incidents');
      if (lag.length === 0 || lag.some((one) => one.lagRecords > 0)) throw new Error('still behind');
    },
    { timeout: 30_000, interval: 10 },
  );
  stop.abort();
  await running;
}

test('an opened incident is answered in the topic diagnoses under the id of the diagnosis', async () => {
  const parts = await stage();
  const incident = incidentAt('shop');
  await parts.stores.incidents.save(tenantId, incident, []);
  await announce(parts.log, incident, 'incident-opened');
  await runToEnd(parts);
  const [record, ...others] = await recordsOf(parts.log, 'diagnoses');
  expect(others).toEqual([]);
  const { diagnosis } = DiagnosisEvent.parse(JSON.parse(new TextDecoder().decode(record?.value)));
  expect(diagnosis).toMatchObject({ incidentId: incident.id, verdict: 'fault' });
  expect(diagnosis.hypotheses[0]?.asset).toBe('index');
  expect(record).toMatchObject({ key: incident.id, id: diagnosis.id });
});

test('an update that brings nothing new tells nothing new', async () => {
  const parts = await stage();
  const incident = incidentAt('shop');
  await parts.stores.incidents.save(tenantId, incident, []);
  await announce(parts.log, incident, 'incident-opened');
  await announce(parts.log, incident, 'incident-updated');
  await runToEnd(parts);
  expect(await recordsOf(parts.log, 'diagnoses')).toHaveLength(1);
});

/** The stores, where every look takes half a minute by the clock that rests are measured with; and how many looks there were. */
function slowly(stores: Stores) {
  vi.useFakeTimers({ toFake: ['performance'] });
  let looks = 0;
  const get: Stores['topology']['get'] = (id) => {
    looks += 1;
    vi.advanceTimersByTime(30_000);
    return stores.topology.get(id);
  };
  return { stores: { ...stores, topology: { ...stores.topology, get } }, looks: () => looks };
}

test('of an incident that grows all the time the last growth is answered, in few investigations', async () => {
  const { stores, looks } = slowly(await slowIndexStores());
  const parts = await stage({ stores });
  const { log } = parts;
  const incident = incidentAt('shop');
  await stores.incidents.save(tenantId, incident, []);
  await announce(log, incident, 'incident-opened');
  const stop = new AbortController();
  const running = parts.diagnose.run(stop.signal);
  await vi.waitFor(() => expect(looks()).toBe(1), { timeout: 30_000 });
  for (let revision = 2; revision <= 30; revision += 1) {
    await stores.incidents.save(tenantId, { ...incident, revision }, []);
    await announce(log, { ...incident, revision }, 'incident-updated');
    if (revision === 2) await vi.waitFor(() => expect(looks()).toBe(2), { timeout: 30_000 });
  }
  stop.abort();
  await running;
  // What was told during the rest is answered by who reads on.
  await runToEnd({ ...parts, diagnose: (await stage({ stores, log })).diagnose });
  const made = await stores.diagnoses.investigations(tenantId, incident.id, { limit: 100 });
  expect(Math.max(...made.map(({ subject }) => subject.revision))).toBe(30);
  expect(made.every(({ status }) => status !== 'running')).toBe(true);
  expect(looks()).toBe(3);
});

test('an incident that opens while growth of another one waits is answered at once', async () => {
  const { stores, looks } = slowly(await slowIndexStores());
  const { log, diagnose } = await stage({ stores });
  const [growing, opening] = [incidentAt('shop'), incidentAt('search')];
  await stores.incidents.save(tenantId, growing, []);
  await stores.incidents.save(tenantId, opening, []);
  const stop = new AbortController();
  const running = diagnose.run(stop.signal);
  await announce(log, growing, 'incident-updated');
  await vi.waitFor(async () => expect(await recordsOf(log, 'diagnoses')).toHaveLength(1), { timeout: 30_000 });
  await announce(log, growing, 'incident-updated');
  await announce(log, opening, 'incident-opened');
  await vi.waitFor(async () => expect(await recordsOf(log, 'diagnoses')).toHaveLength(2), { timeout: 9_000 });
  expect(await stores.diagnoses.latest(tenantId, [opening.id])).toHaveLength(1);
  expect(looks()).toBe(2);
  stop.abort();
  await running;
});

test('an incident that is over is answered once, and not investigated again after that', async () => {
  const parts = await stage();
  const incident = { ...incidentAt('shop'), status: 'resolved' as const };
  await parts.stores.incidents.save(tenantId, incident, []);
  await announce(parts.log, incident, 'incident-opened');
  await runToEnd(parts);
  expect(await recordsOf(parts.log, 'diagnoses')).toHaveLength(1);
  await parts.stores.topology.put(tenantId, { assets: [], edges: [] });
  await parts.stores.signals.append(tenantId, [indexDeploy]);
  await announce(parts.log, { ...incident, revision: 2 }, 'incident-updated');
  await runToEnd(parts);
  expect(await recordsOf(parts.log, 'diagnoses')).toHaveLength(1);
});

test('an investigation waits for the samples that the lake has yet to store', async () => {
  const parts = await stage({ recordedUntilMs: FAULT_FROM_MS });
  const { log, stores } = parts;
  await log.append(tenantId, 'signals', [{ key: 'shop', id: 'samples', value: new Uint8Array() }]);
  const stop = new AbortController();
  await using lake = log.consumer({ group: 'lake', topics: ['signals'] });
  const batch = (await lake.batches(stop.signal)[Symbol.asyncIterator]().next()).value;
  const incident = incidentAt('shop');
  await stores.incidents.save(tenantId, incident, []);
  await announce(log, incident, 'incident-opened');
  const ended = runToEnd(parts);
  await recordSlowIndex(stores, { fromMs: FAULT_FROM_MS });
  expect(await recordsOf(log, 'diagnoses')).toEqual([]);
  await batch?.commit();
  await ended;
  stop.abort();
  const [record, ...others] = await recordsOf(log, 'diagnoses');
  expect(others).toEqual([]);
  expect(DiagnosisEvent.parse(JSON.parse(new TextDecoder().decode(record?.value))).diagnosis).toMatchObject({
    verdict: 'fault',
  });
});

test('data that comes after the investigation makes a second look without any incident event', async () => {
  const parts = await stage({ recordedUntilMs: FAULT_FROM_MS + 2 * 60_000 });
  const { log, stores, diagnose } = parts;
  const incident = incidentAt('shop');
  await stores.incidents.save(tenantId, incident, []);
  await announce(log, incident, 'incident-opened');
  const stop = new AbortController();
  const running = diagnose.run(stop.signal);
  await vi.waitFor(async () => expect(await recordsOf(log, 'diagnoses')).toHaveLength(1), { timeout: 30_000 });
  await recordSlowIndex(stores, { fromMs: FAULT_FROM_MS });
  await log.append(tenantId, 'signals', [{ key: 'shop', id: 'late', value: new Uint8Array() }]);
  await using lake = log.consumer({ group: 'lake', topics: ['signals'] });
  await (await lake.batches(stop.signal)[Symbol.asyncIterator]().next()).value?.commit();
  await vi.waitFor(async () => expect(await recordsOf(log, 'diagnoses')).toHaveLength(2), { timeout: 30_000 });
  stop.abort();
  await running;
  const diagnoses = (await recordsOf(log, 'diagnoses')).map(({ value }) =>
    DiagnosisEvent.parse(JSON.parse(new TextDecoder().decode(value))),
  );
  expect(diagnoses[1]?.diagnosis).toMatchObject({ revision: 2, verdict: 'fault' });
});

test('a record that is no incident event is set aside with its reason and does not stop the stage', async () => {
  const parts = await stage();
  const incident = incidentAt('shop');
  await parts.stores.incidents.save(tenantId, incident, []);
  await parts.log.append(tenantId, 'incidents', [
    { key: incident.id, id: 'bad', value: new TextEncoder().encode('{"kind":') },
  ]);
  await announce(parts.log, incident, 'incident-opened');
  await runToEnd(parts);
  const [rejected] = await recordsOf(parts.log, 'incidents-rejected');
  expect(rejected?.headers).toMatchObject({ 'rejected-reason': 'not an incident event' });
  expect(await recordsOf(parts.log, 'diagnoses')).toHaveLength(1);
});

test('an investigation that died with its process is ended in the books and made again', async () => {
  const parts = await stage();
  const incident = incidentAt('shop');
  await parts.stores.incidents.save(tenantId, incident, []);
  const died = { id: 'died', tenantId, incidentId: incident.id, trigger: 'person', subject: incident } as const;
  const at = 1_700_000_000_000 - 60_000;
  await parts.stores.diagnoses.putInvestigation(tenantId, {
    ...died,
    steps: [],
    status: 'running',
    startedAt: at,
    updatedAt: at,
  });
  const stop = new AbortController();
  const running = parts.diagnose.run(stop.signal);
  await vi.waitFor(
    async () => {
      const kept = await parts.stores.diagnoses.investigations(tenantId, incident.id, { limit: 10 });
      expect(kept.map(({ status, trigger }) => `${trigger} ${status}`)).toEqual(['restart done', 'person interrupted']);
    },
    { timeout: 30_000, interval: 10 },
  );
  stop.abort();
  await running;
  expect(await recordsOf(parts.log, 'diagnoses')).toHaveLength(1);
});
