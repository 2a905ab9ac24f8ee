import { createMemoryAnomalyStore } from '@heliosiq/adapters/memory/anomaly-store.ts';
import { createMemorySeriesStore } from '@heliosiq/adapters/memory/series-store.ts';
import { createMemorySignalStore } from '@heliosiq/adapters/memory/signal-store.ts';
import { signalKeyOf } from '@heliosiq/model/signal-lane.ts';
import type { NewRecord, StageReport } from '@heliosiq/ports';
import { describe, expect, it, vi } from 'vitest';
import { rolledDays } from '../../packages/lake/src/gold/day-rollup.ts';
import { createLiveFirst } from '../../packages/lake/src/replay/live-first.ts';
import { takeMark } from '../../packages/lake/src/replay/log-mark.ts';
import type { LakeFindings } from '../../packages/lake/src/replay/prove-lake.ts';
import { proveSilver } from '../../packages/lake/src/replay/silver-proof.ts';
import { recordOf } from './bronze-world.ts';
import { dayMs, openReplayWorld, recordedFrom, type ReplayWorld } from './replay-world.ts';

/** A busy machine takes its time. */
const patience = { timeout: 180_000 };

function eventRecord(id: string, at: number): NewRecord {
  const event = { kind: 'event', id, asset: 'web', at, title: `ünï ${id}`, severity: 'info', labels: { a: 'b' } };
  return { key: signalKeyOf('web'), id, value: Buffer.from(JSON.stringify(event)) };
}

/** The recording, events, a late and a corrected sample, and a record that every stage rejects. */
async function filled(): Promise<ReplayWorld> {
  const world = await openReplayWorld();
  const { registry, tenantId } = world;
  await world.send(world.recording.before);
  const at = recordedFrom + dayMs;
  await world.send([
    ...Array.from({ length: 50 }, (_, index) => eventRecord(`event-${index}`, recordedFrom + index * 60_000)),
    await recordOf(registry, { tenantId, asset: 'pump', id: 'p1', at, values: [1, 2, 3, Number.NaN, -0] }),
    await recordOf(registry, { tenantId, asset: 'pump', id: 'p2', at: at - 500, values: [9, 9] }),
    await recordOf(registry, { tenantId, asset: 'pump', id: 'p3', at: at + 1000, values: [20] }),
    { key: signalKeyOf('pump'), id: 'bad', value: Buffer.of(1, 2, 3) },
    eventRecord('event-0', recordedFrom),
  ]);
  await world.send(world.recording.after);
  await world.settled();
  for (let day = 0; day < 3; day += 1) await world.rollUp(recordedFrom + day * dayMs);
  return world;
}

function reportOf({ stages }: LakeFindings, stage: StageReport['stage']): StageReport {
  const found = stages.find((each) => each.stage === stage);
  if (found === undefined) throw new Error(`no report of ${stage}`);
  return found;
}

describe('a replay from bronze', () => {
  it('gives the same samples, signals, rollups and anomalies as the live stages did', patience, async () => {
    await using world = await filled();
    const found = await world.prove();
    expect(found.bronze?.faults).toEqual([]);
    for (const stage of found.stages) {
      expect(stage).toMatchObject({ isEqual: true, missing: 0, different: 0, extra: 0, damaged: 0 });
      expect(stage.rebuilt).toBe(stage.stored);
    }
    expect(reportOf(found, 'silver').items).toBe(3 * 800 + 7);
    expect(reportOf(found, 'signals').items).toBe(50);
    expect(reportOf(found, 'gold').items).toBeGreaterThan(20);
    expect(reportOf(found, 'detect').items).toBeGreaterThanOrEqual(3);
    expect(found.isProven).toBe(true);
  });

  it('gives the same however small the windows and shards are', patience, async () => {
    await using world = await filled();
    const signal = new AbortController().signal;
    const context = {
      ...world,
      signal,
      mark: await takeMark(world.log),
      liveFirst: createLiveFirst({ ...world, signal }),
      hurry: () => undefined,
      onFinding: () => undefined,
      onProgress: () => undefined,
    };
    const range = { from: recordedFrom, to: recordedFrom + 9 * dayMs };
    for (const windowSamplesMax of [40, 700, 1_000_000]) {
      const proof = await proveSilver(context, { ...world, range, applies: false, windowSamplesMax });
      expect(proof.samples).toBe(2407);
      expect(proof.differences.total).toBe(0);
      expect(proof.rebuilt).toBe(proof.stored);
    }
  });

  it('is equal while live traffic goes on and changes what is compared', patience, async () => {
    await using world = await filled();
    const { registry, tenantId } = world;
    const rounds = 60;
    let isOver = false;
    const live = (async () => {
      for (let round = 0; round < rounds && !isOver; round += 1) {
        const at = recordedFrom + dayMs + (round % 100) * 1000;
        await world.send([
          await recordOf(registry, { tenantId, asset: 'pump', id: `live-${round}`, at, values: [round, round + 1] }),
          await recordOf(registry, { tenantId, asset: `new-${round % 10}`, id: `new-${round}`, at, values: [round] }),
          eventRecord(`live-${round}`, at),
        ]);
        // A next record once this one is in the store, so that comparing and writing go on side by side.
        await vi.waitFor(
          async () => {
            const lag = (await world.log.lag()).filter(({ group }) => group === 'lake');
            expect(lag.reduce((sum, { lagRecords }) => sum + lagRecords, 0)).toBe(0);
          },
          { timeout: 30_000, interval: 1 },
        );
      }
    })();
    try {
      for (let round = 0; round < 2; round += 1) {
        const found = await world.prove();
        for (const stage of found.stages) {
          expect(stage).toMatchObject({
            isEqual: true,
            missing: 0,
            different: 0,
            extra: 0,
          });
        }
        expect(found.isProven).toBe(true);
      }
    } finally {
      isOver = true;
      await live;
    }
  });
});

