import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryLease } from '@heliosiq/adapters/memory/lease.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemoryRuleStore } from '@heliosiq/adapters/memory/rule-store.ts';
import { createMemorySeriesRegistry } from '@heliosiq/adapters/memory/series-registry.ts';
import { createMemorySeriesStore } from '@heliosiq/adapters/memory/series-store.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { createMemoryTenantStore } from '@heliosiq/adapters/memory/tenant-store.ts';
import { createMemoryTopologyStore } from '@heliosiq/adapters/memory/topology-store.ts';
import type { RecordedSample } from '../../packages/detect/src/rules/evaluate-group.ts';
import { createRuleDesk } from '../../packages/detect/src/rules/rule-desk.ts';
import { createRulesDoors } from '../../packages/detect/src/rules/rules-doors.ts';
import { createRules } from '../../packages/detect/src/rules/rules-stage.ts';
import { createIngest } from '../../packages/ingest/src/ingest.ts';
import { createMetricQuery } from '../../packages/lake/src/promql/metric-query.ts';
import { parseQuery } from '../../packages/lake/src/promql/parse-query.ts';
import { DiscreteSignal, HeliosError, TenantId, type Alert, type AssetId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import type { AlertIntake } from '@heliosiq/ports';
import { describe, expect, it, vi } from 'vitest';

const tenantId = TenantId.parse('acme');
const minuteMs = 60_000;
const startAt = Date.UTC(2026, 4, 4, 12);
const patience = { timeout: 50_000, interval: 5 };

function wrongWith(query: string): string | undefined {
  try {
    parseQuery(query);
    return undefined;
  } catch (error) {
    if (error instanceof HeliosError) return error.message;
    throw error;
  }
}

/** The stage on stores in memory, with a clock that the test moves. */
async function openWorld() {
  const clock = { now: startAt };
  const [meter, logger, log] = [createMemoryMeter(), createMemoryLogger(), createMemoryEventLog()];
  const stores = {
    ...{ rules: createMemoryRuleStore(), states: createMemoryStateStore(), lease: createMemoryLease() },
    ...{ tenants: createMemoryTenantStore(), series: createMemorySeriesStore() },
  };
  await stores.tenants.addTenant({ id: tenantId, name: 'Acme', createdAt: startAt });
  const common = { meter, logger, now: () => clock.now };
  const ingest = createIngest({
    ...{ ...stores, ...common, log, version: '1' },
    ...{ registry: createMemorySeriesRegistry(), topology: createMemoryTopologyStore() },
  });
  const metrics = createMetricQuery(stores);
  const recorded: RecordedSample[] = [];
  const outage = { isOn: false };
  const alerts: AlertIntake = {
    take: (principal, sent) =>
      outage.isOn
        ? Promise.reject(new HeliosError('unavailable', 'the log is out'))
        : ingest.alerts.take(principal, sent),
  };

  /** Runs the stage; resolved when every group was evaluated at the present moment. */
  async function start() {
    const stop = new AbortController();
    const stage = createRules({
      ...{ ...stores, ...common, metrics, alerts, checkQuery: wrongWith },
      linkOf: (query) => `http://helios.example/explore?q=${encodeURIComponent(query)}`,
      record: async (_, samples) => void recorded.push(...samples),
      settings: { tickMs: 2, rereadMs: 0 },
    });
    const running = stage.run(stop.signal);
    await evaluated();
    return {
      async [Symbol.asyncDispose]() {
        stop.abort();
        await running;
      },
    };
  }

  async function evaluated(): Promise<void> {
    await vi.waitFor(async () => {
      const groups = await desk.groups(tenantId);
      expect(groups.every(({ evaluatedAt }) => evaluatedAt === clock.now)).toBe(true);
    }, patience);
  }

  const desk = createRuleDesk({ ...stores, metrics, checkQuery: wrongWith, now: () => clock.now });
  return {
    ...{ clock, desk, start, recorded, outage, doors: createRulesDoors(desk) },
    put: (text: string, name = 'rules.yml') => desk.put({ tenantId, actor: 'key:1', role: 'admin' }, { name, text }),
    /** One sample of each host at the present moment. */
    async write(values: Readonly<Record<string, number>>): Promise<void> {
      const blocks = Object.entries(values).map(([host, value]) => {
        const words = { asset: host as AssetId, metric: 'disk_used', labels: { host } }; // a plain word is a valid name
        return { series: { ...words, id: seriesIdOf(tenantId, words) }, times: [clock.now], values: [value] };
      });
      await stores.series.append(tenantId, blocks);
    },
    /** Moves on by a minute and waits until the group was evaluated there. */
    async pass(minutes = 1): Promise<void> {
      for (let minute = 0; minute < minutes; minute += 1) {
        clock.now += minuteMs;
        await evaluated();
      }
    },
    async alerts(): Promise<readonly Alert[]> {
      const found: Alert[] = [];
      for (const partition of [0, 1, 2, 3]) {
        const { records } = await log.read(tenantId, 'signals', { partition, fromOffset: 0, recordsMax: 1000 });
        for (const { value } of records) {
          const signal = DiscreteSignal.parse(JSON.parse(Buffer.from(value).toString()));
          if (signal.kind === 'alert') found.push(signal);
        }
      }
      return found;
    },
  };
}

const diskFull = `
groups:
  - name: disks
    rules:
      - record: disk:used:max
        expr: max(disk_used)
        labels: { kind: disk }
      - alert: DiskFull
        expr: disk_used > 0.9
        for: 2m
        labels: { severity: critical }
        annotations: { summary: "{{ $labels.host }} is {{ $value | humanizePercentage }} full" }
`;

describe('the rules of a tenant', () => {
  it('tell once what fires after its time, and once that it is over', async () => {
    const world = await openWorld();
    await world.put(diskFull);
    await using _ = await world.start();
    await world.write({ a: 0.95, b: 0.5 });
    await world.pass(2);
    expect(await world.alerts()).toEqual([]);
    expect(await world.desk.groups(tenantId)).toMatchObject([
      { rules: [{ kind: 'recording' }, { state: 'pending', alerts: [{ labels: { host: 'a' }, state: 'pending' }] }] },
    ]);
    await world.pass(1);
    await vi.waitFor(async () => expect(await world.alerts()).toHaveLength(1), patience);
    expect((await world.alerts())[0]).toMatchObject({
      ...{ asset: 'a', status: 'firing', severity: 'critical', title: 'a is 95% full' },
      labels: { alertname: 'DiskFull', host: 'a' },
      startedAt: world.clock.now,
    });
    await world.pass(1);
    await world.write({ a: 0.5, b: 0.5 });
    await world.pass(1);
    await vi.waitFor(
      async () => expect((await world.alerts()).map(({ status }) => status)).toEqual(['firing', 'resolved']),
      patience,
    );
    expect(world.recorded.at(-1)).toEqual({
      metric: 'disk:used:max',
      labels: { kind: 'disk' },
      at: world.clock.now,
      value: 0.5,
    });
  });

  it('go on over a restart: an alert keeps the moment at which it fired', async () => {
    const world = await openWorld();
    await world.put(diskFull);
    await world.write({ a: 0.95 });
    {
      await using _ = await world.start();
      await world.pass(3);
      await vi.waitFor(async () => expect(await world.alerts()).toHaveLength(1), patience);
    }
    await using _ = await world.start();
    await world.write({ a: 0.95 });
    await world.pass(3);
    expect((await world.desk.groups(tenantId))[0]?.rules[1]?.alerts[0]?.firedAt).toBe(startAt + 2 * minuteMs);
    expect(new Set((await world.alerts()).map(({ startedAt }) => startedAt)).size).toBe(1);
  });

  it('are told again when nobody could be told', async () => {
    const world = await openWorld();
    await world.put(diskFull.replace('for: 2m', 'for: 0m'));
    await using _ = await world.start();
    await world.write({ a: 0.95 });
    world.outage.isOn = true;
    await world.pass(2);
    await world.write({ a: 0.1 });
    await world.pass(1);
    expect(await world.alerts()).toEqual([]);
    world.outage.isOn = false;
    await world.pass(1);
    await vi.waitFor(async () => expect((await world.alerts()).at(-1)?.status).toBe('resolved'), patience);
  });

  it('are over when their file is removed', async () => {
    const world = await openWorld();
    await world.put(diskFull.replace('for: 2m', 'for: 0m'));
    await using _ = await world.start();
    await world.write({ a: 0.95 });
    await world.pass(1);
    await vi.waitFor(async () => expect(await world.alerts()).toHaveLength(1), patience);
    expect(await world.desk.remove(tenantId, 'rules.yml')).toBe(true);
    world.clock.now += 1000;
    await vi.waitFor(async () => expect((await world.alerts()).at(-1)?.status).toBe('resolved'), patience);
  });

  it('that fail say why and keep the others going', async () => {
    const world = await openWorld();
    await world.put(`
groups:
  - name: mixed
    limit: 1
    rules:
      - alert: TooMany
        expr: disk_used >= 0
      - alert: Same
        expr: disk_used > 0.9
        labels: { host: all }
      - alert: Sound
        expr: count(disk_used) > 1
`);
    await using _ = await world.start();
    await world.write({ a: 0.95, b: 0.95 });
    await world.pass(1);
    const [group] = await world.desk.groups(tenantId);
    expect(group?.rules.map(({ fault, state }) => [fault?.slice(0, 20), state])).toEqual([
      ['the rule made 2 resu', 'unknown'],
      ['the rule made 2 resu', 'unknown'],
      [undefined, 'firing'],
    ]);
  });

  it('are refused whole with everything that is wrong, by the engine that answers them', async () => {
    const world = await openWorld();
    await expect(world.put(diskFull.replace('max(disk_used)', 'nosuch(disk_used)'))).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringMatching(/^line 6: disk:used:max: expr: .*nosuch/),
    });
    expect(await world.desk.files(tenantId)).toEqual([]);
  });

  it('can be tried on the past', async () => {
    const world = await openWorld();
    for (const value of [0.5, 0.95, 0.95, 0.95, 0.95, 0.5, 0.95, 0.95]) {
      world.clock.now += minuteMs;
      await world.write({ a: value });
    }
    const trial = { text: diskFull, from: startAt, to: world.clock.now };
    expect(await world.desk.tryOut(tenantId, trial)).toEqual([
      {
        ...{ group: 'disks', name: 'DiskFull', query: 'disk_used > 0.9', total: 1 },
        firings: [
          {
            labels: { alertname: 'DiskFull', host: 'a', severity: 'critical' },
            ...{ from: startAt + 4 * minuteMs, to: startAt + 6 * minuteMs, value: 0.95 },
          },
        ],
      },
    ]);
  });

  it('are not shown by a kind that there is not', async () => {
    const { doors } = await openWorld();
    const request = {
      ...{ principal: { tenantId, actor: 'key:1', role: 'viewer' as const }, headers: {}, query: { type: 'nosuch' } },
      ...{ mediaType: '', contentType: '', body: Buffer.alloc(0), requestId: 'r' },
    };
    await expect(doors[0]?.handle(request)).rejects.toMatchObject({ code: 'invalid-request', field: 'type' });
  });

  it('are shown as Prometheus shows them', async () => {
    const world = await openWorld();
    await world.put(diskFull.replace('for: 2m', 'for: 0m'));
    await using _ = await world.start();
    await world.write({ a: 0.95 });
    await world.pass(1);
    const answers = await Promise.all(
      world.doors.map(async (door) => {
        const request = {
          ...{ principal: { tenantId, actor: 'key:1', role: 'viewer' as const }, headers: {}, query: {} },
          ...{ mediaType: '', contentType: '', body: Buffer.alloc(0), requestId: 'r' },
        };
        const { body } = await door.handle(request);
        return JSON.parse(String(body)) as unknown; // compared below
      }),
    );
    const alert = {
      labels: { alertname: 'DiskFull', host: 'a', severity: 'critical' },
      annotations: { summary: 'a is 95% full' },
      ...{ state: 'firing', activeAt: new Date(world.clock.now).toISOString(), value: '9.5e-01' },
    };
    expect(answers).toMatchObject([
      {
        status: 'success',
        data: {
          groups: [
            {
              ...{ name: 'disks', file: 'rules.yml', interval: 60, limit: 0 },
              rules: [
                { type: 'recording', name: 'disk:used:max', health: 'ok' },
                { type: 'alerting', name: 'DiskFull', state: 'firing', duration: 0, health: 'ok', alerts: [alert] },
              ],
            },
          ],
        },
      },
      { status: 'success', data: { alerts: [alert] } },
    ]);
  });
});

