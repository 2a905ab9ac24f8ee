import { HeliosError, type AssetId, type DiscreteSignal, type SeriesRef, type TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { encodeSampleColumns } from '@heliosiq/model/sample-columns.ts';
import { signalKeyOf } from '@heliosiq/model/signal-lane.ts';
import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemorySeriesRegistry } from '@heliosiq/adapters/memory/series-registry.ts';
import { createMemorySeriesStore } from '@heliosiq/adapters/memory/series-store.ts';
import { createMemorySignalStore } from '@heliosiq/adapters/memory/signal-store.ts';
import { createMemoryTopologyStore } from '@heliosiq/adapters/memory/topology-store.ts';
import type { EventLog, RecordBatch, SeriesStore } from '@heliosiq/ports';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createLake, type LakeOptions } from './lake.ts';

const [acme, other] = ['acme', 'other'] as [TenantId, TenantId]; // valid slugs
const startAt = Date.UTC(2026, 0, 1);
const everything = { from: 0, to: startAt + 1e10 };

/** Samples `from` (inclusive) to `from + count` of one asset, or of a series that was never registered. */
interface Run {
  readonly asset: string;
  readonly from: number;
  readonly count: number;
  readonly ref?: number;
}

function seriesOf(tenantId: TenantId, asset: string): SeriesRef {
  const named = { asset: asset as AssetId, metric: 'm', labels: {} }; // a non-empty name
  return { id: seriesIdOf(tenantId, named), ...named };
}

function samplesOf(asset: string, from: number, count: number): Run {
  return { asset, from, count };
}

function columnsOf({ from, count }: Run, ref: number): Buffer {
  const numbers = Float64Array.from({ length: count }, (_, index) => from + index);
  const columns = {
    refs: new Float64Array(count).fill(ref),
    times: numbers.map((number) => startAt + number * 1000),
    values: numbers,
  };
  return encodeSampleColumns(columns, Int32Array.from(numbers.keys()), { from: 0, to: count });
}

function eventOf(id: string): DiscreteSignal {
  return { kind: 'event', id, asset: 'door' as AssetId, at: startAt, title: 'opened', severity: 'info', labels: {} };
}

/** The same log, but the first rejections and commits of its batches find it out. */
function failingAtFirst(log: EventLog, left: { rejects: number; commits: number }): EventLog {
  async function* failing(batches: AsyncIterable<RecordBatch>): AsyncIterable<RecordBatch> {
    for await (const batch of batches) {
      yield {
        ...batch,
        reject: async (record, reason) => {
          if (left.rejects-- > 0) throw new HeliosError('unavailable', 'out');
          await batch.reject(record, reason);
        },
        commit: async () => {
          if (left.commits-- > 0) throw new HeliosError('unavailable', 'out');
          await batch.commit();
        },
      };
    }
  }
  return {
    ...log,
    consumer(options) {
      const consumer = log.consumer(options);
      return {
        batches: (signal) => failing(consumer.batches(signal)),
        [Symbol.asyncDispose]: () => consumer[Symbol.asyncDispose](),
      };
    },
  };
}

