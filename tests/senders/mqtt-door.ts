import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemorySeriesRegistry } from '@heliosiq/adapters/memory/series-registry.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { DiscreteSignal, HeliosError, TenantId } from '@heliosiq/model';
import type { Principal } from '@heliosiq/model';
import { decodeSampleColumns, isSampleColumns } from '@heliosiq/model/sample-columns.ts';
import type { Authenticator, EventLog, SeriesRegistry, StateStore } from '@heliosiq/ports';
import { createSeriesBook } from '../../packages/ingest/src/intake/series-book.ts';
import { createTelemetryIntake } from '../../packages/ingest/src/intake/telemetry-intake.ts';
import { unlimitedQuota } from '../../packages/ingest/src/intake/tenant-quota.ts';
import type { TenantQuota } from '../../packages/ingest/src/intake/tenant-quota.ts';
import { createMqttListener } from '../../packages/ingest/src/mqtt/mqtt-listener.ts';
import type { MqttListenerOptions } from '../../packages/ingest/src/mqtt/mqtt-listener.ts';

export const acme = TenantId.parse('acme');
export const other = TenantId.parse('other');

/** What survives a restart of the door. */
export interface MqttStores {
  readonly log: EventLog;
  readonly registry: SeriesRegistry;
  readonly state: StateStore;
}

export function memoryMqttStores(): MqttStores {
  return { log: createMemoryEventLog(), registry: createMemorySeriesRegistry(), state: createMemoryStateStore() };
}

/** One sample as stored. */
export interface StoredSample {
  readonly asset: string;
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly unit: string | undefined;
  readonly at: number;
  readonly value: number;
}

/** The samples of a tenant, those of one series and moment once, as a store keeps them; in the order of series and time. */
export async function storedSamples({ log, registry }: MqttStores, tenantId = acme): Promise<readonly StoredSample[]> {
  const found = new Map<string, StoredSample>();
  for (const value of await recordsOf(log, tenantId)) {
    if (!isSampleColumns(value)) continue;
    const decoded = decodeSampleColumns(value);
    if (!decoded.ok) throw new Error(decoded.reason);
    const { refs, times, values } = decoded.value;
    const series = await registry.describe(tenantId, refs);
    for (const [row, ref] of refs.entries()) {
      const { asset, metric, labels, unit } = series.get(ref) ?? {
        asset: '?',
        metric: '?',
        labels: {},
        unit: undefined,
      };
      const sample = { asset, metric, labels, unit, at: times[row] ?? 0, value: values[row] ?? 0 };
      found.set(`${ref} ${sample.at}`, sample);
    }
  }
  return [...found.values()].sort(
    (a, b) => a.asset.localeCompare(b.asset) || a.metric.localeCompare(b.metric) || a.at - b.at,
  );
}

/** Events and the like of a tenant, those of one id once. */
export async function storedSignals({ log }: MqttStores, tenantId = acme): Promise<readonly DiscreteSignal[]> {
  const found = new Map<string, DiscreteSignal>();
  for (const value of await recordsOf(log, tenantId)) {
    if (isSampleColumns(value)) continue;
    const signal = DiscreteSignal.parse(JSON.parse(Buffer.from(value).toString()));
    found.set(signal.id, signal);
  }
  return [...found.values()];
}

async function recordsOf(log: EventLog, tenantId: TenantId): Promise<readonly Uint8Array[]> {
  const values: Uint8Array[] = [];
  for (const partition of [0, 1, 2, 3]) {
    for (let fromOffset = 0; ;) {
      const slice = await log.read(tenantId, 'signals', { partition, fromOffset, recordsMax: 10_000 });
      if (slice.records.length === 0) break;
      values.push(...slice.records.map((record) => record.value));
      fromOffset = slice.nextOffset;
    }
  }
  return values;
}

const principals: Readonly<Record<string, Principal>> = {
  'key-acme': { tenantId: acme, actor: 'key:acme', role: 'operator' },
  'key-other': { tenantId: other, actor: 'key:other', role: 'operator' },
  'key-viewer': { tenantId: acme, actor: 'key:viewer', role: 'viewer' },
  'CN=plant-7,O=Acme': { tenantId: acme, actor: 'cert:plant-7', role: 'operator' },
};

/** Knows the passwords `key-acme`, `key-other` and `key-viewer`, and one certificate. */
const authenticator: Authenticator = {
  async authenticate(credential) {
    const shown =
      credential.kind === 'password'
        ? credential.password
        : credential.kind === 'certificate'
          ? credential.subject
          : '';
    const principal = principals[shown];
    if (principal === undefined) throw new HeliosError('unauthenticated', 'unknown');
    return principal;
  },
};

export interface MqttDoorChanges extends Partial<Omit<MqttListenerOptions, 'telemetry' | 'series' | 'state'>> {
  readonly quota?: Partial<TenantQuota>;
}

/** The MQTT door on free ports over stores in memory. */
export async function openMqttDoor(stores: MqttStores = memoryMqttStores(), changes: MqttDoorChanges = {}) {
  const { quota, ...options } = changes;
  const meter = createMemoryMeter();
  const logger = createMemoryLogger();
  const telemetry = createTelemetryIntake({
    log: stores.log,
    registry: stores.registry,
    quota: { ...unlimitedQuota, ...quota },
  });
  const listener = createMqttListener({
    telemetry,
    series: createSeriesBook(10_000),
    state: stores.state,
    meter,
    logger,
    now: Date.now,
    authenticator,
    instance: 'test',
    host: '127.0.0.1',
    port: 0,
    ...options,
  });
  await listener.listen();
  const url = listener.urls.mqtt ?? '';
  return {
    listener,
    url,
    port: Number(new URL(url === '' ? 'mqtt://x:0' : url).port),
    tlsPort: Number(new URL(listener.urls.mqtts ?? 'mqtts://x:0').port),
    meter,
    logger,
    stores,
    close: () => listener.close(),
  };
}

export type MqttDoor = Awaited<ReturnType<typeof openMqttDoor>>;
