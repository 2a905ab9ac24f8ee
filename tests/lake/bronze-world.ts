import { createMemoryBlobStore } from '@heliosiq/adapters/memory/blob-store.ts';
import { createMemoryEventLog, type MemoryLogStorage } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemorySeriesRegistry } from '@heliosiq/adapters/memory/series-registry.ts';
import { createBronze, type Bronze, type BronzeOptions } from '../../packages/lake/src/bronze/bronze.ts';
import { readBronzeCatalogue, type BronzeCatalogue } from '../../packages/lake/src/bronze/bronze-catalogue.ts';
import type { BronzeFinding } from '../../packages/lake/src/bronze/bronze-finding.ts';
import { readBronzeStream } from '../../packages/lake/src/bronze/bronze-reader.ts';
import type { BronzeRecord } from '../../packages/lake/src/bronze/segment-reader.ts';
import { AssetId, TenantId, type SeriesRef } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { encodeSampleColumns } from '@heliosiq/model/sample-columns.ts';
import { signalKeyOf } from '@heliosiq/model/signal-lane.ts';
import type { BlobStore, EventLog, NewRecord, SeriesRegistry } from '@heliosiq/ports';
import { expect, vi } from 'vitest';

/** Whose records these are. */
export const acme = TenantId.parse('acme');

export const startMs = Date.UTC(2026, 0, 5);

/** A series of an asset. */
export function seriesOf(asset: string, tenantId = acme): SeriesRef {
  const named = { asset: AssetId.parse(asset), metric: 'load', labels: { core: '0' } };
  return { id: seriesIdOf(tenantId, named), ...named, unit: '1' };
}

/** A record of samples of one asset's series, one a second from a moment on. */
export async function recordOf(
  registry: SeriesRegistry,
  {
    asset,
    id,
    at,
    values,
    tenantId = acme,
  }: {
    readonly asset: string;
    readonly id: string;
    readonly at: number;
    readonly values: readonly number[];
    readonly tenantId?: TenantId;
  },
): Promise<NewRecord> {
  const [ref = 0] = await registry.register(tenantId, [seriesOf(asset, tenantId)]);
  const columns = {
    refs: Float64Array.from(values, () => ref),
    times: Float64Array.from(values, (_, index) => at + index * 1000),
    values: Float64Array.from(values),
  };
  const value = encodeSampleColumns(columns, Int32Array.from(values.keys()), { from: 0, to: values.length });
  return { key: signalKeyOf(asset), id, value };
}

/** A log, a registry and blobs, with a bronze service that can be started and stopped. */
export interface BronzeWorld extends AsyncDisposable {
  readonly log: EventLog;
  readonly registry: SeriesRegistry;
  readonly blobs: BlobStore;
  readonly logger: ReturnType<typeof createMemoryLogger>;
  readonly meter: ReturnType<typeof createMemoryMeter>;
  /** Starts the service on these blobs; the last one is asked to stop first. */
  start(fronts?: { readonly blobs?: BlobStore; readonly log?: EventLog }): Bronze;
  /** Waits until all that was sent is in bronze. */
  settled(): Promise<void>;
  stop(): Promise<void>;
  /** What the service ended with. */
  ended(): Promise<void>;
}

export function openBronzeWorld(
  options: BronzeOptions & {
    readonly blobs?: BlobStore;
    readonly storage?: MemoryLogStorage;
  } = {},
): BronzeWorld {
  const log = createMemoryEventLog(options.storage === undefined ? {} : { storage: options.storage });
  const registry = createMemorySeriesRegistry();
  const blobs = options.blobs ?? createMemoryBlobStore();
  const logger = createMemoryLogger();
  const meter = createMemoryMeter();
  let stopping = new AbortController();
  let running: Promise<void> | undefined;
  let bronze: Bronze | undefined;

  async function stop(): Promise<void> {
    stopping.abort();
    await Promise.allSettled([running]);
  }

  return {
    log,
    registry,
    blobs,
    logger,
    meter,
    start(fronts = {}) {
      stopping = new AbortController();
      bronze = createBronze({ log: fronts.log ?? log, registry, blobs: fronts.blobs ?? blobs, logger, meter, options });
      running = bronze.run(stopping.signal);
      running.catch(() => undefined);
      return bronze;
    },
    async settled() {
      await vi.waitFor(
        async () => {
          bronze?.roll();
          const lag = (await log.lag()).filter(({ group }) => group === 'bronze');
          expect(lag.length).toBeGreaterThan(0);
          expect(lag.reduce((sum, { lagRecords }) => sum + lagRecords, 0)).toBe(0);
        },
        { timeout: 30_000, interval: 5 },
      );
    },
    stop,
    ended: () => running ?? Promise.resolve(),
    async [Symbol.asyncDispose]() {
      await stop();
      await log[Symbol.asyncDispose]();
    },
  };
}

/** Everything that a tenant's bronze tells. */
export interface ReadBronze {
  readonly catalogue: BronzeCatalogue;
  readonly records: readonly (BronzeRecord & { readonly partition: number; readonly epoch: number })[];
  readonly series: ReadonlyMap<number, SeriesRef>;
  /** Of the catalogue and of reading. */
  readonly findings: readonly BronzeFinding[];
}

/** Reads a tenant's bronze whole, with its chains of hashes. */
export async function readBronze(blobs: BlobStore, tenantId = acme): Promise<ReadBronze> {
  const catalogue = await readBronzeCatalogue(blobs, tenantId);
  const findings = [...catalogue.findings];
  const records: ReadBronze['records'][number][] = [];
  const series = new Map<number, SeriesRef>();
  for (const stream of catalogue.streams) {
    const options = { followsChain: true, onFinding: (finding: BronzeFinding) => void findings.push(finding) };
    for await (const frame of readBronzeStream(blobs, tenantId, stream, options)) {
      for (const record of frame.records) records.push({ ...record, ...stream.stream });
      for (const [ref, words] of frame.series) series.set(ref, words);
    }
  }
  return { catalogue, records, series, findings };
}

/** Records of the log in the order of partitions and offsets, as bronze should have them. */
export async function logged(log: EventLog, tenantId = acme) {
  const all = [];
  for (let partition = 0; partition < 4; partition += 1) {
    const { records } = await log.read(tenantId, 'signals', { partition, fromOffset: 0, recordsMax: 10_000 });
    all.push(...records);
  }
  return all;
}

/** What makes two records the same, comparable by `toEqual`. */
export function plain(record: {
  readonly partition: number;
  readonly offset: number;
  readonly appendedAt: number;
  readonly key: string;
  readonly id: string;
  readonly value: Uint8Array;
}) {
  const { partition, offset, appendedAt, key, id, value } = record;
  return { partition, offset, appendedAt, key, id, value: Buffer.from(value).toString('base64') };
}
