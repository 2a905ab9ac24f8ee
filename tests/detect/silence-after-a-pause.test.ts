import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemorySeriesRegistry } from '@heliosiq/adapters/memory/series-registry.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { type AnomalyEvent, AssetId, type SeriesRef } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { expect, test } from 'vitest';
import { createSilencePart } from '../../packages/detect/src/silence/silence-part.ts';
import { tenantId } from './fault-recording.ts';
import { batchOf } from './part-batch.ts';

const startMs = Date.UTC(2026, 0, 5);
const lookEveryMs = 15_000;
const secondMs = 1000;
const minuteMs = 60_000;

/** The only device of a tenant, which measures at a fixed interval, with a wall clock that the test turns. */
async function openBuoy(intervalMs: number) {
  const registry = createMemorySeriesRegistry();
  const states = createMemoryStateStore();
  const part = createSilencePart({ registry, states, meter: createMemoryMeter(), logger: createMemoryLogger() });
  const named = { asset: AssetId.parse('buoy'), metric: 'level', labels: {} };
  const series: SeriesRef = { id: seriesIdOf(tenantId, named), ...named };
  const [ref = 0] = await registry.register(tenantId, [series]);
  let now = startMs;
  let lookedAt = now;
  const awakeSince = new Map([[0, now]]);
  part.awake(awakeSince);
  const told: AnomalyEvent[] = [];

  async function wait(ms: number, looks: boolean): Promise<void> {
    const until = now + ms;
    for (; looks && lookedAt + lookEveryMs <= until;) {
      lookedAt += lookEveryMs;
      const round = { now: lookedAt, awakeSince, onLeft: () => undefined };
      told.push(...(await part.lookAround(tenantId, round)));
    }
    now = until;
    lookedAt = Math.max(lookedAt, now - lookEveryMs);
  }

  /** One record of one sample, measured at a moment and taken now. */
  async function arrive(at: number): Promise<void> {
    const columns = { refs: Float64Array.of(ref), times: Float64Array.of(at), values: Float64Array.of(1) };
    const records = [{ columns, appendedAt: now }];
    told.push(...(await part.observe(batchOf({ tenantId, partition: 0, records, known: new Map([[ref, series]]) }))));
  }

  return {
    kinds: () => told.map(({ kind }) => kind.replace('anomaly-', '')),
    async send(times: number): Promise<void> {
      for (let index = 0; index < times; index += 1) {
        await arrive(now);
        await wait(intervalMs, true);
      }
    },
    /** The machine stands still for a moment, after a sample was measured and before the log has it. */
    async stall(ms: number): Promise<void> {
      const at = now;
      await wait(ms, false);
      await arrive(at);
      await wait(intervalMs, true);
    },
    /** The way in is closed; what was measured meanwhile comes all at once, a record each. */
    async holdUp(times: number): Promise<void> {
      const from = now;
      await wait(times * intervalMs, true);
      for (let index = 0; index < times; index += 1) await arrive(from + index * intervalMs);
    },
    quiet: (ms: number): Promise<void> => wait(ms, true),
  };
}

const learnt = 300;
const sentSince = [0, 1, 3, 10, 30];

test.each(sentSince)('a device that falls silent %s samples after the machine stood still is told', async (samples) => {
  for (const pauseMs of [5 * secondMs, 20 * secondMs, 100 * secondMs]) {
    const buoy = await openBuoy(secondMs);
    await buoy.send(learnt);
    await buoy.stall(pauseMs);
    await buoy.send(samples);
    await buoy.quiet(10 * minuteMs);
    expect(buoy.kinds()).toEqual(['opened']);
  }
});

test.each(sentSince)(
  'a device that falls silent %s samples after an outage that held it up is told again',
  async (samples) => {
    for (const times of [4, 20, 60, 600]) {
      const buoy = await openBuoy(minuteMs);
      await buoy.send(learnt);
      await buoy.holdUp(times);
      await buoy.send(samples);
      await buoy.quiet(60 * minuteMs);
      expect(buoy.kinds()).toEqual(times < 5 ? ['opened'] : ['opened', 'closed', 'opened']);
    }
  },
);

test('a device that sends an hour of samples at once, one by one, is hardly ever told', async () => {
  const buoy = await openBuoy(minuteMs);
  for (let hour = 0; hour < 100; hour += 1) await buoy.holdUp(60);
  expect(buoy.kinds()).toEqual([]);
  await buoy.send(learnt);
  for (let hour = 0; hour < 100; hour += 1) await buoy.holdUp(60);
  expect(buoy.kinds()).toEqual(['opened', 'closed', 'opened', 'closed']);
});