describe('lake', () => {
  const stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });

  function installation(change: { readonly series?: (held: SeriesStore) => SeriesStore } = {}) {
    const log = createMemoryEventLog();
    const registry = createMemorySeriesRegistry();
    const held = createMemorySeriesStore();
    const stores = {
      series: change.series?.(held) ?? held,
      signals: createMemorySignalStore(),
      topology: createMemoryTopologyStore(),
    };
    const meter = createMemoryMeter();
    const logger = createMemoryLogger();

    function start(options: LakeOptions = {}, through: EventLog = log) {
      const controller = new AbortController();
      const ended = createLake({
        log: through,
        registry,
        ...stores,
        meter,
        logger,
        options: { flushIntervalMs: 10, ...options },
      }).run(controller.signal);
      ended.catch(() => {});
      const stop = async (): Promise<void> => {
        controller.abort();
        await ended.catch(() => {});
      };
      stops.push(stop);
      return { ended, stop };
    }

    async function valueOf(tenantId: TenantId, record: Run | DiscreteSignal | string): Promise<Buffer> {
      if (typeof record === 'string') return Buffer.from(record);
      if ('kind' in record) return Buffer.from(JSON.stringify(record));
      const [ref = 0] = await registry.register(tenantId, [seriesOf(tenantId, record.asset)]);
      return columnsOf(record, record.ref ?? ref);
    }

    async function append(tenantId: TenantId, records: readonly (Run | DiscreteSignal | string)[]): Promise<void> {
      const values = await Promise.all(records.map((record) => valueOf(tenantId, record)));
      await log.append(
        tenantId,
        'signals',
        records.map((record, index) => ({
          key: typeof record === 'string' ? 'x' : signalKeyOf(record.asset),
          id: `${index}`,
          value: values[index] ?? Buffer.of(),
        })),
      );
    }

    async function uncommitted(): Promise<number> {
      const lags = (await log.lag()).filter((lag) => lag.group === 'lake' && lag.topic === 'signals');
      return lags.reduce((sum, lag) => sum + lag.lagRecords, 0);
    }

    const untilCommitted = async (): Promise<void> => {
      await vi.waitFor(
        async () => {
          expect((await log.lag()).some((lag) => lag.group === 'lake')).toBe(true);
          expect(await uncommitted()).toBe(0);
        },
        { timeout: 30_000 },
      );
    };
    return { log, registry, held, ...stores, meter, logger, start, append, uncommitted, untilCommitted };
  }

  it('stores samples, signals and new assets of each tenant, then commits', async () => {
    const house = installation();
    await house.append(acme, [samplesOf('pump', 0, 50), samplesOf('pump', 50, 50), eventOf('e1')]);
    await house.append(other, [samplesOf('fan', 0, 5)]);
    house.start();
    await house.untilCommitted();
    const [pump] = await house.series.list(acme, {});
    expect(pump).toMatchObject({ samples: 100, series: { asset: 'pump' } });
    expect(await house.series.list(other, {})).toMatchObject([{ samples: 5, series: { asset: 'fan' } }]);
    expect(await house.signals.find(acme, {}, everything, { limit: 10 })).toHaveLength(1);
    expect((await house.topology.get(acme)).assets.map((asset) => asset.id).sort()).toEqual(['door', 'pump']);
    expect(house.meter.value('heliosiq_records_total', { stage: 'lake', outcome: 'stored' })).toBe(4);
    expect(house.meter.value('heliosiq_lake_samples_total')).toBe(105);
  });

  it('rejects what it cannot read with a reason, and keeps the rest', async () => {
    const house = installation();
    await house.append(acme, ['{broken', samplesOf('pump', 0, 5), '{"kind":"smell"}', '\u0001']);
    house.start();
    await house.untilCommitted();
    expect(await house.series.list(acme, {})).toMatchObject([{ samples: 5 }]);
    const rejected = await house.log.read(acme, 'signals-rejected', { partition: 0, fromOffset: 0, recordsMax: 10 });
    expect(rejected.records.map((record) => record.headers?.['rejected-reason'])).toEqual([
      expect.stringContaining('not JSON'),
      expect.stringContaining('kind'),
      expect.stringContaining('samples'),
    ]);
    expect(house.meter.value('heliosiq_records_total', { stage: 'lake', outcome: 'rejected' })).toBe(3);
  });

  it('rejects samples of a series that nobody knows, and keeps those of others', async () => {
    const house = installation();
    await house.append(other, [samplesOf('fan', 0, 1)]);
    const [foreign = 0] = await house.registry.register(other, [seriesOf(other, 'fan')]);
    const strangers = [foreign, 2 ** 50, 0].map((ref) => ({ ...samplesOf('pump', 50, 2), ref }));
    await house.append(acme, [samplesOf('pump', 0, 5), ...strangers, samplesOf('pump', 5, 5)]);
    house.start();
    await house.untilCommitted();
    expect(await house.series.list(acme, {})).toMatchObject([{ samples: 10, series: { asset: 'pump' } }]);
    const rejected = await house.log.read(acme, 'signals-rejected', { partition: 0, fromOffset: 0, recordsMax: 10 });
    expect(rejected.records.map((record) => record.headers?.['rejected-reason'])).toEqual(
      strangers.map(() => 'a sample is of a series that nobody knows'),
    );
  });

  it('keeps values that are no finite numbers', async () => {
    const house = installation();
    const [ref = 0] = await house.registry.register(acme, [seriesOf(acme, 'pump')]);
    const columns = {
      refs: new Float64Array(3).fill(ref),
      times: Float64Array.of(startAt, startAt + 1, startAt + 2),
      values: Float64Array.of(Number.NaN, Infinity, -Infinity),
    };
    const value = encodeSampleColumns(columns, Int32Array.of(0, 1, 2), { from: 0, to: 3 });
    await house.log.append(acme, 'signals', [{ key: signalKeyOf('pump'), id: 'odd', value }]);
    house.start();
    await house.untilCommitted();
    const [points] = await house.series.range(acme, {}, everything);
    expect(points?.values).toEqual(columns.values);
  });

  it('waits out an outage of a store without losing or skipping a record', async () => {
    let failures = 3;
    const house = installation({
      series: (held) => ({
        ...held,
        append: async (tenantId, blocks) => {
          failures -= 1;
          if (failures >= 0) throw new HeliosError('unavailable', 'out');
          await held.append(tenantId, blocks);
        },
      }),
    });
    await house.append(acme, [samplesOf('pump', 0, 5)]);
    house.start();
    await house.untilCommitted();
    expect(await house.held.list(acme, {})).toMatchObject([{ samples: 5 }]);
    expect(house.meter.value('heliosiq_lake_retries_total')).toBe(3);
  });

  it('waits out an outage of the log while it rejects and commits', async () => {
    const house = installation();
    const log = failingAtFirst(house.log, { rejects: 2, commits: 2 });
    await house.append(acme, ['{broken', samplesOf('pump', 0, 5)]);
    house.start({}, log);
    await house.untilCommitted();
    const rejected = await house.log.read(acme, 'signals-rejected', { partition: 0, fromOffset: 0, recordsMax: 10 });
    expect(rejected.records).toHaveLength(1);
    expect(house.meter.value('heliosiq_lake_retries_total')).toBe(4);
  });

  it('ends with the error, uncommitted, when an outage outlasts its patience', async () => {
    const out = new HeliosError('unavailable', 'out');
    const house = installation({ series: (held) => ({ ...held, append: () => Promise.reject(out) }) });
    await house.append(acme, [samplesOf('pump', 0, 5)]);
    await expect(house.start({ outagePatienceMs: 150 }).ended).rejects.toBe(out);
    expect(await house.uncommitted()).toBe(1);
  });

  it('ends at once, uncommitted, on a fault that no retry cures', async () => {
    const bug = new TypeError('a bug');
    const house = installation({ series: (held) => ({ ...held, append: () => Promise.reject(bug) }) });
    await house.append(acme, [samplesOf('pump', 0, 5)]);
    await expect(house.start().ended).rejects.toBe(bug);
    expect(await house.uncommitted()).toBe(1);
  });

  it('stops during an outage without an error and without a commit', async () => {
    const house = installation({
      series: (held) => ({ ...held, append: () => Promise.reject(new HeliosError('unavailable', 'out')) }),
    });
    await house.append(acme, [samplesOf('pump', 0, 5)]);
    const lake = house.start();
    await vi.waitFor(() => expect(house.meter.value('heliosiq_lake_retries_total')).toBeGreaterThan(0), {
      timeout: 30_000,
    });
    await lake.stop();
    await expect(lake.ended).resolves.toBeUndefined();
    expect(await house.uncommitted()).toBe(1);
  });

  it('goes on behind what it had committed after a restart', async () => {
    const house = installation();
    await house.append(acme, [samplesOf('pump', 0, 5)]);
    const first = house.start();
    await house.untilCommitted();
    await first.stop();
    await house.append(acme, [samplesOf('pump', 5, 5)]);
    house.start();
    await house.untilCommitted();
    expect(await house.series.list(acme, {})).toMatchObject([{ samples: 10 }]);
    expect(house.meter.value('heliosiq_records_total', { stage: 'lake', outcome: 'stored' })).toBe(2);
  });

  it('writes many small records together', async () => {
    let appends = 0;
    const house = installation({
      series: (held) => ({
        ...held,
        append: async (tenantId, blocks) => {
          appends += 1;
          await held.append(tenantId, blocks);
        },
      }),
    });
    for (let index = 0; index < 40; index += 1) await house.append(acme, [samplesOf('pump', index, 1)]);
    house.start({ flushIntervalMs: 100 });
    await house.untilCommitted();
    expect(await house.series.list(acme, {})).toMatchObject([{ samples: 40 }]);
    expect(appends).toBeLessThanOrEqual(4);
  });
});
