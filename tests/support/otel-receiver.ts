import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemorySeriesRegistry } from '@heliosiq/adapters/memory/series-registry.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { createMemoryTopologyStore } from '@heliosiq/adapters/memory/topology-store.ts';
import { HeliosError } from '@heliosiq/model';
import type { DiscreteSignal, Log } from '@heliosiq/model';
import { decodeSampleColumns, isSampleColumns } from '@heliosiq/model/sample-columns.ts';
import type { EventLog } from '@heliosiq/ports';
import { createAuthenticator } from '../../packages/gateway/src/gateway.ts';
import { createSeriesBook } from '../../packages/ingest/src/intake/series-book.ts';
import { createTelemetryIntake } from '../../packages/ingest/src/intake/telemetry-intake.ts';
import { createTenantQuota } from '../../packages/ingest/src/intake/tenant-quota.ts';
import { quotaDefaults } from '../../packages/ingest/src/intake/tenant-quota-limits.ts';
import type { QuotaLimits } from '../../packages/ingest/src/intake/tenant-quota-limits.ts';
import { createOtlpDoors } from '../../packages/ingest/src/otlp/otlp-doors.ts';
import { createOtlpGrpcListener } from '../../packages/ingest/src/otlp/otlp-grpc-listener.ts';
import { createOtlpIntake } from '../../packages/ingest/src/otlp/otlp-intake.ts';
import { createTopologyIntake } from '../../packages/ingest/src/topology-intake.ts';
import { acme, openGateway } from '../gateway/open-gateway.ts';
import type { OpenGateway } from '../gateway/open-gateway.ts';

/** A sample as it is stored. */
export interface StoredSample {
  readonly asset: string;
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly at: number;
  readonly value: number;
}

export interface OtelReceiver extends AsyncDisposable {
  /** Where OTLP/HTTP and OTLP/gRPC listen. */
  readonly httpUrl: string;
  readonly grpcUrl: string;
  /** A key of an operator. */
  readonly apiKey: string;
  readonly gateway: OpenGateway;
  /** How many requests were refused for the time being. */
  readonly refusals: () => number;
  /** Makes the log refuse all appends, as if its database were away, or take them again. */
  setOutage(isAway: boolean): void;
  /** What is stored, each sample of a series and moment and each signal of an id once. */
  samples(): Promise<readonly StoredSample[]>;
  logs(): Promise<readonly Log[]>;
  edges(): Promise<readonly string[]>;
}

/** OTLP behind the real gateway and the real gRPC server, over stores in memory. */
export async function openOtelReceiver(limits: Partial<QuotaLimits> = {}): Promise<OtelReceiver> {
  const stored = createMemoryEventLog();
  const registry = createMemorySeriesRegistry();
  const topologyStore = createMemoryTopologyStore();
  let isAway = false;
  let refusals = 0;
  const log: EventLog = {
    ...stored,
    async append(...appended) {
      if (isAway) throw new HeliosError('unavailable', 'The log is away', { retryAfterS: 1 });
      return stored.append(...appended);
    },
  };
  // The doors need the gateway's meter and logger before there is a gateway: they come from one that only lends them.
  const lender = await openGateway();
  const { meter, logger, tenants } = lender;
  const now = Date.now;
  const quota = createTenantQuota({
    limits: { ...quotaDefaults, ...limits },
    registry,
    states: createMemoryStateStore(),
    meter,
    logger,
    now,
  });
  const telemetry = createTelemetryIntake({ log, registry, quota });
  const topology = createTopologyIntake({ topology: topologyStore });
  const taking = createOtlpIntake({ telemetry, log, series: createSeriesBook(10_000), topology, meter, logger, now });
  const intake: typeof taking = {
    take: (principal, request) =>
      taking.take(principal, request).catch((error: unknown) => {
        refusals += 1;
        throw error;
      }),
  };
  const authenticator = createAuthenticator({ tenants, meter, logger, now });
  const httpDoors = createOtlpDoors({ intake });
  const gateway = await openGateway({ httpDoors, authenticator, tenants, meter, logger });
  const listener = createOtlpGrpcListener({ intake, authenticator, meter, logger, host: '127.0.0.1', port: 0 });
  const { url: grpcUrl } = await listener.listen();

  async function records() {
    const slices = await Promise.all(
      [0, 1, 2, 3].map(async (partition) => {
        const gathered = [];
        for (let fromOffset = 0; ;) {
          const slice = await stored.read(acme, 'signals', { partition, fromOffset, recordsMax: 10_000 });
          gathered.push(...slice.records);
          if (slice.records.length === 0) return gathered;
          fromOffset = slice.nextOffset;
        }
      }),
    );
    return slices.flat();
  }

  return {
    httpUrl: gateway.url,
    grpcUrl,
    apiKey: await lender.keyOf('operator'),
    gateway,
    refusals: () => refusals,
    setOutage: (away) => void (isAway = away),

    async samples() {
      const samples = new Map<string, StoredSample>();
      for (const { value } of await records()) {
        if (!isSampleColumns(value)) continue;
        const columns = decodeSampleColumns(value);
        if (!columns.ok) throw new Error(columns.reason);
        const { refs, times, values } = columns.value;
        const series = await registry.describe(acme, refs);
        for (const [index, ref] of refs.entries()) {
          const { asset = '', metric = '', labels = {} } = series.get(ref) ?? {};
          const at = times[index] ?? 0;
          samples.set(`${ref} ${at}`, { asset, metric, labels, at, value: values[index] ?? 0 });
        }
      }
      return [...samples.values()];
    },

    async logs() {
      const logs = new Map<string, Log>();
      for (const { value } of await records()) {
        if (isSampleColumns(value)) continue;
        // The cast holds: the other records of the topic are discrete signals.
        const signal = JSON.parse(Buffer.from(value).toString()) as DiscreteSignal;
        if (signal.kind === 'log') logs.set(signal.id, signal);
      }
      return [...logs.values()];
    },

    async edges() {
      return (await topologyStore.get(acme)).edges.map(({ from, to, kind }) => `${from} ${kind} ${to}`);
    },

    async [Symbol.asyncDispose]() {
      await listener.close();
      await gateway.close();
      await lender.close();
      await stored[Symbol.asyncDispose]();
    },
  };
}

/** The sum of the samples of a metric whose labels include the given ones. */
export function totalOf(
  samples: readonly StoredSample[],
  metric: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  return samples
    .filter((one) => one.metric === metric)
    .filter((one) => Object.entries(labels).every(([name, value]) => one.labels[name] === value))
    .reduce((sum, { value }) => sum + value, 0);
}
