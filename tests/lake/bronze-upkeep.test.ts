import { createMemoryBlobStore } from '@heliosiq/adapters/memory/blob-store.ts';
import { createPacer, type BlobStore } from '@heliosiq/ports';
import { describe, expect, it } from 'vitest';
import { compactBronze } from '../../packages/lake/src/bronze/compact-bronze.ts';
import { createBronzeForgetting } from '../../packages/lake/src/bronze/forget-bronze.ts';
import {
  acme,
  logged,
  openBronzeWorld,
  plain,
  readBronze,
  recordOf,
  startMs,
  type BronzeWorld,
} from './bronze-world.ts';

const pacer = createPacer();
const hourMs = 3_600_000;

/** A log whose records say that they were appended when the test says. */
function withClock(world: BronzeWorld): { at: number; start(blobs?: BlobStore): void } {
  const clock = { at: startMs };
  return {
    get at() {
      return clock.at;
    },
    set at(value) {
      clock.at = value;
    },
    start(blobs = world.blobs) {
      const { log } = world;
      const stamps = new Map<string, number>();
      world.start({
        blobs,
        log: {
          ...log,
          consumer(options) {
            const consumer = log.consumer(options);
            return {
              async *batches(signal) {
                for await (const batch of consumer.batches(signal)) {
                  const records = batch.records.map((record) => {
                    const place = `${record.partition} ${record.offset}`;
                    stamps.set(place, stamps.get(place) ?? clock.at);
                    return { ...record, appendedAt: stamps.get(place) ?? 0 };
                  });
                  yield { ...batch, records, commit: () => batch.commit(), reject: batch.reject };
                }
              },
              [Symbol.asyncDispose]: () => consumer[Symbol.asyncDispose](),
            };
          },
        },
      });
    },
  };
}

/** Sends a record of each of some assets and waits until a segment has it, again and again. */
async function fill(world: BronzeWorld, rounds: number, firstRound = 0): Promise<void> {
  for (let round = firstRound; round < firstRound + rounds; round += 1) {
    for (const asset of ['web', 'cart', 'lift', 'belt']) {
      const at = startMs + round * 60_000;
      await world.log.append(acme, 'signals', [
        await recordOf(world.registry, { asset, id: `${asset}-${round}`, at, values: [round, round / 3] }),
      ]);
    }
    await world.settled();
  }
}

const segmentsOf = async (blobs: BlobStore): Promise<number> =>
  (await blobs.list(acme, 'bronze/', { limit: 10_000 })).filter((name) => name.endsWith('.seg')).length;

const sorted = (records: readonly ReturnType<typeof plain>[]) =>
  records.map((record) => ({ ...record, appendedAt: 0 }));

