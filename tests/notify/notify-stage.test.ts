import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createMemoryDeliveryStore } from '@heliosiq/adapters/memory/delivery-store.ts';
import { createMemoryDiagnosisStore } from '@heliosiq/adapters/memory/diagnosis-store.ts';
import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryIncidentStore } from '@heliosiq/adapters/memory/incident-store.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemorySilenceStore } from '@heliosiq/adapters/memory/silence-store.ts';
import { Diagnosis, Incident, IncidentId, type IncidentEvent, Silence, TenantId } from '@heliosiq/model';
import type { Delivery, DeliveryStore, DiagnosisStore, EventLog, IncidentStore, SilenceStore } from '@heliosiq/ports';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { BusinessHours } from '../../packages/notify/src/business-hours.ts';
import { createNotify } from '../../packages/notify/src/notify.ts';
import { verifySignature } from '../../packages/notify/src/signature.ts';

const tenantId = TenantId.parse('acme');
const secret = 'a-secret-of-this-test';
const at = 1_767_571_200_000;

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What the receiver does with the first requests, one each; later ones are answered with 200. */
type Behaviour = (response: ServerResponse, request: IncomingMessage) => void;

let log: EventLog;
let incidents: IncidentStore;
let diagnoses: DiagnosisStore;
let deliveries: DeliveryStore;
let silences: SilenceStore;
/** The clock when a test holds it. */
let now: number | undefined;
let server: Server;
let received: Received[];
let behaviours: Behaviour[];
let stop: AbortController;
let running: Promise<unknown>[];

const incident = Incident.parse({
  id: '0199aaaa-0000-7000-8000-000000000001',
  tenantId,
  revision: 1,
  title: 'web latency is high (1.2 s, usually 0.1 s)',
  status: 'open',
  severity: 'high',
  fingerprint: 'f',
  startedAt: at,
  openedAt: at,
  updatedAt: at,
  lastSeenAt: at,
  reopenedCount: 0,
  assets: ['web'],
  entry: { asset: 'web', metric: 'latency' },
  anomalyIds: [],
  alertFingerprints: [],
  occurrences: 1,
});

function diagnosisOf(revision: number, asset: string): Diagnosis {
  return Diagnosis.parse({
    id: String(revision).padStart(32, '0'),
    tenantId,
    incidentId: incident.id,
    revision,
    madeAt: at,
    verdict: 'fault',
    confidence: 0.87,
    summary: `${asset} is the likely cause.`,
    window: { baselineFrom: at, faultFrom: at, faultTo: at },
    hypotheses: [
      { rank: 1, asset, fault: 'latency', score: 1, confidence: 0.87, because: 'It changed first.', evidence: [] },
    ],
    ruledOut: [],
    missing: [],
  });
}