describe('an objective', () => {
  /** Requests and failures of a service, one sample a minute up to now. */
  async function served(world: Awaited<ReturnType<typeof openWorld>>, minutes: number, failing: number): Promise<void> {
    let [total, bad] = [0, 0];
    for (let minute = 0; minute < minutes; minute += 1) {
      world.clock.now += minuteMs;
      total += 600;
      bad += 600 * failing;
      await world.write({ total, bad });
    }
  }
  const slo = `
apiVersion: openslo/v1
kind: SLO
metadata: { name: checkout }
spec:
  service: checkout
  budgetingMethod: Occurrences
  indicator:
    spec:
      ratioMetric:
        bad: { metricSource: { spec: { query: 'sum(disk_used{host="bad"})' } } }
        total: { metricSource: { spec: { query: 'sum(disk_used{host="total"})' } } }
  objectives: [{ target: 0.99 }]
`;

  it.each([
    { minutes: 20, failing: 0.5, severities: [], words: 'stays silent while there is less than half of a window' },
    { minutes: 45, failing: 0.5, severities: ['critical'], words: 'is told of when its budget burns fast' },
    { minutes: 200, failing: 0.08, severities: ['high'], words: 'is told of when its budget burns less fast for long' },
    { minutes: 200, failing: 0.02, severities: [], words: 'bears what it bears' },
  ])('$words', async ({ minutes, failing, severities }) => {
    const world = await openWorld();
    await served(world, minutes, failing);
    await world.put(slo);
    await using _ = await world.start();
    await world.pass(1);
    await vi.waitFor(
      async () => expect((await world.alerts()).map(({ severity }) => severity)).toEqual(severities),
      patience,
    );
    const [group] = await world.desk.groups(tenantId);
    expect(group?.rules.map(({ state }) => state === 'firing')).toEqual([
      severities.includes('critical'),
      severities.includes('high'),
    ]);
    if (severities.length > 0) expect((await world.alerts())[0]).toMatchObject({ asset: 'checkout' });
  });
});