describe('merging the segments of bronze', () => {
  it('leaves one for each stream of a closed hour, with the same records and the same chain', async () => {
    await using world = openBronzeWorld();
    const clock = withClock(world);
    clock.start();
    await fill(world, 6);
    clock.at = startMs + hourMs;
    await fill(world, 3, 6);
    const before = await readBronze(world.blobs);
    const coveredSince = new Map<string, number>();
    const now = startMs + 3 * hourMs;
    const first = await compactBronze(world.blobs, acme, { now, pacer, coveredSince });
    expect(first.merged).toBe(before.catalogue.streams.reduce((sum, { segments }) => sum + segments.length, 0));
    // Readers of the small ones have time to finish.
    const between = await readBronze(world.blobs);
    expect(between.findings).toEqual([]);
    expect(between.records.map(plain)).toEqual(before.records.map(plain));
    expect((await compactBronze(world.blobs, acme, { now, pacer, coveredSince })).removed).toBe(0);
    const last = await compactBronze(world.blobs, acme, { now: now + hourMs, pacer, coveredSince });
    expect(last.removed).toBe(2 * first.merged);
    const after = await readBronze(world.blobs);
    expect(after.findings).toEqual([]);
    expect(after.records.map(plain)).toEqual(before.records.map(plain));
    expect(await segmentsOf(world.blobs)).toBe(2 * before.catalogue.streams.length);
    const lastLinks = ({ catalogue }: typeof after) =>
      catalogue.streams.map(({ segments }) => segments.at(-1)?.content.links.after);
    expect(lastLinks(after)).toEqual(lastLinks(before));
  });

  it('lets the stream go on, and leaves an hour alone that still fills', async () => {
    await using world = openBronzeWorld();
    const clock = withClock(world);
    clock.start();
    await fill(world, 5);
    const options = { now: startMs, pacer, coveredSince: new Map<string, number>() };
    expect(await compactBronze(world.blobs, acme, options)).toEqual({ merged: 0, removed: 0 });
    await compactBronze(world.blobs, acme, { ...options, now: startMs + 2 * hourMs });
    await world.stop();
    clock.start();
    await fill(world, 2, 5);
    const read = await readBronze(world.blobs);
    expect(read.findings).toEqual([]);
    expect(sorted(read.records.map(plain))).toEqual(sorted((await logged(world.log)).map(plain)));
  });

  it('loses nothing when it dies at any write or removal', async () => {
    await using world = openBronzeWorld();
    withClock(world).start();
    await fill(world, 4);
    const before = await readBronze(world.blobs);
    const names = await world.blobs.list(acme, '', { limit: 1000 });
    for (let at = 1; at < 40; at += 1) {
      const blobs = createMemoryBlobStore();
      for (const name of names) await blobs.put(acme, name, (await world.blobs.get(acme, name)) ?? new Uint8Array());
      let steps = 0;
      const step = <Result>(work: () => Promise<Result>): Promise<Result> => {
        steps += 1;
        return steps === at ? Promise.reject(new Error('the machine is gone')) : work();
      };
      const dying: BlobStore = {
        ...blobs,
        put: (...write) => step(() => blobs.put(...write)),
        remove: (...removal) => step(() => blobs.remove(...removal)),
      };
      const coveredSince = new Map<string, number>();
      const now = startMs + 2 * hourMs;
      await compactBronze(dying, acme, { now, pacer, coveredSince })
        .then(() => compactBronze(dying, acme, { now, pacer, coveredSince }))
        .then(() => compactBronze(dying, acme, { now: now + hourMs, pacer, coveredSince }))
        .catch(() => undefined);
      const read = await readBronze(blobs);
      expect(read.findings).toEqual([]);
      expect(read.records.map(plain)).toEqual(before.records.map(plain));
    }
  });

  it('leaves a damaged segment for those who look for damage', async () => {
    await using world = openBronzeWorld();
    withClock(world).start();
    await fill(world, 3);
    const [name = ''] = (await world.blobs.list(acme, 'bronze/', { limit: 100 })).filter((one) => one.endsWith('.seg'));
    await world.blobs.put(acme, name, Buffer.from('nothing'));
    const coveredSince = new Map<string, number>();
    await compactBronze(world.blobs, acme, { now: startMs + 2 * hourMs, pacer, coveredSince });
    await compactBronze(world.blobs, acme, { now: startMs + 9 * hourMs, pacer, coveredSince });
    const { findings } = await readBronze(world.blobs);
    expect(findings).toMatchObject([{ kind: 'segment-damaged', name, samples: 2 }]);
  });
});

describe('forgetting bronze', () => {
  it('removes whole segments that are older, tells the same before, and is no damage', async () => {
    await using world = openBronzeWorld();
    const clock = withClock(world);
    clock.start();
    for (let hour = 0; hour < 4; hour += 1) {
      clock.at = startMs + hour * hourMs;
      await fill(world, 2, hour * 2);
    }
    const all = await readBronze(world.blobs);
    const forgetting = createBronzeForgetting(world.blobs);
    const question = { before: startMs + 2 * hourMs };
    const dry = await forgetting.forget(acme, { ...question, isDryRun: true });
    expect(await readBronze(world.blobs)).toEqual(all);
    expect(await forgetting.forget(acme, question)).toEqual(dry);
    const left = await readBronze(world.blobs);
    expect(left.findings).toEqual([]);
    expect(left.records.map(plain)).toEqual(
      all.records.filter(({ appendedAt }) => appendedAt >= question.before).map(plain),
    );
    expect(dry.items).toBe(all.records.length - left.records.length);
    expect(await forgetting.forget(acme, question)).toEqual({ items: 0, bytes: 0 });
    // What follows fits behind what is left.
    await fill(world, 1, 20);
    expect((await readBronze(world.blobs)).findings).toEqual([]);
  });

  it('never removes what is younger, whatever the clock did', async () => {
    await using world = openBronzeWorld();
    const clock = withClock(world);
    clock.start();
    for (const [round, at] of [0, 50 * 8760 * hourMs, hourMs, -40 * 8760 * hourMs, 2 * hourMs].entries()) {
      clock.at = startMs + at;
      await fill(world, 1, round);
    }
    const all = await readBronze(world.blobs);
    expect(all.findings).toEqual([]);
    const before = startMs + 1.5 * hourMs;
    await createBronzeForgetting(world.blobs).forget(acme, { before });
    const left = await readBronze(world.blobs);
    const young = all.records.filter(({ appendedAt }) => appendedAt >= before).map(plain);
    expect(left.records.map(plain)).toEqual(expect.arrayContaining(young));
    expect(left.records.length).toBeLessThan(all.records.length);
  });
});
