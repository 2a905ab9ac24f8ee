import { signalKeyOf } from '@heliosiq/model/signal-lane.ts';
import { createPacer, type BlobStore } from '@heliosiq/ports';
import { expect } from 'vitest';
import { compactBronze } from '../../packages/lake/src/bronze/compact-bronze.ts';
import { createBronzeForgetting } from '../../packages/lake/src/bronze/forget-bronze.ts';
import { openReplayWorld } from './replay-world.ts';

/** Longer than bronze waits before it merges, whatever the clock says when a test runs. */
const muchLaterMs = 400 * 86_400_000;

/**
 * Takes a recording through the whole life of bronze on a store of blobs: written, verified, merged, replayed, forgotten.
 */
export async function expectBronzeLives(blobs: BlobStore): Promise<void> {
  await using world = await openReplayWorld({ blobs });
  const { tenantId } = world;
  await world.send([...world.recording.before, ...world.recording.after]);
  await world.settled();
  // Three segments of one stream: two of them are of one hour, though another begins while the test runs.
  for (let round = 0; round < 3; round += 1) {
    const event = {
      kind: 'event',
      id: `e${round}`,
      asset: 'web',
      at: Date.UTC(2026, 0, 5, 1),
      title: `event ${round}`,
    };
    await world.send([{ key: signalKeyOf('web'), id: event.id, value: Buffer.from(JSON.stringify(event)) }]);
    await world.settled();
  }
  for (let day = 0; day < 3; day += 1) await world.rollUp(Date.UTC(2026, 0, 5 + day));

  const written = await world.prove();
  expect(written.bronze?.faults).toEqual([]);
  expect(written.isProven).toBe(true);

  const later = Date.now() + muchLaterMs;
  const { signal } = new AbortController();
  const names = () => blobs.list(tenantId, 'bronze/', { limit: 10_000 });
  const merging = { now: later, pacer: createPacer(), coveredSince: new Map<string, number>(), signal };
  const merged = await compactBronze(blobs, tenantId, merging);
  expect(merged.merged).toBeGreaterThan(1);
  // What was merged stays for readers that are at it, and goes in a later round.
  await compactBronze(blobs, tenantId, merging);
  expect((await compactBronze(blobs, tenantId, { ...merging, now: later + muchLaterMs })).removed).toBeGreaterThan(1);

  const replayed = await world.prove({ applies: true });
  expect(replayed.isProven).toBe(true);
  expect(replayed.stages.map(({ rebuilt }) => rebuilt)).toEqual(written.stages.map(({ rebuilt }) => rebuilt));

  const forgetting = createBronzeForgetting(blobs);
  const dry = await forgetting.forget(tenantId, { before: later, isDryRun: true });
  expect(dry.items).toBeGreaterThan(0);
  expect(await forgetting.forget(tenantId, { before: later })).toEqual(dry);
  // Only the notes stay that say where the streams begin.
  expect((await names()).every((name) => name.startsWith('bronze/kept-from/'))).toBe(true);
  expect((await world.prove()).bronze?.faults).toEqual([]);
}
