import { createMemoryAnomalyStore } from '@heliosiq/adapters/memory/anomaly-store.ts';
import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryIncidentStore } from '@heliosiq/adapters/memory/incident-store.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemoryTopologyStore } from '@heliosiq/adapters/memory/topology-store.ts';
import {
  type Alert,
  type Anomaly,
  type AnomalyEvent,
  type Incident,
  IncidentEvent,
  type Principal,
} from '@heliosiq/model';
import { encodeSampleColumns } from '@heliosiq/model/sample-columns.ts';
import type { EventLog, IncidentStore } from '@heliosiq/ports';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createIncident, type IncidentStage } from '../../packages/incident/src/incident.ts';
import { alert, anomaly, callGraph, epoch, minuteMs, tenantId } from '../../packages/incident/src/testing/recorded.ts';

const operator: Principal = { tenantId, actor: 'key:ops', role: 'operator' };

interface World {
  readonly log: EventLog;
  readonly incidents: IncidentStore;
  readonly stage: IncidentStage;
  now: number;
}

let stop: AbortController;
let running: Promise<unknown>[];
let log: EventLog;
let incidents: IncidentStore;
const anomalies = { store: createMemoryAnomalyStore() };
const topology = { store: createMemoryTopologyStore() };

/** The stage over stores that outlive it; `incidentStore` lets a test put a failing one in front. */
function start(incidentStore: IncidentStore = incidents): World {
  const world = { log, incidents, now: epoch } as { -readonly [Key in keyof World]: World[Key] };
  world.stage = createIncident({
    log,
    incidents: incidentStore,
    anomalies: anomalies.store,
    topology: topology.store,
    meter: createMemoryMeter(),
    logger: createMemoryLogger(),
    now: () => world.now,
    settings: { tickMs: 5, settleMs: 0, untoldLookMs: 5 },
  });
  stop = new AbortController();
  running = world.stage.services.map((service) => service.run(stop.signal));
  for (const run of running) run.catch(() => undefined);
  return world;
}

async function finish(): Promise<PromiseSettledResult<unknown>[]> {
  stop.abort();
  return Promise.allSettled(running);
}

async function send(...observed: readonly (Anomaly | Alert)[]): Promise<void> {
  for (const one of observed) {
    if ('kind' in one) {
      await log.append(tenantId, 'signals', [
        { key: one.asset, id: `alert:${one.id}`, value: Buffer.from(JSON.stringify(one)) },
      ]);
    } else {
      const kind =
        one.status === 'closed' ? 'anomaly-closed' : one.revision === 1 ? 'anomaly-opened' : 'anomaly-updated';
      const event: AnomalyEvent = { kind, anomaly: one };
      await log.append(tenantId, 'anomalies', [
        { key: tenantId, id: `${one.id}-${one.revision}`, value: Buffer.from(JSON.stringify(event)) },
      ]);
    }
  }
}

async function settled(): Promise<void> {
  await vi.waitFor(
    async () => {
      const lag = await log.lag();
      expect(lag.filter(({ group }) => group === 'incident').every(({ lagRecords }) => lagRecords === 0)).toBe(true);
      expect(lag.some(({ group }) => group === 'incident')).toBe(true);
    },
    { timeout: 30_000, interval: 10 },
  );
}

async function all(): Promise<readonly Incident[]> {
  return incidents.find(tenantId, {}, { limit: 1000 });
}

async function announced(): Promise<readonly IncidentEvent[]> {
  const events: IncidentEvent[] = [];
  for (const partition of [0, 1, 2, 3]) {
    const { records } = await log.read(tenantId, 'incidents', { partition, fromOffset: 0, recordsMax: 1000 });
    events.push(...records.map(({ value }) => IncidentEvent.parse(JSON.parse(Buffer.from(value).toString()))));
  }
  return events;
}

const fault = [1, 2, 3].map((samples) => anomaly({ asset: 'web', atMinute: 0, samples, unit: 's' }));

beforeEach(async () => {
  log = createMemoryEventLog();
  incidents = createMemoryIncidentStore();
  anomalies.store = createMemoryAnomalyStore();
  topology.store = createMemoryTopologyStore();
  await topology.store.put(tenantId, callGraph('web>cart', 'cart>db'));
});

afterEach(async () => {
  await finish();
  await log[Symbol.asyncDispose]();
});

