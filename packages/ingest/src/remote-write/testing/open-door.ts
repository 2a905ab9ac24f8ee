import { createMemoryLease } from '@heliosiq/adapters/memory/lease.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemorySeriesRegistry } from '@heliosiq/adapters/memory/series-registry.ts';
import { DiscreteSignal, HeliosError, TenantId } from '@heliosiq/model';
import { decodeSampleColumns, isSampleColumns } from '@heliosiq/model/sample-columns.ts';
import type { DoorAnswer, EventLog, Lease, Logger, NewRecord } from '@heliosiq/ports';
import { compress } from 'snappy';
import { createTelemetryIntake } from '../../intake/telemetry-intake.ts';
import { unlimitedQuota } from '../../intake/tenant-quota.ts';
import { createRemoteWriteDoor } from '../remote-write-door.ts';
import type { RemoteWriteSettings } from '../remote-write-settings.ts';
import { bodyV1, bodyV2, momentOfTests } from './write-bodies.ts';
import type { BodySeries } from './write-bodies.ts';

export const acme = TenantId.parse('acme');
export const contentTypes = {
  v1: 'application/x-protobuf',
  v2: 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
} as const;

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };

export interface DoorOptions {
  readonly settings?: Partial<RemoteWriteSettings>;
  /** Series of a tenant at most. */
  readonly seriesMax?: number;
  /** Outlive the door. */
  readonly lease?: Lease;
  readonly clock?: { now: number };
}

export interface SendOptions {
  readonly tenantId?: TenantId;
  readonly contentType?: string;
  readonly encoding?: string | undefined;
}

/** A door over a log in memory, at a moment that the test sets. */
export function openDoor({ settings, seriesMax, lease, clock = { now: momentOfTests } }: DoorOptions = {}) {
  const records: { readonly tenantId: TenantId; readonly record: NewRecord }[] = [];
  const state = { isLogAway: false };
  const meter = createMemoryMeter();
  const registry = createMemorySeriesRegistry();
  const log: Pick<EventLog, 'append'> = {
    append(tenantId, _topic, appended) {
      if (state.isLogAway) return Promise.reject(new HeliosError('unavailable', 'the log is away', { retryAfterS: 2 }));
      for (const record of appended) records.push({ tenantId, record });
      return Promise.resolve();
    },
  };
  const quota = seriesMax === undefined ? unlimitedQuota : { ...unlimitedQuota, admitSeries: async () => seriesMax };
  // The cast holds because the intake does nothing to its log but append.
  const telemetry = createTelemetryIntake({ log: log as EventLog, registry, quota, now: () => clock.now });
  const door = createRemoteWriteDoor({
    telemetry,
    lease: lease ?? createMemoryLease(() => clock.now),
    meter,
    logger: silent,
    now: () => clock.now,
    ...(settings === undefined ? {} : { settings }),
  });

  async function sendBytes(body: Buffer, options: SendOptions = {}): Promise<DoorAnswer> {
    const { tenantId = acme, contentType = contentTypes.v1 } = options;
    const encoding = 'encoding' in options ? options.encoding : 'snappy';
    return door.handle({
      principal: { tenantId, actor: 'test', role: 'operator' },
      headers: { ...(encoding === undefined ? {} : { 'content-encoding': encoding }) },
      query: {},
      mediaType: contentType.split(';')[0] ?? '',
      contentType,
      body,
      requestId: 'request-1',
    });
  }

  return {
    door,
    clock,
    state,
    meter,
    sendBytes,
    /** Sends series in the form of a version, compressed as it should be. */
    async send(version: 'v1' | 'v2', series: readonly BodySeries[], tenantId = acme): Promise<DoorAnswer> {
      const body = version === 'v1' ? bodyV1(series) : bodyV2(series);
      return sendBytes(await compress(body), { tenantId, contentType: contentTypes[version] });
    },
    /** What was stored of a tenant, as `asset metric{label="value"} unit @seconds from now = value`, sorted. */
    async stored(tenantId = acme): Promise<readonly string[]> {
      const lines: string[] = [];
      for (const { record } of records.filter((one) => one.tenantId === tenantId)) {
        if (!isSampleColumns(record.value)) continue;
        const columns = decodeSampleColumns(record.value);
        if (!columns.ok) throw new Error(columns.reason);
        const { refs, times, values } = columns.value;
        const lowWords = new Uint32Array(values.buffer).filter((_, index) => index % 2 === 0);
        const series = await registry.describe(tenantId, refs);
        for (const [row, ref] of refs.entries()) {
          const { asset, metric, labels, unit } = series.get(ref) ?? missing(ref);
          const text = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
          const words = `${asset} ${metric}{${text.join(',')}}${unit === undefined ? '' : ` ${unit}`}`;
          lines.push(`${words} @${((times[row] ?? 0) - momentOfTests) / 1000} = ${shown(values[row], lowWords[row])}`);
        }
      }
      return lines.sort();
    },
    /** Empties the log in memory. */
    forget(): void {
      records.length = 0;
    },
    events(): readonly DiscreteSignal[] {
      return records
        .filter(({ record }) => !isSampleColumns(record.value))
        .map(({ record }) => DiscreteSignal.parse(JSON.parse(Buffer.from(record.value).toString())));
    },
  };
}

/** The fault with which something was refused. */
export async function faultOf(sent: Promise<unknown>): Promise<HeliosError> {
  const error: unknown = await sent.catch((reason: unknown) => reason);
  if (error instanceof HeliosError) return error;
  throw new Error('it was taken');
}

/** A value, or that it is the NaN that says that a series has ended. */
function shown(value: number | undefined, lowWord: number | undefined): string {
  return Number.isNaN(value) && lowWord === 2 ? 'stale' : String(value);
}

function missing(ref: number): never {
  throw new Error(`no series has the number ${ref}`);
}
