import { createMemoryAnomalyStore } from '@heliosiq/adapters/memory/anomaly-store.ts';
import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryIncidentStore } from '@heliosiq/adapters/memory/incident-store.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemorySeriesRegistry } from '@heliosiq/adapters/memory/series-registry.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { createMemoryTopologyStore } from '@heliosiq/adapters/memory/topology-store.ts';
import { DiscreteSignal, HeliosError, type Incident, type Principal, TenantId, errorTable } from '@heliosiq/model';
import type { DoorAnswer, EventLog, StateStore } from '@heliosiq/ports';
import { afterEach, expect, vi } from 'vitest';
import { createIncident } from '../../packages/incident/src/incident.ts';
import { createAlertBooks } from '../../packages/ingest/src/alertmanager/alert-books.ts';
import { createAlertRecall } from '../../packages/ingest/src/alertmanager/alert-recall.ts';
import { createAlertTaking } from '../../packages/ingest/src/alertmanager/alert-taking.ts';
import { createAlertDoors } from '../../packages/ingest/src/alertmanager/alert-doors.ts';
import { createAlertExpiry } from '../../packages/ingest/src/alertmanager/alert-expiry.ts';
import { type AlertSettings, alertDefaults } from '../../packages/ingest/src/alertmanager/alert-settings.ts';
import { createTelemetryIntake } from '../../packages/ingest/src/intake/telemetry-intake.ts';
import { unlimitedQuota } from '../../packages/ingest/src/intake/tenant-quota.ts';

export const webhookPath = '/api/v1/alertmanager/webhook';
export const alertsPath = '/api/v2/alerts';
export const acme: Principal = { tenantId: TenantId.parse('acme'), actor: 'key:test', role: 'operator' };

/** 2026-01-05T00:00:00Z, a moment at which alerts are renewed. */
export const epoch = 1_767_571_200_000;

export interface WorldOptions {
  /** What a process before left behind. */
  readonly log?: EventLog;
  readonly state?: StateStore;
  readonly now?: number;
  readonly settings?: Partial<AlertSettings>;
}

/** Worlds of a test file; they, and what else it adds to `open`, are stopped after each test. */
export function stoppedWorlds() {
  const open: { stop(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const one of open.splice(0)) await one.stop();
  });
  return {
    open,
    world(options?: WorldOptions): World {
      const opened = openWorld(options);
      open.push(opened);
      return opened;
    },
  };
}

/** The doors for alerts over a log in memory, without a server in front; `now` is set by the test. */
export function openWorld(options: WorldOptions = {}) {
  const log = options.log ?? createMemoryEventLog();
  const state = options.state ?? createMemoryStateStore();
  const meter = createMemoryMeter();
  const logger = createMemoryLogger();
  const settings = { ...alertDefaults, tickMs: 2, saveMs: 2, ...options.settings };
  const clock = { now: options.now ?? epoch, reads: 0 };
  const now = (): number => {
    clock.reads += 1;
    return clock.now;
  };
  const telemetry = createTelemetryIntake({ log, registry: createMemorySeriesRegistry(), quota: unlimitedQuota });
  const books = createAlertBooks({ state, recall: createAlertRecall(log), logger, now, settings });
  const doors = createAlertDoors({
    ...{ telemetry, books, meter, logger, now, settings, version: '1.2.3' },
    take: createAlertTaking({ telemetry, books, meter, logger, now, settings }),
  });
  const tenants = { tenants: async () => [{ id: acme.tenantId, name: 'Acme', createdAt: 0 }] };
  const expiry = createAlertExpiry({ books, telemetry, tenants, meter, logger, now, settings });
  const stop = new AbortController();
  const running: Promise<void>[] = [];

  async function call(
    method: 'GET' | 'POST',
    path: string,
    given: { readonly body?: unknown; readonly query?: Readonly<Record<string, string>> } = {},
  ): Promise<DoorAnswer> {
    const door = doors.find((one) => one.method === method && one.path === path);
    if (door === undefined) throw new Error(`no door at ${method} ${path}`);
    const { body = '' } = given;
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    const contentType = 'application/json';
    try {
      return await door.handle({
        principal: acme,
        headers: {},
        query: given.query ?? {},
        mediaType: contentType,
        contentType,
        body: bytes,
        requestId: 'r1',
      });
    } catch (error) {
      // As the server in front does it.
      if (!(error instanceof HeliosError)) throw error;
      return { ...door.describeFault?.(error, { contentType }), status: errorTable[error.code].status };
    }
  }

  return {
    log,
    state,
    meter,
    logger,
    clock,
    books,
    send: (path: string, body: unknown) => call('POST', path, { body }),
    ask: (path: string, query: Readonly<Record<string, string>> = {}) => call('GET', path, { query }),
    /** Lets time pass in steps that each see the expiry at work. */
    async pass(durationMs: number): Promise<void> {
      for (const until = clock.now + durationMs; clock.now < until;) {
        clock.now = Math.min(until, clock.now + 10_000);
        const readsBefore = clock.reads;
        await vi.waitFor(() => expect(clock.reads).toBeGreaterThan(readsBefore + 4), { timeout: 90_000, interval: 2 });
      }
    },
    startExpiry: () => running.push(expiry.run(stop.signal)),
    /** Everything in the log but samples, in the order of each lane. */
    async signals(): Promise<readonly DiscreteSignal[]> {
      const found: DiscreteSignal[] = [];
      for (const partition of [0, 1, 2, 3]) {
        const { records } = await log.read(acme.tenantId, 'signals', { partition, fromOffset: 0, recordsMax: 10_000 });
        found.push(...records.map(({ value }) => DiscreteSignal.parse(JSON.parse(Buffer.from(value).toString()))));
      }
      return found;
    },
    async stop(): Promise<void> {
      stop.abort();
      await Promise.all(running);
    },
  };
}

