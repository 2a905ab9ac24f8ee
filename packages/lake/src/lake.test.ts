import { HeliosError, type AssetId, type SignalRecord, type TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemorySeriesStore } from '@heliosiq/adapters/memory/series-store.ts';
import { createMemorySignalStore } from '@heliosiq/adapters/memory/signal-store.ts';
import { createMemoryTopologyStore } from '@heliosiq/adapters/memory/topology-store.ts';
import type { EventLog, RecordBatch, SeriesStore } from '@heliosiq/ports';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createLake, type LakeOptions } from './lake.ts';

const [acme, other] = ['acme', 'other'] as [TenantId, TenantId]; // valid slugs
const startAt = Date.UTC(2026, 0, 1);
const everything = { from: 0, to: startAt + 1e10 };

function blockOf(tenantId: TenantId, asset: string, from: number, count: number): SignalRecord {
  const named = { asset: asset as AssetId, metric: 'm', labels: {} }; // a non-empty name
  const numbers = Array.from({ length: count }, (_, index) => from + index);
  return {
    kind: 'samples',
    series: { id: seriesIdOf(tenantId, named), ...named },
    times: numbers.map((number) => startAt + number * 1000),
    values: numbers,
  };
}

function eventOf(id: string): SignalRecord {
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

    async function append(tenantId: TenantId, records: readonly (SignalRecord | string)[]): Promise<void> {
      await log.append(
        tenantId,
        'signals',
        records.map((record, index) => ({
          key: typeof record === 'string' ? 'x' : record.kind === 'samples' ? record.series.asset : record.asset,
          id: `${index}`,
          value: Buffer.from(typeof record === 'string' ? record : JSON.stringify(record)),
        })),
      );
    }

    async function uncommitted(): Promise<number> {
      const lags = (await log.lag()).filter((lag) => lag.group === 'lake' && lag.topic === 'signals');
      return lags.reduce((sum, lag) => sum + lag.lagRecords, 0);
    }

    const untilCommitted = async (): Promise<void> => {
      await vi.waitFor(async () => {
        expect((await log.lag()).some((lag) => lag.group === 'lake')).toBe(true);
        expect(await uncommitted()).toBe(0);
      }, 10_000);
    };
    return { log, held, ...stores, meter, logger, start, append, uncommitted, untilCommitted };
  }

  it('stores samples, signals and new assets of each tenant, then commits', async () => {
    const house = installation();
    await house.append(acme, [blockOf(acme, 'pump', 0, 50), blockOf(acme, 'pump', 50, 50), eventOf('e1')]);
    await house.append(other, [blockOf(other, 'fan', 0, 5)]);
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
    await house.append(acme, ['{broken', blockOf(acme, 'pump', 0, 5), '{"kind":"samples"}']);
    house.start();
    await house.untilCommitted();
    expect(await house.series.list(acme, {})).toMatchObject([{ samples: 5 }]);
    const rejected = await house.log.read(acme, 'signals-rejected', { partition: 0, fromOffset: 0, recordsMax: 10 });
    expect(rejected.records.map((record) => record.headers?.['rejected-reason'])).toEqual([
      expect.stringContaining('not JSON'),
      expect.stringContaining('needs series'),
    ]);
    expect(house.meter.value('heliosiq_records_total', { stage: 'lake', outcome: 'rejected' })).toBe(2);
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
    await house.append(acme, [blockOf(acme, 'pump', 0, 5)]);
    house.start();
    await house.untilCommitted();
    expect(await house.held.list(acme, {})).toMatchObject([{ samples: 5 }]);
    expect(house.meter.value('heliosiq_lake_retries_total')).toBe(3);
  });

  it('waits out an outage of the log while it rejects and commits', async () => {
    const house = installation();
    const log = failingAtFirst(house.log, { rejects: 2, commits: 2 });
    await house.append(acme, ['{broken', blockOf(acme, 'pump', 0, 5)]);
    house.start({}, log);
    await house.untilCommitted();
    const rejected = await house.log.read(acme, 'signals-rejected', { partition: 0, fromOffset: 0, recordsMax: 10 });
    expect(rejected.records).toHaveLength(1);
    expect(house.meter.value('heliosiq_lake_retries_total')).toBe(4);
  });

  it('ends with the error, uncommitted, when an outage outlasts its patience', async () => {
    const out = new HeliosError('unavailable', 'out');
    const house = installation({ series: (held) => ({ ...held, append: () => Promise.reject(out) }) });
    await house.append(acme, [blockOf(acme, 'pump', 0, 5)]);
    await expect(house.start({ outagePatienceMs: 150 }).ended).rejects.toBe(out);
    expect(await house.uncommitted()).toBe(1);
  });

  it('ends at once, uncommitted, on a fault that no retry cures', async () => {
    const bug = new TypeError('a bug');
    const house = installation({ series: (held) => ({ ...held, append: () => Promise.reject(bug) }) });
    await house.append(acme, [blockOf(acme, 'pump', 0, 5)]);
    await expect(house.start().ended).rejects.toBe(bug);
    expect(await house.uncommitted()).toBe(1);
  });

  it('stops during an outage without an error and without a commit', async () => {
    const house = installation({
      series: (held) => ({ ...held, append: () => Promise.reject(new HeliosError('unavailable', 'out')) }),
    });
    await house.append(acme, [blockOf(acme, 'pump', 0, 5)]);
    const lake = house.start();
    await vi.waitFor(() => expect(house.meter.value('heliosiq_lake_retries_total')).toBeGreaterThan(0), 5000);
    await lake.stop();
    await expect(lake.ended).resolves.toBeUndefined();
    expect(await house.uncommitted()).toBe(1);
  });

  it('goes on behind what it had committed after a restart', async () => {
    const house = installation();
    await house.append(acme, [blockOf(acme, 'pump', 0, 5)]);
    const first = house.start();
    await house.untilCommitted();
    await first.stop();
    await house.append(acme, [blockOf(acme, 'pump', 5, 5)]);
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
    for (let index = 0; index < 40; index += 1) await house.append(acme, [blockOf(acme, 'pump', index, 1)]);
    house.start({ flushIntervalMs: 100 });
    await house.untilCommitted();
    expect(await house.series.list(acme, {})).toMatchObject([{ samples: 40 }]);
    expect(appends).toBeLessThanOrEqual(4);
  });
});