describe('a replay names what differs and puts it right', () => {
  it('when samples are missing, different or extra', patience, async () => {
    await using world = await filled();
    const { series, tenantId } = world;
    const [web] = await series.range(tenantId, { assets: ['web'] }, { from: 0, to: Infinity });
    if (web === undefined) throw new Error('no series');
    const [first = 0, second = 0] = web.times;
    await series.append(tenantId, [
      { series: web.series, times: [first, second + 1], values: [123, 456] },
      { series: web.series, times: [Date.now() + dayMs], values: [7] },
    ]);
    const until = Date.now() + 2 * dayMs;
    const found = reportOf(await world.prove({ stages: ['silver'], until }), 'silver');
    // The extra sample of 2026 may have come before bronze began: only that of tomorrow cannot.
    expect(found).toMatchObject({ isEqual: false, missing: 0, different: 1, extra: 1 });
    expect(found.rebuilt).not.toBe(found.stored);
    expect(found.first[0]).toMatchObject({ kind: 'different', stored: '123', rebuilt: String(web.values[0]) });
    expect(found.first[0]?.what).toContain('web latency {statistic=p99} at 2026-01-05T00:00:00.000Z');
    const applied = reportOf(await world.prove({ stages: ['silver'], until, applies: true }), 'silver');
    expect(applied).toMatchObject({ different: 1, applied: 1 });
    expect(reportOf(await world.prove({ stages: ['silver'], until }), 'silver')).toMatchObject({
      different: 0,
      extra: 1,
    });
  });

  it('when a store has nothing at all', patience, async () => {
    await using world = await filled();
    const empty = {
      series: createMemorySeriesStore(),
      signals: createMemorySignalStore(),
      anomalies: createMemoryAnomalyStore(),
    };
    const stages = ['silver', 'signals', 'detect'] as const;
    const found = await world.prove({ stages, applies: true }, empty);
    expect(found.isProven).toBe(false);
    for (const stage of found.stages)
      expect(stage).toMatchObject({ isEqual: false, missing: stage.items, applied: stage.items });
    const again = await world.prove({ stages }, empty);
    expect(again.isProven).toBe(true);
    const all = { from: 0, to: Infinity };
    expect(await empty.series.range(world.tenantId, {}, all)).toEqual(
      await world.series.range(world.tenantId, {}, all),
    );
    const originals = await world.anomalies.find(world.tenantId, {}, { limit: 1000 });
    expect(await empty.anomalies.find(world.tenantId, {}, { limit: 1000 })).toEqual(originals);
  });

  it("when an anomaly was changed or is nobody's", patience, async () => {
    await using world = await filled();
    const { anomalies, tenantId } = world;
    const [one, other] = await anomalies.find(tenantId, {}, { limit: 2 });
    if (one === undefined || other === undefined) throw new Error('no anomalies');
    await anomalies.restore(tenantId, [{ ...one, score: 0.5 }]);
    await anomalies.put(tenantId, [{ ...other, id: `${'0'.repeat(31)}1` as typeof other.id }]);
    const found = reportOf(await world.prove({ stages: ['detect'], applies: true }), 'detect');
    expect(found).toMatchObject({ isEqual: false, different: 1, extra: 1, missing: 0, applied: 1 });
    expect(reportOf(await world.prove({ stages: ['detect'] }), 'detect')).toMatchObject({ different: 0, extra: 1 });
  });

  it('when a page of rollups is damaged or wrong', patience, async () => {
    await using world = await filled();
    const { rollups, series, tenantId } = world;
    const ids = (await series.list(tenantId, {})).map((each) => each.series.id);
    const range = { from: recordedFrom, to: recordedFrom + dayMs };
    const [minute] = await rollups.read(tenantId, { resolution: 'minute', series: ids, range });
    const hours = await rollups.read(tenantId, { resolution: 'hour', series: ids, range });
    const [hour, otherHour] = hours;
    if (minute === undefined || hour === undefined || otherHour === undefined) throw new Error('no pages');
    const damaged = Uint8Array.from(minute.bytes);
    damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
    expect(
      await rollups.put(tenantId, [
        { ...minute, bytes: damaged, replaces: minute.revision },
        { ...hour, bytes: otherHour.bytes, replaces: hour.revision },
      ]),
    ).toBe(true);
    const found = reportOf(await world.prove({ stages: ['gold'], applies: true }), 'gold');
    expect(found.isEqual).toBe(false);
    expect(found.damaged).toBe(1);
    expect(found.different).toBeGreaterThanOrEqual(1);
    expect(found.applied).toBe(found.damaged + found.different);
    expect(reportOf(await world.prove({ stages: ['gold'] }), 'gold').isEqual).toBe(true);
  });

  it(
    'when a damaged page held several days: all of them in the range, and those outside are named',
    patience,
    async () => {
      await using world = await filled();
      const { rollups, series, tenantId } = world;
      const ids = (await series.list(tenantId, {})).map((each) => each.series.id);
      const range = { from: recordedFrom, to: recordedFrom + 3 * dayMs };
      const original = await rollups.read(tenantId, { resolution: 'hour', series: ids, range });
      const long = original.find((page) => rolledDays(page).length > 1);
      if (long === undefined) throw new Error('no page of several days');
      const days = rolledDays(long);
      const damage = async (): Promise<void> => {
        const [page] = await rollups.read(tenantId, { resolution: 'hour', series: [long.seriesId], range });
        const bytes = Uint8Array.from(long.bytes);
        bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
        expect(await rollups.put(tenantId, [{ ...long, bytes, replaces: page?.revision ?? 0 }])).toBe(true);
      };

      await damage();
      const all = reportOf(await world.prove({ stages: ['gold'], applies: true }), 'gold');
      expect(all).toMatchObject({ damaged: days.length, applied: days.length, notes: [] });
      expect(await rollups.read(tenantId, { resolution: 'hour', series: ids, range })).toMatchObject(
        original.map(({ seriesId, days: held, bytes }) => ({ seriesId, days: held, bytes })),
      );

      await damage();
      const since = days.at(-1) ?? 0;
      const last = reportOf(
        await world.prove({ stages: ['gold'], applies: true, since, until: since + dayMs }),
        'gold',
      );
      expect(last).toMatchObject({ damaged: 1, applied: 1 });
      expect(last.notes.join()).toContain(`held ${days.length - 1} day(s) outside of the range`);
      expect(last.notes.join()).toContain(`${new Date(days[0] ?? 0).toISOString()} by hour`);
    },
  );

  it('when bronze itself is damaged: the segment is named and the rest is compared', patience, async () => {
    await using world = await filled();
    const names = (await world.blobs.list(world.tenantId, 'bronze/', { limit: 1000 })).filter((one) =>
      one.endsWith('.seg'),
    );
    const name = names[0] ?? '';
    await world.blobs.put(world.tenantId, name, Buffer.from('nothing'));
    const found = await world.prove({ stages: ['silver'] });
    expect(found.bronze?.faults).toMatchObject([{ kind: 'segment-damaged', name }]);
    expect(found.isProven).toBe(false);
    const silver = reportOf(found, 'silver');
    expect(silver.missing).toBe(0);
    expect(silver.notes.join()).toContain(name);
  });

  it('when the last segment is gone with its manifest: the log still knows', patience, async () => {
    await using world = await filled();
    const names = await world.blobs.list(world.tenantId, 'bronze/', { limit: 1000 });
    const last = names.slice(-2);
    for (const name of last) await world.blobs.remove(world.tenantId, name);
    const found = await world.prove({ stages: [] });
    expect(found.bronze?.faults).toMatchObject([{ kind: 'records-missing' }]);
  });
});
