import { createMemoryAnomalyStore } from '@heliosiq/adapters/memory/anomaly-store.ts';
import { createMemoryDiagnosisStore } from '@heliosiq/adapters/memory/diagnosis-store.ts';
import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryIdempotencyStore } from '@heliosiq/adapters/memory/idempotency-store.ts';
import { createMemoryIncidentStore } from '@heliosiq/adapters/memory/incident-store.ts';
import { createMemoryLakeFigures } from '@heliosiq/adapters/memory/lake-figures.ts';
import { createMemoryLease } from '@heliosiq/adapters/memory/lease.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemorySeriesRegistry } from '@heliosiq/adapters/memory/series-registry.ts';
import { createMemorySeriesStore } from '@heliosiq/adapters/memory/series-store.ts';
import { createMemorySilenceStore } from '@heliosiq/adapters/memory/silence-store.ts';
import { createMemorySignalStore } from '@heliosiq/adapters/memory/signal-store.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { createMemoryTenantStore } from '@heliosiq/adapters/memory/tenant-store.ts';
import { createMemoryTopologyStore } from '@heliosiq/adapters/memory/topology-store.ts';
import { HeliosError, TenantId } from '@heliosiq/model';
import type { LogRecord } from '@heliosiq/ports';
import { createApiKey, createAuthenticator, createGateway } from '../../packages/gateway/src/gateway.ts';
import type { GatewayDeps } from '../../packages/gateway/src/gateway.ts';
import { createIncident } from '../../packages/incident/src/incident.ts';
import { createIncidentReports } from '../../packages/incident/src/incident-reports.ts';
import { createIngest } from '../../packages/ingest/src/ingest.ts';
import { createLakeCatalogue } from '../../packages/lake/src/catalogue/lake-catalogue.ts';
import { createSampleExport } from '../../packages/lake/src/export/sample-export.ts';

export const acme = TenantId.parse('acme');
export const other = TenantId.parse('other');

/** A request whose headers are a plain record. */
export type PlainRequest = Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> };

/** A problem answer as tests look at it. */
export interface SeenProblem {
  readonly status: number;
  readonly code: string;
  readonly field?: string;
  readonly cure?: string;
  readonly detail?: string;
  readonly requestId: string;
}

const nothingThere = async (): Promise<never> => {
  throw new HeliosError('not-found', 'There is no such thing', { field: 'id' });
};

/** A library without documents. */
export const emptyLibrary = {
  add: nothingThere,
  addFile: nothingThere,
  checkCitations: async () => [],
  get: async () => undefined,
  list: async () => [],
  remove: async () => false,
  search: async () => [],
};

