import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { DiagnosisEvent, type Incident, type IncidentEvent } from '@heliosiq/model';
import type { EventLog, LogRecord } from '@heliosiq/ports';
import { expect, test, vi } from 'vitest';
import { createDiagnose } from './diagnose.ts';
import { incidentAt, slowIndexStores, tenantId } from './testing/stores-fixture.ts';

async function stage() {
  const stores = await slowIndexStores();
  const log = createMemoryEventLog();
  const meter = createMemoryMeter();
  const diagnose = createDiagnose({
    ...stores,
    log,
    meter,
    logger: createMemoryLogger(),
    now: () => 1_700_000_000_000,
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
    { timeout: 10_000, interval: 10 },
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

test('a resolved incident is not investigated', async () => {
  const parts = await stage();
  const incident = incidentAt('shop');
  await parts.stores.incidents.save(tenantId, { ...incident, status: 'resolved' }, []);
  await announce(parts.log, incident, 'incident-updated');
  await runToEnd(parts);
  expect(await recordsOf(parts.log, 'diagnoses')).toEqual([]);
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