describe('the incident stage', () => {
  test('keeps every anomaly and opens one announced incident with its story', async () => {
    start();
    await send(...fault, anomaly({ asset: 'cart', atMinute: 5, samples: 2 }));
    await settled();
    const [incident, ...others] = await all();
    expect(others).toEqual([]);
    expect(incident).toMatchObject({
      title: 'web latency is high (150 ms, usually 100 ms) and 1 more asset affected',
      status: 'open',
      assets: ['web', 'cart'],
      occurrences: 2,
    });
    if (incident === undefined) return;
    const story = await incidents.timeline(tenantId, incident.id, { limit: 100 });
    expect(story.map(({ kind }) => kind).sort()).toEqual(['anomaly-joined', 'anomaly-joined', 'incident-opened']);
    expect(await anomalies.store.find(tenantId, {}, { limit: 10 })).toHaveLength(2);
    const events = await announced();
    expect(events[0]).toMatchObject({ kind: 'incident-opened', incident: { revision: 1 } });
    expect(events.at(-1)?.incident).toEqual(incident);
  });

  test('40 re-fires are one incident with 40 occurrences, also across a restart', async () => {
    start();
    const fires = Array.from({ length: 40 }, (_, minute) => alert({ asset: 'web', atMinute: minute }));
    await send(...fires.slice(0, 20));
    await settled();
    await finish();
    start();
    await send(...fires.slice(15));
    await settled();
    expect(await all()).toMatchObject([{ occurrences: 40, alertFingerprints: ['f1'] }]);
    expect(
      (await announced()).filter(({ kind, incident }) => kind === 'incident-opened' && incident.revision === 1).length,
    ).toBeGreaterThan(0);
  });

  test.each(['before saving', 'between saving and committing'])(
    'a crash %s changes nothing in the end',
    async (when) => {
      let crashes = 1;
      const failing: IncidentStore = {
        ...incidents,
        async saveTogether(...given) {
          if (when !== 'before saving') await incidents.saveTogether(...given);
          if (crashes > 0) {
            crashes -= 1;
            throw new Error('the process died here');
          }
          if (when === 'before saving') await incidents.saveTogether(...given);
        },
      };
      start(failing);
      await send(...fault, alert({ asset: 'web', atMinute: 11 }));
      const outcomes = await Promise.allSettled(running.slice(0, 1));
      expect(outcomes).toMatchObject([{ status: 'rejected' }]);
      await finish();
      start();
      await settled();
      await vi.waitFor(
        async () => expect(await all()).toMatchObject([{ occurrences: 2, alertFingerprints: ['f1'], assets: ['web'] }]),
        { timeout: 30_000 },
      );
      const [incident] = await all();
      const story = incident === undefined ? [] : await incidents.timeline(tenantId, incident.id, { limit: 100 });
      const kinds = story.map(({ kind }) => kind).filter((kind) => kind !== 'severity-changed');
      expect(kinds.sort()).toEqual(['alert-joined', 'anomaly-joined', 'incident-opened']);
      // A revision that was saved but not announced before the crash is announced after it.
      const events = await announced();
      expect(events.some(({ kind }) => kind === 'incident-opened')).toBe(true);
      expect(events.map(({ incident: { revision } }) => revision)).toContain(incident?.revision);
    },
  );

  test('every turn that was saved before a crash is announced after it, each as it was and in its order', async () => {
    const atMinutes = [
      ['firing', 0],
      ['resolved', 1],
      ['firing', 2],
      ['resolved', 3],
    ] as const;
    const turns = atMinutes.map(([status, atMinute]) => alert({ asset: 'web', atMinute, status }));
    // One batch, so that all turns are saved together.
    await log.append(
      tenantId,
      'signals',
      turns.map((one) => ({ key: 'web', id: `alert:${one.id}`, value: Buffer.from(JSON.stringify(one)) })),
    );
    start({
      ...incidents,
      async saveTogether(...given) {
        await incidents.saveTogether(...given);
        throw new Error('the process died here');
      },
    });
    expect(await Promise.allSettled(running.slice(0, 1))).toMatchObject([{ status: 'rejected' }]);
    await finish();
    expect(await announced()).toEqual([]);
    start();
    await settled();
    const told = (await announced()).map(({ kind, incident: { revision, status } }) => `${revision} ${kind} ${status}`);
    expect([...new Set(told)]).toEqual([
      '1 incident-opened open',
      '2 incident-resolved resolved',
      '3 incident-reopened open',
      '4 incident-resolved resolved',
    ]);
    expect(await incidents.untold(Infinity, { limit: 10 })).toEqual([]);
  });

  test('what another process saved and did not announce before it died is announced by one that goes on', async () => {
    const world = start();
    await send(alert({ asset: 'web', atMinute: 0 }));
    await vi.waitFor(async () => expect(await announced()).toHaveLength(1), { timeout: 30_000 });
    const [incident] = await all();
    if (incident === undefined) throw new Error('no incident was opened');
    const over: Incident = { ...incident, revision: incident.revision + 1, status: 'resolved' };
    const news = { kind: 'incident-resolved', incident: over } as const;
    await incidents.saveTogether(tenantId, [{ incident: over, entries: [], news }]);
    world.now += 60_000;
    await vi.waitFor(async () => expect((await announced()).at(-1)).toEqual(news), { timeout: 30_000 });
  });

  test('resolves by recovery once newer signals show that it has been quiet', async () => {
    let looks = 0;
    const world = start({
      ...incidents,
      async find(...given) {
        looks += 1;
        return incidents.find(...given);
      },
    });
    await send(...fault, anomaly({ asset: 'web', atMinute: 0, samples: 3, closed: true }));
    await settled();
    world.now = epoch + 1000 * minuteMs;
    const sample = (minute: number): Buffer => {
      const times = Float64Array.of(epoch + minute * minuteMs);
      const columns = { refs: Float64Array.of(1), times, values: Float64Array.of(0.1) };
      return encodeSampleColumns(columns, Int32Array.of(0), { from: 0, to: 1 });
    };
    await log.append(tenantId, 'signals', [{ key: 'web', id: 's1', value: sample(20) }]);
    await settled();
    world.now += 1_000;
    const looksBefore = looks;
    await vi.waitFor(() => expect(looks).toBeGreaterThan(looksBefore + 3), { timeout: 30_000 });
    expect(await all()).toMatchObject([{ status: 'open' }]);
    await log.append(tenantId, 'signals', [{ key: 'web', id: 's2', value: sample(40) }]);
    await settled();
    world.now += 1_000;
    await vi.waitFor(async () => expect(await all()).toMatchObject([{ status: 'resolved', resolvedBy: 'recovery' }]), {
      timeout: 30_000,
    });
    expect((await announced()).at(-1)?.kind).toBe('incident-resolved');
  });

  test('people acknowledge, comment, resolve and reopen while anomalies keep coming', async () => {
    const { stage } = start();
    await send(...fault);
    await settled();
    const id = (await all())[0]?.id;
    if (id === undefined) throw new Error('no incident was opened');
    await stage.desk.acknowledge(operator, id);
    await expect(stage.desk.acknowledge(operator, id)).rejects.toMatchObject({ code: 'conflict' });
    await stage.desk.comment(operator, id, 'looking at it');
    await send(anomaly({ asset: 'cart', atMinute: 10, samples: 3 }));
    await settled();
    expect(await all()).toMatchObject([{ status: 'acknowledged', acknowledgedBy: 'key:ops', assets: ['web', 'cart'] }]);
    await stage.desk.resolve(operator, id, 'rolled back');
    await send(anomaly({ asset: 'web', atMinute: 0, samples: 5 }));
    await settled();
    expect(await all()).toMatchObject([{ status: 'resolved', resolvedBy: 'key:ops' }]);
    await stage.desk.reopen(operator, id);
    expect(await all()).toMatchObject([{ status: 'open', reopenedCount: 1 }]);
    const kinds = (await incidents.timeline(tenantId, id, { limit: 100 })).map(({ kind }) => kind);
    expect(kinds).toEqual(
      expect.arrayContaining(['incident-acknowledged', 'comment-added', 'incident-resolved', 'incident-reopened']),
    );
    await expect(stage.desk.resolve({ ...operator, role: 'viewer' }, id)).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('people commenting at once and a stage that writes too lose nothing', async () => {
    const { stage } = start();
    await send(...fault);
    await settled();
    const id = (await all())[0]?.id;
    if (id === undefined) throw new Error('no incident was opened');
    const comments = Array.from({ length: 4 }, (_, index) => stage.desk.comment(operator, id, `comment ${index}`));
    await send(anomaly({ asset: 'cart', atMinute: 10, samples: 3 }));
    await Promise.all(comments);
    await settled();
    const story = await incidents.timeline(tenantId, id, { limit: 100 });
    expect(story.filter(({ kind }) => kind === 'comment-added')).toHaveLength(4);
    expect((await all())[0]?.assets).toEqual(['web', 'cart']);
  });

  test('of a storm that cannot be stored whole, what is stored is announced', async () => {
    start({
      ...incidents,
      async saveTogether(...given) {
        if (given[1].some(({ incident }) => incident.assets.some((asset) => asset === 'db-129')))
          throw new Error('the process died here');
        await incidents.saveTogether(...given);
      },
    });
    // More than are stored at once.
    const hosts = Array.from({ length: 130 }, (_, index) => `db-${index}`);
    await log.append(
      tenantId,
      'signals',
      hosts.map((asset) => {
        const one = alert({ asset, atMinute: 0, fingerprint: asset });
        return { key: 'lane-0', id: `alert:${one.id}`, value: Buffer.from(JSON.stringify(one)) };
      }),
    );
    expect(await Promise.allSettled(running.slice(0, 1))).toMatchObject([{ status: 'rejected' }]);
    const stored = (await all()).map(({ id }) => id).sort();
    expect(stored.length).toBeGreaterThan(0);
    expect((await announced()).map(({ incident }) => incident.id).sort()).toEqual(stored);
    await finish();
    start();
    await settled();
    await vi.waitFor(async () => expect(await all()).toHaveLength(hosts.length), { timeout: 30_000 });
  });

  test('a record that cannot be read is put aside with its reason and the rest goes on', async () => {
    start();
    await log.append(tenantId, 'anomalies', [
      { key: tenantId, id: 'bad', value: Buffer.from('{"kind":"anomaly-opened"}') },
    ]);
    await send(...fault);
    await settled();
    expect(await all()).toHaveLength(1);
    const { records } = await log.read(tenantId, 'anomalies-rejected', { partition: 0, fromOffset: 0, recordsMax: 10 });
    expect(records.map(({ id }) => id)).toEqual(['bad']);
  });
});
