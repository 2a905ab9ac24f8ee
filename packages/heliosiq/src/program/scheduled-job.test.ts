import { createMemoryJobBoard } from '@heliosiq/adapters/memory/job-board.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryTenantStore } from '@heliosiq/adapters/memory/tenant-store.ts';
import { HeliosError, TenantId } from '@heliosiq/model';
import type { JobRun } from '@heliosiq/ports';
import { describe, expect, it, vi } from 'vitest';
import { createScheduledJob, type JobReport, type ScheduledJob } from './scheduled-job.ts';

const [acme, globex] = [TenantId.parse('acme'), TenantId.parse('globex')];
const patience = { timeout: 30_000, interval: 2 };

/** A board with two tenants, a clock that is set by hand, and programs that do a job. */
async function openWorld(work: ScheduledJob['work']) {
  const jobs = createMemoryJobBoard();
  const tenants = createMemoryTenantStore();
  const logger = createMemoryLogger();
  for (const id of [acme, globex]) await tenants.addTenant({ id, name: id, createdAt: 0 });
  const stop = new AbortController();
  const running: Promise<void>[] = [];
  const clock = { at: Date.UTC(2026, 0, 5) };
  const job: ScheduledJob = { name: 'count', about: 'counts', everyMs: 60_000, firstAfterMs: 1000, work };
  return {
    jobs,
    clock,
    logger,
    start: () =>
      void running.push(
        createScheduledJob(job, { jobs, tenants, logger, now: () => clock.at, lookMs: 1 }).run(stop.signal),
      ),
    async planned() {
      await vi.waitUntil(async () => (await jobs.list(globex)).length === 1, patience);
    },
    /** Waits for so many runs of a tenant, and tells them, the oldest first. */
    async runs(tenantId: TenantId, count: number): Promise<readonly JobRun[]> {
      await vi.waitUntil(async () => (await jobs.runs(tenantId, { limit: 100 })).length >= count, patience);
      return (await jobs.runs(tenantId, { limit: 100 })).toReversed();
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.all(running);
    },
  };
}

describe('a scheduled job', () => {
  it('runs for each tenant when it is due, and not before', async () => {
    const worked: string[] = [];
    await using world = await openWorld(async (tenantId) => {
      worked.push(tenantId);
      return 'counted';
    });
    world.start();
    await world.planned();
    expect(worked).toEqual([]);
    for (let round = 1; round <= 3; round += 1) {
      world.clock.at += 60_000;
      await world.runs(acme, round);
      await world.runs(globex, round);
    }
    expect(worked.toSorted()).toEqual([acme, acme, acme, globex, globex, globex]);
    const [first] = await world.runs(acme, 3);
    expect(first).toMatchObject({ job: 'count', outcome: 'done', detail: 'counted', actor: 'schedule' });
    expect(await world.jobs.list(acme)).toMatchObject([{ nextAt: world.clock.at + 60_000 }]);
  });

  it('that is overdue waits until the first moments of its program are over', async () => {
    await using world = await openWorld(async () => 'counted');
    const plan = { name: 'count', about: 'counts', everyMs: 60_000 };
    for (const tenantId of [acme, globex]) await world.jobs.plan(tenantId, plan, world.clock.at - 1000);
    await world.jobs.request(globex, 'count', 'key:7');
    world.start();
    expect(await world.runs(globex, 1)).toMatchObject([{ actor: 'key:7' }]);
    expect(await world.jobs.runs(acme, { limit: 10 })).toEqual([]);
    world.clock.at += 1000;
    expect(await world.runs(acme, 1)).toMatchObject([{ actor: 'schedule' }]);
  });

  it('runs at once for who asks, for that tenant alone, and says who it was', async () => {
    await using world = await openWorld(async () => 'counted');
    world.start();
    await world.planned();
    expect(await world.jobs.request(globex, 'count', 'key:7')).toBe(true);
    expect(await world.runs(globex, 1)).toMatchObject([{ actor: 'key:7', outcome: 'done' }]);
    expect(await world.jobs.runs(acme, { limit: 10 })).toEqual([]);
    expect(world.logger.lines.some(({ fields }) => fields['actor'] === 'key:7')).toBe(true);
  });

  it('tells a failure, its words where they are ours alone, and comes again in its turn', async () => {
    const results: (() => JobReport)[] = [
      () => {
        throw new HeliosError('unavailable', 'the disk is full');
      },
      () => {
        throw new Error('select secret from places');
      },
      () => 'counted',
    ];
    await using world = await openWorld(async (tenantId) => (tenantId === acme ? results.shift()?.() : undefined));
    world.start();
    await world.planned();
    for (let round = 1; round <= 3; round += 1) {
      world.clock.at += 60_000;
      await world.runs(acme, round);
    }
    expect(await world.runs(acme, 3)).toMatchObject([
      { outcome: 'failed', detail: 'the disk is full' },
      { outcome: 'failed', detail: 'an error inside; the log of the program has it' },
      { outcome: 'done', detail: 'counted' },
    ]);
    // A round without anything to do is told, and leaves no line in the history.
    await vi.waitUntil(async () => (await world.jobs.list(globex))[0]?.lastRun?.outcome === 'nothing', patience);
    expect(await world.jobs.runs(globex, { limit: 10 })).toEqual([]);
  });

  it('is done once, however many programs run', async () => {
    let working = 0;
    let most = 0;
    await using world = await openWorld(async (tenantId) => {
      if (tenantId !== acme) return undefined;
      most = Math.max(most, (working += 1));
      await Promise.resolve();
      working -= 1;
      return 'counted';
    });
    for (let program = 0; program < 4; program += 1) world.start();
    await world.planned();
    for (let round = 1; round <= 20; round += 1) {
      world.clock.at += 60_000;
      expect(await world.runs(acme, round)).toHaveLength(round);
    }
    expect(most).toBe(1);
  });

  it('that was stopped in the middle is due again at once', async () => {
    const begun = Promise.withResolvers<void>();
    const world = await openWorld(async (_, { signal }) => {
      begun.resolve();
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      return 'half of it';
    });
    world.start();
    await world.planned();
    world.clock.at += 60_000;
    await begun.promise;
    await world[Symbol.asyncDispose]();
    const states = [...(await world.jobs.list(acme)), ...(await world.jobs.list(globex))];
    const stopped = states.filter(({ lastRun }) => lastRun !== undefined);
    expect(stopped).toMatchObject([{ nextAt: world.clock.at, lastRun: { outcome: 'failed' } }]);
    expect(stopped[0]?.runningSince).toBeUndefined();
  });
});