export type World = ReturnType<typeof openWorld>;

/** The stage for incidents behind a world. */
export function openIncidentStage(world: World) {
  const incidents = createMemoryIncidentStore();
  const stage = createIncident({
    log: world.log,
    incidents,
    anomalies: createMemoryAnomalyStore(),
    topology: createMemoryTopologyStore(),
    meter: world.meter,
    logger: world.logger,
    now: () => world.clock.now,
    settings: { tickMs: 5, settleMs: 0 },
  });
  const stop = new AbortController();
  const running = stage.services.map((service) => service.run(stop.signal));
  return {
    /** All incidents once the stage has read all. */
    async incidents(): Promise<readonly Incident[]> {
      await vi.waitFor(
        async () => {
          const lags = (await world.log.lag()).filter(({ group }) => group === 'incident');
          expect(lags.length).toBeGreaterThan(0);
          expect(lags.every(({ lagRecords }) => lagRecords === 0)).toBe(true);
        },
        { timeout: 90_000, interval: 5 },
      );
      return incidents.find(acme.tenantId, {}, { limit: 100 });
    },
    async stop(): Promise<void> {
      stop.abort();
      await Promise.all(running);
    },
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

const zeroTime = '0001-01-01T00:00:00Z';

/** An alert of Prometheus as its API for alerts wants it; firing for four minutes more unless it has ended. */
export function directAlert(given: {
  readonly name: string;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly from?: string;
}) {
  return {
    labels: { alertname: given.name, instance: 'web-1', severity: 'critical', ...given.labels },
    annotations: { summary: `${given.name} on web-1`, description: 'It is slow.', runbook_url: 'https://run.book/1' },
    startsAt: iso(given.startsAt),
    endsAt: iso(given.endsAt),
    generatorURL: `${given.from ?? 'http://prometheus:9090'}/graph?g0.expr=up`,
  };
}

/** A notification of Alertmanager, as its version 0.25 words it. */
export function webhookBody(
  alerts: readonly {
    readonly name: string;
    readonly fingerprint: string;
    readonly startsAt: number;
    readonly endsAt?: number;
  }[],
  extra: Readonly<Record<string, unknown>> = {},
) {
  return {
    receiver: 'heliosiq',
    status: alerts.some(({ endsAt }) => endsAt === undefined) ? 'firing' : 'resolved',
    alerts: alerts.map(({ name, fingerprint, startsAt, endsAt }) => ({
      status: endsAt === undefined ? 'firing' : 'resolved',
      labels: { alertname: name, instance: 'web-1', severity: 'critical' },
      annotations: { summary: `${name} on web-1` },
      startsAt: iso(startsAt),
      endsAt: endsAt === undefined ? zeroTime : iso(endsAt),
      generatorURL: 'http://prometheus:9090/graph?g0.expr=up',
      fingerprint,
    })),
    groupLabels: { alertname: alerts[0]?.name },
    commonLabels: { instance: 'web-1' },
    commonAnnotations: {},
    externalURL: 'http://alertmanager:9093',
    version: '4',
    groupKey: '{}:{alertname="Down"}',
    truncatedAlerts: 0,
    ...extra,
  };
}
