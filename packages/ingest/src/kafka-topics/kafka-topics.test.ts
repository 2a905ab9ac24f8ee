import { HeliosError, TenantId } from '@heliosiq/model';
import type { MessageSource, SourceMessage } from '@heliosiq/ports';
import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemorySeriesRegistry } from '@heliosiq/adapters/memory/series-registry.ts';
import { expect, it } from 'vitest';
import { createSeriesBook } from '../intake/series-book.ts';
import { createTelemetryIntake } from '../intake/telemetry-intake.ts';
import { unlimitedQuota } from '../intake/tenant-quota.ts';
import { createKafkaTopics } from './kafka-topics.ts';

const tenantId = TenantId.parse('acme');

/** Messages of one partition, in batches; says up to which offset was committed. */
function sourceOf(batches: readonly (readonly string[])[]) {
  const committed: number[] = [];
  const source: MessageSource = {
    async *batches() {
      let offset = 0;
      for (const values of batches) {
        const messages = values.map((value): SourceMessage => {
          const message = { topic: 'plant', partition: 0, offset, key: Buffer.from('k'), headers: {}, at: Date.now() };
          offset += 1;
          return { ...message, value: Buffer.from(value) };
        });
        const end = offset;
        yield { messages, commit: async () => void committed.push(end) };
      }
    },
  };
  return { source, committed };
}

/** A service over a log in memory; `isAway` makes the log refuse, as an outage does. */
function openService(source: MessageSource, options: { readonly seriesMax?: number } = {}) {
  const memory = createMemoryEventLog();
  let outages = 0;
  const log: typeof memory = {
    ...memory,
    append(...call) {
      if (outages === 0) return memory.append(...call);
      outages -= 1;
      return Promise.reject(new HeliosError('unavailable', 'the log is away', { retryAfterS: 0.01 }));
    },
  };
  const quota =
    options.seriesMax === undefined
      ? unlimitedQuota
      : { ...unlimitedQuota, admitSeries: () => Promise.resolve(options.seriesMax) };
  const service = createKafkaTopics({
    ...{ name: 'test', tenantId, source, mapping: 'signals', log, now: Date.now },
    telemetry: createTelemetryIntake({ log, registry: createMemorySeriesRegistry(), quota }),
    series: createSeriesBook(100),
    meter: createMemoryMeter(),
    logger: createMemoryLogger(),
  });
  const read = async (topic: 'signals' | 'signals-rejected') => {
    const parts = await Promise.all(
      Array.from({ length: topic === 'signals' ? 4 : 1 }, (_, partition) =>
        memory.read(tenantId, topic, { partition, fromOffset: 0, recordsMax: 1000 }),
      ),
    );
    return parts.flatMap(({ records }) => records);
  };
  return {
    run: () => service.run(new AbortController().signal),
    read,
    fail: (count: number) => void (outages = count),
  };
}

const log = (body: string): string => JSON.stringify({ kind: 'log', asset: 'pump', body });

it('stores what is good, keeps what is not with its reason and place, and commits behind both', async () => {
  const { source, committed } = sourceOf([[log('one'), 'not json'], [`[${log('two')},{"kind":"log"}]`]]);
  const service = openService(source);
  await service.run();
  expect(committed).toEqual([2, 3]);
  expect(await service.read('signals')).toHaveLength(2);
  const kept = await service.read('signals-rejected');
  expect(kept.map(({ id, value }) => [id, Buffer.from(value).toString()])).toEqual([
    ['kafka/plant/0/1', 'not json'],
    ['kafka/plant/0/2/1', expect.stringContaining('{"kind":"log"')],
  ]);
  expect(kept[0]?.headers).toMatchObject({
    'rejected-topic': 'plant',
    'rejected-partition': '0',
    'rejected-offset': '1',
    'rejected-reason': expect.stringContaining('expected a value'),
  });
});

it('commits nothing before the log has it: an outage holds the topic up and loses nothing', async () => {
  const { source, committed } = sourceOf([[log('one')], ['not json']]);
  const service = openService(source);
  service.fail(3);
  await service.run();
  expect(committed).toEqual([1, 2]);
  expect(await service.read('signals')).toHaveLength(1);
  expect(await service.read('signals-rejected')).toHaveLength(1);
});

it('gives equal messages ids of their own, the same ones at each delivery', async () => {
  const first = openService(sourceOf([[log('same'), log('same')]]).source);
  await first.run();
  const again = openService(sourceOf([[log('same')], [log('same')]]).source);
  await again.run();
  const bodies = async (service: typeof first) =>
    (await service.read('signals')).map(
      ({ value }) => (JSON.parse(Buffer.from(value).toString()) as { id: string }).id,
    );
  expect(new Set(await bodies(first)).size).toBe(2);
  expect(await bodies(again)).toEqual(await bodies(first));
});

it('keeps aside the samples of series that the tenant has no room for', async () => {
  const sample = (asset: string): string => JSON.stringify({ kind: 'sample', asset, metric: 'load', value: 1 });
  const { source, committed } = sourceOf([[sample('a'), sample('b')]]);
  const service = openService(source, { seriesMax: 1 });
  await service.run();
  expect(committed).toEqual([2]);
  expect((await service.read('signals-rejected')).map(({ id }) => id)).toEqual(['kafka/plant/0/1']);
});

it('ends on an abort without committing what is not stored', async () => {
  const { source, committed } = sourceOf([[log('one')]]);
  const topics = createKafkaTopics({
    ...{ name: 'test', tenantId, source, mapping: 'signals', now: Date.now },
    log: createMemoryEventLog(),
    telemetry: {
      store: () => Promise.reject(new HeliosError('rate-limited', 'too many', { retryAfterS: 60 })),
    },
    series: createSeriesBook(100),
    meter: createMemoryMeter(),
    logger: createMemoryLogger(),
  });
  await topics.run(AbortSignal.timeout(50));
  expect(committed).toEqual([]);
});