/** The doors over a real socket, with stores in memory and a key of each role; stages behind the doors answer emptily. */
export async function openGateway(changes: Partial<GatewayDeps> = {}, port = 0) {
  const log = createMemoryEventLog();
  const meter = createMemoryMeter();
  const logger = createMemoryLogger();
  const tenants = createMemoryTenantStore();
  const topology = createMemoryTopologyStore();
  const incidents = createMemoryIncidentStore();
  const diagnoses = createMemoryDiagnosisStore();
  const now = Date.now;
  for (const id of [acme, other]) await tenants.addTenant({ id, name: id, createdAt: now() });
  const states = createMemoryStateStore();
  const ingest = createIngest({
    log,
    registry: createMemorySeriesRegistry(),
    topology,
    states,
    lease: createMemoryLease(),
    tenants,
    meter,
    logger,
    now,
    version: '0.0.0',
  });
  const anomalies = createMemoryAnomalyStore();
  const signals = createMemorySignalStore();
  const series = createMemorySeriesStore();
  const charts = { chart: async () => [], catalogue: async () => [] };
  const gateway = await createGateway({
    log,
    meter,
    logger,
    tenants,
    now,
    authenticator: createAuthenticator({ tenants, meter, logger, now }),
    ingest: { signalIntake: ingest.signals, topologyIntake: ingest.topology },
    lake: {
      charts,
      anomalies,
      topology,
      signals,
      catalogue: createLakeCatalogue({ series, figures: createMemoryLakeFigures({ series, signals }), log, now }),
      samples: createSampleExport({ series }),
      bands: { band: async () => undefined },
    },
    incidents: {
      incidents,
      diagnoses,
      anomalies,
      charts,
      silences: createMemorySilenceStore(),
      now,
      desk: createIncident({ log, incidents, anomalies, topology, meter, logger, now }).desk,
      reports: createIncidentReports({ incidents, anomalies, diagnoses }),
    },
    knowledge: { library: emptyLibrary, answerer: { ask: nothingThere, rate: nothingThere, ratings: nothingThere } },
    idempotency: createMemoryIdempotencyStore(),
    checks: [{ name: 'log', check: async () => ({ name: 'log', ok: true, latencyMs: 0 }) }],
    state: () => 'ready',
    version: '0.0.0',
    metricsText: async () => '# metrics\n',
    // Tests block the loop that they share with the doors, on a slow machine for seconds.
    loopLagMs: () => 0,
    ...changes,
  });
  const { url } = await gateway.listen({ host: '127.0.0.1', port });
  const keyOf = async (role: 'viewer' | 'operator' | 'admin', tenantId = acme) =>
    (await createApiKey({ tenants, now }, { tenantId, name: role, role })).secret;
  const operator = await keyOf('operator');

  const request = (path: string, init: PlainRequest = {}, token: string | undefined = operator) =>
    fetch(`${url}${path}`, {
      ...init,
      headers: {
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...init.headers,
      },
    });

  return {
    url,
    gateway,
    log,
    meter,
    logger,
    tenants,
    series,
    incidents,
    diagnoses,
    keyOf,
    request,
    /** Posts signals; the answer parsed. */
    async send(body: BodyInit | object, headers: Record<string, string> = {}, token = operator) {
      const isPlain = typeof body === 'object' && !(body instanceof Uint8Array) && !(body instanceof ReadableStream);
      const response = await request(
        '/api/v1/signals',
        // Node's fetch asks for `duplex` with a stream; the DOM's types do not know it.
        { method: 'POST', body: isPlain ? JSON.stringify(body) : body, headers, duplex: 'half' } as PlainRequest,
        token,
      );
      return { status: response.status, headers: response.headers, body: await response.json() };
    },
    /** Every record that the signals topic holds for a tenant. */
    async stored(tenantId = acme): Promise<readonly LogRecord[]> {
      const slices = await Promise.all(
        [0, 1, 2, 3].map((partition) =>
          log.read(tenantId, 'signals', { partition, fromOffset: 0, recordsMax: 10_000 }),
        ),
      );
      return slices.flatMap((slice) => slice.records);
    },
    /** The assets of what the signals topic holds for a tenant besides samples. */
    async storedAssets(tenantId = acme): Promise<readonly unknown[]> {
      const records = await this.stored(tenantId);
      const discrete = records.filter(({ value }) => value[0] === 0x7b);
      return discrete.map(({ value }) => (JSON.parse(Buffer.from(value).toString()) as { asset: unknown }).asset);
    },
    async close() {
      await gateway.close();
      await log[Symbol.asyncDispose]();
    },
  };
}

export type OpenGateway = Awaited<ReturnType<typeof openGateway>>;

/** The answer as a problem, after checking that it has the form that every problem has. */
export async function problemIn(response: Response): Promise<SeenProblem> {
  const type = response.headers.get('content-type');
  if (type !== 'application/problem+json') throw new Error(`not a problem: ${response.status} ${type}`);
  const problem = (await response.json()) as SeenProblem;
  if (problem.status !== response.status) throw new Error('the status of the problem is not that of the answer');
  if (JSON.stringify(problem).includes('.ts:')) throw new Error('the problem holds a stack trace');
  return problem;
}

export function sample(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return { kind: 'sample', asset: 'web', metric: 'latency', at: Date.now(), value: 1, ...changes };
}

export function logLine(asset: string): Record<string, unknown> {
  return { kind: 'log', asset, at: Date.now(), body: 'a line' };
}
