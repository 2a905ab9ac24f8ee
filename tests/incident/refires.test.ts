import { createMemoryAnomalyStore } from '@heliosiq/adapters/memory/anomaly-store.ts';
import { createMemoryDiagnosisStore } from '@heliosiq/adapters/memory/diagnosis-store.ts';
import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryIncidentStore } from '@heliosiq/adapters/memory/incident-store.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemorySeriesStore } from '@heliosiq/adapters/memory/series-store.ts';
import { createMemorySignalStore } from '@heliosiq/adapters/memory/signal-store.ts';
import { createMemoryTopologyStore } from '@heliosiq/adapters/memory/topology-store.ts';
import { type Alert, IncidentEvent } from '@heliosiq/model';
import type { Service } from '@heliosiq/ports';
import { expect, test, vi } from 'vitest';
import { createDiagnose } from '../../packages/diagnose/src/diagnose.ts';
import { createIncident } from '../../packages/incident/src/incident.ts';
import { alert, callGraph, epoch, minuteMs, tenantId } from '../../packages/incident/src/testing/recorded.ts';

const fireOf = (minute: number): Alert => alert({ asset: 'web', atMinute: minute });
const endOf = (minute: number): Alert => alert({ asset: 'web', atMinute: minute, status: 'resolved' });

/** The stages over stores that outlive them. */
async function openWorld() {
  const log = createMemoryEventLog();
  const stores = {
    incidents: createMemoryIncidentStore(),
    anomalies: createMemoryAnomalyStore(),
    topology: createMemoryTopologyStore(),
    diagnoses: createMemoryDiagnosisStore(),
    series: createMemorySeriesStore(),
    signals: createMemorySignalStore(),
  };
  await stores.topology.put(tenantId, callGraph('web>cart', 'cart>db'));
  const clock = { now: epoch };
  let stop = new AbortController();
  let running: Promise<void>[] = [];
  const lagOf = async (topic: string): Promise<number> =>
    (await log.lag()).filter((one) => one.topic === topic).reduce((sum, { lagRecords }) => sum + lagRecords, 0);

  return {
    ...stores,
    clock,
    start(): void {
      const deps = { log, ...stores, meter: createMemoryMeter(), logger: createMemoryLogger(), now: () => clock.now };
      const services: Service[] = [
        ...createIncident({ ...deps, settings: { tickMs: 5, settleMs: 0 } }).services,
        createDiagnose({ ...deps, settings: { storeWaitMs: 50 } }),
      ];
      stop = new AbortController();
      running = services.map((service) => service.run(stop.signal));
    },
    async finish(): Promise<void> {
      stop.abort();
      await Promise.all(running);
    },
    async send(way: string, alerts: readonly Alert[]): Promise<void> {
      await log.append(
        tenantId,
        'signals',
        alerts.map((one) => ({
          key: one.asset,
          id: `${way}:${one.id}`,
          value: Buffer.from(JSON.stringify({ ...one, id: `${way}:${one.id}` })),
        })),
      );
    },
    /** Waits until everything was worked off, investigations included. */
    async settled(occurrences: number): Promise<void> {
      await vi.waitFor(
        async () => {
          const [incident] = await stores.incidents.find(tenantId, {}, { limit: 10 });
          expect(incident?.occurrences).toBe(occurrences);
          expect(await lagOf('signals')).toBe(0);
          expect(await lagOf('incidents')).toBe(0);
        },
        { timeout: 30_000, interval: 20 },
      );
    },
    async announced(): Promise<readonly IncidentEvent[]> {
      const events: IncidentEvent[] = [];
      for (const partition of [0, 1, 2, 3]) {
        const { records } = await log.read(tenantId, 'incidents', { partition, fromOffset: 0, recordsMax: 1000 });
        events.push(...records.map(({ value }) => IncidentEvent.parse(JSON.parse(Buffer.from(value).toString()))));
      }
      return events;
    },
    close: () => log[Symbol.asyncDispose](),
  };
}

test('40 re-fires by two ways, an end, a firing again and restarts are one incident with one investigation each opening', async () => {
  const world = await openWorld();
  const fires = Array.from({ length: 40 }, (_, minute) => fireOf(minute));
  world.start();
  await world.send('webhook', fires.slice(0, 25));
  await world.settled(25);
  await world.finish();
  world.start();
  await world.send('prometheus', fires.slice(0, 30));
  await world.send('webhook', fires.slice(20));
  await world.send('prometheus', fires.slice(30));
  await world.settled(40);
  const [incident] = await world.incidents.find(tenantId, {}, { limit: 10 });
  if (incident === undefined) throw new Error('no incident was opened');
  expect(await world.diagnoses.history(tenantId, incident.id, { limit: 10 })).toHaveLength(1);

  for (const way of ['prometheus', 'webhook']) await world.send(way, [endOf(41)]);
  await vi.waitFor(
    async () => expect(await world.incidents.get(tenantId, incident.id)).toMatchObject({ status: 'resolved' }),
    { timeout: 30_000 },
  );
  await world.finish();
  world.clock.now += 60 * minuteMs;
  world.start();
  for (const way of ['webhook', 'prometheus']) await world.send(way, [fireOf(60)]);
  await world.settled(41);
  await world.finish();

  const all = await world.incidents.find(tenantId, {}, { limit: 10 });
  expect(all).toMatchObject([{ id: incident.id, status: 'open', occurrences: 41, reopenedCount: 1 }]);
  expect(await world.incidents.alerts(tenantId, incident.id, { limit: 10 })).toMatchObject([
    { fingerprint: 'f1', occurrences: 41, firing: true },
  ]);
  const events = await world.announced();
  const openings = new Set(
    events.filter(({ kind }) => kind === 'incident-opened').map((event) => event.incident.revision),
  );
  expect([...openings]).toEqual([1]);
  expect(
    new Set(events.filter(({ kind }) => kind === 'incident-reopened').map((event) => event.incident.revision)).size,
  ).toBe(1);
  const history = await world.diagnoses.history(tenantId, incident.id, { limit: 10 });
  expect(history.length).toBeGreaterThanOrEqual(1);
  expect(history.length).toBeLessThanOrEqual(2);
  await world.close();
});
