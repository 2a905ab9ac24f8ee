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
const minuteMs = 60_000;
const lookEveryMs = 15_000;
const learnt = 200;

/** Assets, each with its partition, that send a sample a minute to a part of the stage, with a wall clock that the test turns. */
async function openFleet(partitionOf: Readonly<Record<string, number>>) {
  const registry = createMemorySeriesRegistry();
  const states = createMemoryStateStore();
  const series = Object.keys(partitionOf).map((name): SeriesRef => {
    const named = { asset: AssetId.parse(name), metric: 'flow', labels: {} };
    return { id: seriesIdOf(tenantId, named), ...named };
  });
  const refs = await registry.register(tenantId, series);
  const open = () => createSilencePart({ registry, states, meter: createMemoryMeter(), logger: createMemoryLogger() });
  let part = open();
  let now = startMs;
  let awakeSince = new Map([0, 1, 2, 3].map((partition) => [partition, now] as const));
  part.awake(awakeSince);
  const told: AnomalyEvent[] = [];

  async function look(): Promise<void> {
    told.push(...(await part.lookAround(tenantId, { now, awakeSince, onLeft: () => undefined })));
  }

  async function send(speaks: (asset: string) => boolean): Promise<void> {
    for (const partition of new Set(Object.values(partitionOf))) {
      const own = series.flatMap((one, index) =>
        partitionOf[one.asset] === partition && speaks(one.asset) ? [refs[index] ?? 0] : [],
      );
      if (own.length === 0) continue;
      const columns = {
        refs: Float64Array.from(own),
        times: Float64Array.from(own, () => now),
        values: Float64Array.from(own, () => 1),
      };
      const known = new Map(refs.map((ref, index) => [ref, series[index]] as const));
      const batch = {
        ...{ tenantId, partition, records: [{ columns, appendedAt: now }] },
        known: new Map([...known].flatMap(([ref, one]) => (one === undefined ? [] : [[ref, one] as const]))),
      };
      told.push(...(await part.observe(batchOf(batch))));
    }
  }

  return {
    words: () =>
      told.map(
        ({ kind, anomaly }) => `${kind} ${anomaly.status} ${anomaly.series.asset} since ${minuteOf(anomaly.startedAt)}`,
      ),
    told,
    /** Lets minutes pass; in each, those send who speak. */
    async pass(minutes: number, speaks: (asset: string) => boolean = () => true): Promise<void> {
      for (let minute = 0; minute < minutes; minute += 1) {
        await send(speaks);
        for (let at = 0; at < minuteMs; at += lookEveryMs) {
          now += lookEveryMs;
          await look();
        }
      }
    },
    /** The program is down for some minutes and begins with what it saved. */
    async restart(downMinutes: number): Promise<void> {
      await part.save();
      part = open();
      now += downMinutes * minuteMs;
      awakeSince = new Map([0, 1, 2, 3].map((partition) => [partition, now] as const));
      part.awake(awakeSince);
    },
  };
}

const minuteOf = (at: number): number => (at - startMs) / minuteMs;
const nobody = (): boolean => false;

test('the only device of a tenant that falls silent is told, once, and its return ends it', async () => {
  const fleet = await openFleet({ 'pump a': 0 });
  await fleet.pass(learnt);
  await fleet.pass(60, nobody);
  expect(fleet.words()).toEqual([`anomaly-opened open pump a since ${learnt - 1}`]);
  await fleet.pass(60);
  expect(fleet.words().slice(1)).toEqual([`anomaly-closed closed pump a since ${learnt - 1}`]);
  const [opened, closed] = fleet.told.map(({ anomaly }) => anomaly);
  expect(opened?.id).toBe(closed?.id);
  expect(opened?.explanation).toContain('pump a has sent nothing for');
  expect(closed?.endedAt).toBe(startMs + (learnt + 60) * minuteMs);
});

test('a device that is alone in its partition is told while others of the tenant send', async () => {
  const fleet = await openFleet({ 'pump a': 0, 'pump b': 1, 'pump c': 1 });
  await fleet.pass(learnt);
  await fleet.pass(30, (asset) => asset !== 'pump a');
  expect(fleet.words()).toEqual([`anomaly-opened open pump a since ${learnt - 1}`]);
});

test('when all of a tenant fall silent at once it is one anomaly that says so, and the first to send ends it', async () => {
  const partitionOf = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`pump ${index}`, index % 4]));
  const fleet = await openFleet(partitionOf);
  await fleet.pass(learnt);
  await fleet.pass(120, nobody);
  expect(fleet.told.map(({ kind }) => kind)).toEqual(['anomaly-opened']);
  expect(fleet.told[0]?.anomaly.explanation).toContain('none of 40 assets that send live');
  expect(fleet.told[0]?.anomaly.series.labels).toEqual({ scope: 'tenant' });
  await fleet.pass(60);
  expect(fleet.told.slice(1).map(({ kind }) => kind)).toEqual(['anomaly-closed']);
  expect(fleet.told[1]?.anomaly.id).toBe(fleet.told[0]?.anomaly.id);
});