function portOf(listening: Server): number {
  const address = listening.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

function start(
  options: {
    readonly timeoutMs?: number;
    readonly attemptsMax?: number;
    readonly url?: string;
    readonly businessHours?: BusinessHours;
  } = {},
): void {
  const services = createNotify({
    log,
    deliveries,
    incidents,
    diagnoses,
    silences,
    targets: [
      {
        name: 'ops',
        url: options.url ?? `http://127.0.0.1:${portOf(server)}/hook`,
        secret,
        ...(options.businessHours === undefined ? {} : { businessHours: options.businessHours }),
      },
    ],
    publicUrl: 'http://helios.test/',
    meter: createMemoryMeter(),
    logger: createMemoryLogger(),
    now: () => now ?? Date.now(),
    settings: {
      heldLookMs: 5,
      timeoutMs: options.timeoutMs ?? 30_000,
      pollMs: 5,
      retry: { attemptsMax: options.attemptsMax ?? 5, ageMsMax: 60_000, delayMsMin: 5, delayMsMax: 20 },
    },
  });
  stop = new AbortController();
  running = services.map((service) => service.run(stop.signal));
}

async function finish(): Promise<void> {
  stop.abort();
  await Promise.all(running);
}

async function announce(kind: IncidentEvent['kind'], told: Incident): Promise<void> {
  const value = Buffer.from(JSON.stringify({ kind, incident: told }));
  await log.append(tenantId, 'incidents', [{ key: told.id, id: `${told.id}:${told.revision}`, value }]);
}

async function outcome(): Promise<Delivery | undefined> {
  return (await deliveries.list(tenantId, { limit: 10 }))[0];
}

async function concluded(status: 'waiting' | 'delivered' | 'failed', more: object = {}): Promise<void> {
  const looks = { timeout: 30_000, interval: 10 };
  await vi.waitFor(async () => expect(await outcome()).toMatchObject({ status, ...more }), looks);
}

async function story(): Promise<readonly string[]> {
  return (await incidents.timeline(tenantId, incident.id, { limit: 100 })).map(({ text }) => text);
}

beforeEach(async () => {
  log = createMemoryEventLog();
  incidents = createMemoryIncidentStore();
  diagnoses = createMemoryDiagnosisStore();
  deliveries = createMemoryDeliveryStore();
  silences = createMemorySilenceStore();
  now = undefined;
  await incidents.save(tenantId, incident, []);
  received = [];
  behaviours = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      const behave = behaviours.shift();
      if (behave === undefined) response.writeHead(200).end('ok');
      else behave(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  await finish();
  await log[Symbol.asyncDispose]();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('notify', () => {
  test('tells a target once, signed, in the shape of Alertmanager', async () => {
    start();
    await announce('incident-opened', incident);
    await announce('incident-opened', incident);
    await concluded('delivered');
    expect(received).toHaveLength(1);
    const [message] = received;
    const header = message?.headers['x-heliosiq-signature'];
    expect(verifySignature(String(header), message?.body ?? '', { secret, nowMs: Date.now() })).toBe(true);
    expect(JSON.parse(message?.body ?? '')).toMatchObject({
      version: '4',
      status: 'firing',
      receiver: 'ops',
      externalURL: 'http://helios.test',
      alerts: [
        {
          status: 'firing',
          labels: { severity: 'high', asset: 'web', metric: 'latency' },
          annotations: { summary: incident.title, url: `http://helios.test/incidents/${incident.id}` },
          startsAt: '2026-01-05T00:00:00.000Z',
        },
      ],
    });
    expect(await story()).toEqual(['Webhook ops was told.']);
  });

  test('tells the cause when it is found and when it changes, not when it is confirmed', async () => {
    start();
    for (const diagnosis of [diagnosisOf(1, 'cart'), diagnosisOf(2, 'cart'), diagnosisOf(3, 'db')]) {
      await diagnoses.put(tenantId, diagnosis);
      const value = Buffer.from(JSON.stringify({ kind: 'diagnosis-made', diagnosis }));
      await log.append(tenantId, 'diagnoses', [{ key: incident.id, id: diagnosis.id, value }]);
    }
    await announce('incident-updated', incident);
    await vi.waitFor(() => expect(received).toHaveLength(2), { timeout: 30_000 });
    const causes = received.map(
      ({ body }) =>
        (JSON.parse(body) as { commonAnnotations: { root_cause: string; confidence: string } }).commonAnnotations,
    );
    expect(causes).toMatchObject([
      { root_cause: 'cart (latency)', confidence: '0.87' },
      { root_cause: 'db (latency)', confidence: '0.87' },
    ]);
  });

  test('tells the end of an incident', async () => {
    start();
    await announce('incident-resolved', { ...incident, revision: 2, status: 'resolved', resolvedAt: at + 60_000 });
    await concluded('delivered');
    expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({
      status: 'resolved',
      alerts: [{ endsAt: '2026-01-05T00:01:00.000Z' }],
    });
  });

  test('tries again after errors, stalls and closed sockets until the receiver takes it', async () => {
    behaviours = [
      (response) => response.writeHead(500).end('broken'),
      () => undefined,
      (_, request) => request.socket.destroy(),
      (response) => {
        response.writeHead(503);
        response.write('half an answer');
      },
    ];
    start({ timeoutMs: 2_500 });
    await announce('incident-opened', incident);
    await concluded('delivered');
    expect(received).toHaveLength(5);
    expect(await outcome()).toMatchObject({ attempts: 5 });
    expect(new Set(received.map(({ body }) => body)).size).toBe(1);
    expect(new Set(received.map(({ headers }) => headers['x-heliosiq-delivery'])).size).toBe(1);
  });

  test('waits as long as a busy receiver asks for', async () => {
    now = at;
    behaviours = [(response) => response.writeHead(429, { 'retry-after': '30' }).end()];
    start();
    await announce('incident-opened', incident);
    await concluded('waiting', { attempts: 1, nextAttemptAt: at + 30_000 });
    now = at + 30_000;
    await concluded('delivered');
    expect(received).toHaveLength(2);
  });

  test.each([
    ['410', (response: ServerResponse) => response.writeHead(410).end('gone for good')],
    ['302', (response: ServerResponse) => response.writeHead(302, { location: '/elsewhere' }).end()],
  ])('gives up at once on HTTP %s and says so in the timeline', async (status, behave) => {
    behaviours = [behave];
    start();
    await announce('incident-opened', incident);
    await concluded('failed');
    expect(received).toHaveLength(1);
    expect((await story())[0]).toMatch(new RegExp(`^Webhook ops could not be told after 1 attempt: HTTP ${status}`));
  });

  test('gives up after the last attempt', async () => {
    behaviours = Array.from({ length: 10 }, () => (response: ServerResponse) => response.writeHead(500).end());
    start({ attemptsMax: 3 });
    await announce('incident-opened', incident);
    await concluded('failed');
    expect(received).toHaveLength(3);
  });

  test('a receiver that is not there is tried again and its URL is told to nobody', async () => {
    start({ url: 'http://127.0.0.1:1/services/token-in-the-path', attemptsMax: 2 });
    await announce('incident-opened', incident);
    await concluded('failed');
    expect((await outcome())?.lastError).toMatch(/connection failed/);
    expect(JSON.stringify(await story())).not.toContain('token-in-the-path');
  });

  test('an answer without end is not read to its end', async () => {
    behaviours = [
      (response) => {
        response.writeHead(410);
        const pour = (): void => {
          while (!response.destroyed && response.write('x'.repeat(65_536)));
        };
        response.on('drain', pour);
        pour();
      },
    ];
    start({ timeoutMs: 5_000 });
    await announce('incident-opened', incident);
    await concluded('failed');
    expect((await outcome())?.lastError?.length).toBeLessThan(300);
  });

  test('what was not delivered when the program stopped is delivered by the next start', async () => {
    behaviours = [() => undefined];
    start({ timeoutMs: 60_000 });
    await announce('incident-opened', incident);
    await vi.waitFor(() => expect(received).toHaveLength(1), { timeout: 30_000 });
    await finish();
    expect(await outcome()).toMatchObject({ status: 'waiting', attempts: 0 });
    start();
    await concluded('delivered');
    expect(received).toHaveLength(2);
  });
});

describe('what is held back', () => {
  const quiet = Silence.parse({
    id: '0199aaaa-0000-7000-8000-0000000000aa',
    kind: 'maintenance',
    matchers: [{ name: 'asset', value: 'web' }],
    startsAt: 0,
    endsAt: Number.MAX_SAFE_INTEGER,
    author: 'key:kim',
    reason: 'new disks',
    createdAt: 0,
  });

  async function held(): Promise<void> {
    await vi.waitFor(async () => expect((await outcome())?.lastError).toMatch(/^held back: /), { timeout: 30_000 });
  }

  test('a silenced incident is told once the silence is ended, and its story says why it was quiet', async () => {
    await silences.put(tenantId, quiet);
    start();
    await announce('incident-opened', incident);
    await held();
    expect(received).toEqual([]);
    expect(await story()).toEqual(['Webhook ops is not told: maintenance by key:kim: new disks.']);
    await silences.put(tenantId, { ...quiet, endedAt: 1, endedBy: 'key:kim' });
    await concluded('delivered');
    expect(received).toHaveLength(1);
  });

  test('what is over before it may be told is told to nobody', async () => {
    await silences.put(tenantId, quiet);
    start();
    await announce('incident-opened', incident);
    await held();
    const over = { ...incident, revision: 2, status: 'resolved', resolvedAt: at } as const;
    await incidents.save(tenantId, over, []);
    await concluded('failed');
    await silences.put(tenantId, { ...quiet, endedAt: 1 });
    await announce('incident-reopened', { ...incident, revision: 3 });
    await vi.waitFor(() => expect(received).toHaveLength(1), { timeout: 30_000 });
    expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({ status: 'firing' });
  });

  test('a symptom is not told while its cause is open, by the map or by the diagnosis', async () => {
    const cause = {
      ...incident,
      id: IncidentId.parse('0199aaaa-0000-7000-8000-000000000002'),
      assets: ['db'],
    } as Incident;
    await incidents.save(tenantId, cause, []);
    await incidents.save(tenantId, { ...incident, revision: 2, symptomOf: cause.id }, []);
    await diagnoses.put(tenantId, diagnosisOf(1, 'db'));
    start();
    await announce('incident-opened', incident);
    await held();
    await incidents.save(tenantId, { ...incident, revision: 3 }, []);
    const looks = (await outcome())?.lastError;
    expect(looks).toContain('a symptom of another incident');
    expect(received).toEqual([]);
    await incidents.save(tenantId, { ...cause, revision: 2, status: 'resolved', resolvedAt: at }, []);
    await concluded('delivered');
    expect(received).toHaveLength(1);
  });

  test('outside business hours a message waits for the morning, a critical one does not', async () => {
    now = Date.parse('2026-01-10T10:00:00Z'); // a Saturday
    start({
      businessHours: { timeZone: 'UTC', days: [1, 2, 3, 4, 5], from: '09:00', to: '17:00', always: ['critical'] },
    });
    const id = IncidentId.parse('0199aaaa-0000-7000-8000-000000000003');
    const critical: Incident = { ...incident, id, severity: 'critical' };
    await incidents.save(tenantId, critical, []);
    await announce('incident-opened', incident);
    await announce('incident-opened', critical);
    await vi.waitFor(() => expect(received).toHaveLength(1), { timeout: 30_000 });
    expect(received[0]?.body).toContain(critical.id);
    now = Date.parse('2026-01-12T09:00:00Z');
    await vi.waitFor(() => expect(received).toHaveLength(2), { timeout: 30_000 });
    expect(received[1]?.body).toContain(incident.id);
  });
});
