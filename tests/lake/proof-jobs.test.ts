import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { TenantId } from '@heliosiq/model';
import type { EventLog, ProofRequest } from '@heliosiq/ports';
import { describe, expect, it, vi } from 'vitest';
import { createProofJobs, type ProofJobs } from '../../packages/lake/src/replay/proof-jobs.ts';
import { dayMs, openReplayWorld, recordedFrom, type ReplayWorld } from './replay-world.ts';

const request: ProofRequest = {
  since: recordedFrom,
  until: recordedFrom + 9 * dayMs,
  stages: ['silver'],
  applies: false,
  checksBronze: true,
};

/** A process with the jobs of a world; its clock can be moved. */
function openProcess(world: ReplayWorld, states = createMemoryStateStore()) {
  const clock = { now: Date.UTC(2026, 5, 1) };
  const jobs: ProofJobs = createProofJobs({ ...world.deps, states, logger: world.logger, now: () => clock.now });
  const stop = new AbortController();
  const running = jobs.service.run(stop.signal);
  return { jobs, states, clock, end: () => (stop.abort(), running) };
}

/** A log in which bronze is behind for ever, so that a proof waits. */
function behind(world: ReplayWorld): EventLog {
  const waiting = { topic: 'signals', partition: 0, committedOffset: 0, endOffset: 9, lagRecords: 9 } as const;
  return { ...world.log, lag: () => Promise.resolve([{ group: 'bronze', ...waiting }]) };
}

describe('a proof as a job', () => {
  it('tells how far it is and what it found, also after it is done', { timeout: 120_000 }, async () => {
    await using world = await openReplayWorld();
    await world.send(world.recording.before);
    await world.settled();
    const { jobs, states } = openProcess(world);
    const started = await jobs.start(world.tenantId, request);
    expect(started).toMatchObject({ state: 'running', request });
    await vi.waitFor(async () => expect((await jobs.read(world.tenantId, started.id))?.state).toBe('done'), 30_000);
    const done = await jobs.read(world.tenantId, started.id);
    expect(done).toMatchObject({ isProven: true, share: 1, bronze: { faults: [] }, stages: [{ stage: 'silver' }] });
    // Another process can tell as well, but nobody tells another tenant.
    const other = openProcess(world, states);
    expect(await other.jobs.read(world.tenantId, started.id)).toEqual(done);
    expect(await jobs.read(TenantId.parse('other'), started.id)).toBeUndefined();
    expect((await jobs.start(world.tenantId, request)).id).not.toBe(started.id);
  });

  it('runs alone, can be stopped, and ends with its process', async () => {
    await using world = await openReplayWorld();
    const { jobs, end } = openProcess({ ...world, deps: { ...world.deps, log: behind(world) } });
    const first = await jobs.start(world.tenantId, request);
    await expect(jobs.start(world.tenantId, request)).rejects.toMatchObject({ code: 'conflict' });
    expect(await jobs.stop(world.tenantId, 'another')).toBe(false);
    expect((await jobs.read(world.tenantId, first.id))?.state).toBe('running');
    expect(await jobs.stop(world.tenantId, first.id)).toBe(true);
    expect((await jobs.read(world.tenantId, first.id))?.state).toBe('interrupted');
    const second = await jobs.start(world.tenantId, request);
    await end();
    expect((await jobs.read(world.tenantId, second.id))?.state).toBe('interrupted');
  });

  it('is interrupted when its process is gone, and another one can begin', async () => {
    await using world = await openReplayWorld();
    const gone = openProcess({ ...world, deps: { ...world.deps, log: behind(world) } });
    const { id } = await gone.jobs.start(world.tenantId, request);
    const { jobs, clock, end } = openProcess(world, gone.states);
    await vi.waitFor(async () => expect((await jobs.read(world.tenantId, id))?.state).toBe('running'), {
      timeout: 30_000,
    });
    await expect(jobs.start(world.tenantId, request)).rejects.toMatchObject({ code: 'conflict' });
    clock.now += 60_000;
    expect((await jobs.read(world.tenantId, id))?.state).toBe('interrupted');
    expect((await jobs.start(world.tenantId, request)).state).toBe('running');
    await end();
    await gone.end();
  });

  it('says why it failed', async () => {
    await using world = await openReplayWorld();
    const log = { ...world.log, lag: () => Promise.resolve([]) };
    const { jobs } = openProcess({ ...world, deps: { ...world.deps, log } });
    const { id } = await jobs.start(world.tenantId, request);
    await vi.waitFor(async () => expect((await jobs.read(world.tenantId, id))?.state).toBe('failed'), {
      timeout: 30_000,
    });
    expect((await jobs.read(world.tenantId, id))?.reason).toBe('Nothing has filled bronze yet');
  });
});
