import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { TenantId } from '@heliosiq/model';
import type { EventLog } from '@heliosiq/ports';
import { describe, expect, it } from 'vitest';
import { createBacklog, logWithBacklog } from './backlog.ts';

const tenantId = TenantId.parse('acme');
const tooFarBehind = { code: 'rate-limited', retryAfterS: 30 };

/** A backlog of a minute at most over a log whose records are all of one partition, by a clock that is set. */
function backlogWorld() {
  const log = createMemoryEventLog();
  const meter = createMemoryMeter();
  const logger = createMemoryLogger();
  const clock = { now: 1_000_000_000 };
  const backlog = createBacklog({ log, meter, logger, now: () => clock.now, maxMs: 60_000 });
  const bounded = logWithBacklog(log, backlog);
  let sent = 0;
  return {
    meter,
    logger,
    log,
    backlog,
    send: async (count = 1) => {
      for (let index = 0; index < count; index += 1) {
        sent += 1;
        await bounded.append(tenantId, 'signals', [{ key: 'k', id: `r-${sent}`, value: Buffer.from('x') }]);
      }
    },
    /** What is known so many seconds after the beginning. */
    lookAt: async (seconds: number) => {
      clock.now = 1_000_000_000 + 1000 * seconds;
      await backlog.look();
    },
  };
}

/** A stage that works off one record whenever it is told to. */
function stageOf(log: EventLog, group: string) {
  const stop = new AbortController();
  const consumer = log.consumer({ group, topics: ['signals'], batchRecordsMax: 1 });
  const batches = consumer.batches(stop.signal)[Symbol.asyncIterator]();
  return {
    work: async (count = 1) => {
      for (let index = 0; index < count; index += 1) {
        const { value } = await batches.next();
        await value?.commit();
      }
    },
    /** Joins, takes a record and does nothing with it. */
    take: () => batches.next(),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await batches.return?.();
      await consumer[Symbol.asyncDispose]();
    },
  };
}

describe('the backlog', () => {
  it('holds senders back, and nobody else, once a stage has not worked off what came in before the longest time', async () => {
    const world = backlogWorld();
    await using stage = stageOf(world.log, 'lake');
    await world.send(3);
    await stage.work();
    await world.lookAt(0);
    await stage.work();
    await world.send();
    await world.lookAt(59);
    await stage.work();
    await world.send();
    await world.lookAt(61);
    await expect(world.send()).rejects.toMatchObject(tooFarBehind);
    expect(world.meter.value('heliosiq_ingest_backlog_refused_total')).toBe(1);
    expect(world.meter.value('heliosiq_ingest_backlog_seconds')).toBe(61);
    await logWithBacklog(world.log, world.backlog).append(tenantId, 'anomalies', [
      { key: 'k', id: 'a-1', value: Buffer.from('x') },
    ]);
    expect(world.logger.lines.map(({ level }) => level)).toEqual(['error']);
  });

  it('lets senders in again once the stage has caught up', async () => {
    const world = backlogWorld();
    await using stage = stageOf(world.log, 'lake');
    await world.send(4);
    await stage.work();
    await world.lookAt(0);
    await stage.work();
    await world.lookAt(70);
    await expect(world.send()).rejects.toMatchObject(tooFarBehind);
    await stage.work(2);
    await world.lookAt(71);
    await world.send();
    expect(world.meter.value('heliosiq_ingest_backlog_seconds')).toBe(0);
    expect(world.logger.lines.map(({ level }) => level)).toEqual(['error', 'info']);
  });

  it('tells the age of what waits by the looks so far, however many there were', async () => {
    const world = backlogWorld();
    await using stage = stageOf(world.log, 'lake');
    await world.send();
    for (let seconds = 0; seconds < 300; seconds += 10) {
      await world.lookAt(seconds);
      await world.send();
      await stage.work();
    }
    await world.lookAt(300);
    expect(world.meter.value('heliosiq_ingest_backlog_seconds')).toBe(10);
  });

  it('is not of a group that no stage works for any more', async () => {
    const world = backlogWorld();
    await using stage = stageOf(world.log, 'lake');
    await using gone = stageOf(world.log, 'gone');
    await world.send();
    await gone.take();
    await stage.work();
    for (const seconds of [0, 59, 70, 300]) {
      await world.send();
      await stage.work();
      await world.lookAt(seconds);
    }
    await expect(world.send()).resolves.toBeUndefined();
  });
});