test('a silence of all is the same anomaly for every process that has a share of the partitions', async () => {
  const registry = createMemorySeriesRegistry();
  const states = createMemoryStateStore();
  const parts = await Promise.all(
    [0, 1].map(async (partition) => {
      const known = ['a', 'b'].map((name): SeriesRef => {
        const named = { asset: AssetId.parse(`pump ${name} of ${partition}`), metric: 'flow', labels: {} };
        return { id: seriesIdOf(tenantId, named), ...named };
      });
      const refs = Float64Array.from(await registry.register(tenantId, known));
      const part = createSilencePart({ registry, states, meter: createMemoryMeter(), logger: createMemoryLogger() });
      const awakeSince = new Map([[partition, startMs]]);
      part.awake(awakeSince);
      // Each process has assets that send at another second of the minute, and the log takes it a second later.
      const records = Array.from({ length: learnt }, (_, index) => {
        const at = startMs + index * minuteMs + partition * 1000;
        return { columns: { refs, times: refs.map(() => at), values: refs.map(() => 1) }, appendedAt: at + 1000 };
      });
      const series = new Map(known.map((one, index) => [refs[index] ?? 0, one]));
      await part.observe(batchOf({ tenantId, partition, records, known: series }));
      await part.save();
      return { part, awakeSince };
    }),
  );
  const round = { now: startMs + 2 * learnt * minuteMs, onLeft: () => undefined };
  const told = await Promise.all(
    parts.map(({ part, awakeSince }) => part.lookAround(tenantId, { ...round, awakeSince })),
  );
  expect(told.map((events) => events.map(({ kind }) => kind))).toEqual([['anomaly-opened'], ['anomaly-opened']]);
  expect(new Set(told.flat().map(({ anomaly }) => `${anomaly.id} since ${anomaly.startedAt}`)).size).toBe(1);
});

test('after a silence of all, who does not come back is told as itself', async () => {
  const partitionOf = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`pump ${index}`, index % 4]));
  const fleet = await openFleet(partitionOf);
  await fleet.pass(learnt);
  await fleet.pass(60, nobody);
  await fleet.pass(60, (asset) => asset !== 'pump 3');
  expect(fleet.words().slice(2)).toEqual([`anomaly-opened open pump 3 since ${learnt - 1}`]);
});

test('the program being down is nobody’s silence, also when they come back one after the other', async () => {
  const partitionOf = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`pump ${index}`, index % 4]));
  const fleet = await openFleet(partitionOf);
  await fleet.pass(learnt);
  await fleet.restart(600);
  await fleet.pass(1, (asset) => asset === 'pump 0');
  await fleet.pass(1, (asset) => ['pump 0', 'pump 1', 'pump 2', 'pump 4'].includes(asset));
  await fleet.pass(60);
  expect(fleet.words()).toEqual([]);
});

test('a silence that began while the program was down is told after as long as it takes to be sure', async () => {
  const fleet = await openFleet({ 'pump a': 0, 'pump b': 1 });
  await fleet.pass(learnt);
  await fleet.restart(600);
  await fleet.pass(4, (asset) => asset === 'pump b');
  expect(fleet.words()).toEqual([]);
  await fleet.pass(20, (asset) => asset === 'pump b');
  expect(fleet.words()).toEqual([`anomaly-opened open pump a since ${learnt - 1}`]);
});

test('a silence goes on over a restart and is told once', async () => {
  const fleet = await openFleet({ 'pump a': 0 });
  await fleet.pass(learnt);
  await fleet.pass(20, nobody);
  await fleet.restart(10);
  await fleet.pass(60, nobody);
  await fleet.pass(5);
  expect(fleet.told.map(({ kind }) => kind)).toEqual(['anomaly-opened', 'anomaly-closed']);
});

test('a downtime of the program does not dull the watch for silence', async () => {
  const fleet = await openFleet({ 'pump a': 0 });
  await fleet.pass(learnt);
  await fleet.restart(600);
  await fleet.pass(30);
  await fleet.pass(60, nobody);
  expect(fleet.told.map(({ kind }) => kind)).toEqual(['anomaly-opened']);
});

test('what is imported or replayed faster than time passes is nobody that could fall silent', async () => {
  const part = createSilencePart({
    registry: createMemorySeriesRegistry(),
    ...{ states: createMemoryStateStore(), meter: createMemoryMeter(), logger: createMemoryLogger() },
  });
  const named = { asset: AssetId.parse('old'), metric: 'flow', labels: {} };
  const series = new Map([[1, { id: seriesIdOf(tenantId, named), ...named }]]);
  for (let minute = 0; minute < 500; minute += 1) {
    const columns = {
      refs: Float64Array.of(1),
      times: Float64Array.of(startMs + minute * minuteMs),
      values: Float64Array.of(1),
    };
    const records = [{ columns, appendedAt: startMs + 500 * minuteMs + minute }];
    await part.observe(batchOf({ tenantId, partition: 0, records, known: series }));
  }
  for (let hour = 9; hour < 100; hour += 1) {
    const now = startMs + hour * 60 * minuteMs;
    const round = { now, awakeSince: new Map([[0, startMs]]), onLeft: () => undefined };
    expect(await part.lookAround(tenantId, round)).toEqual([]);
  }
});
