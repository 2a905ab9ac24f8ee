import { beforeAll, describe, expect, it } from 'vitest';
import { jobRunsMax, type JobBoard, type JobPlan, type JobRun } from '../src/job-board.ts';
import { freshTenant } from './fresh-tenant.ts';
import type { OpenStore } from './open-store.ts';

const at = Date.UTC(2026, 0, 5);
const holdMs = 60_000;
const held = (holder: string, from = at) => ({ holder, at: from, until: from + holdMs });

/** The promises of `JobBoard`. */
export function jobBoardConformance(name: string, open: OpenStore<JobBoard>): void {
  describe(`${name} as a board of jobs`, () => {
    let board: JobBoard;
    let made = 0;
    beforeAll(async () => {
      board = await open();
    });

    /** Due jobs are found over all tenants: each test has a name of its own. */
    const planOf = (): JobPlan => ({ name: `job-${(made += 1)}`, about: 'counts', everyMs: 1000 });
    const runOf = (job: string, id: string, more: Partial<JobRun> = {}): JobRun => ({
      ...{ id, job, startedAt: at, durationMs: 5, outcome: 'done', detail: 'two things', actor: 'schedule', ...more },
    });

    it('lists what was planned, by name, and changes only the words of what is there', async () => {
      const tenantId = freshTenant();
      const [a, b] = [planOf(), planOf()];
      await board.plan(tenantId, b, at + 5);
      await board.plan(tenantId, a, at);
      await board.plan(tenantId, { ...a, about: 'counts more', everyMs: 9 }, at + 99);
      expect(await board.list(tenantId)).toEqual([
        { ...a, about: 'counts more', everyMs: 9, nextAt: at },
        { ...b, nextAt: at + 5 },
      ]);
      expect(await board.list(freshTenant())).toEqual([]);
    });

    it('gives a job that is due to one holder alone', async () => {
      const tenantId = freshTenant();
      const plan = planOf();
      await board.plan(tenantId, plan, at);
      expect(await board.due(plan.name, { at: at - 1, limit: 10 })).toEqual([]);
      expect(await board.take(tenantId, plan.name, held('one', at - 1))).toBeUndefined();
      expect(await board.due(plan.name, { at, limit: 10 })).toEqual([tenantId]);
      const taken = await Promise.all(
        ['one', 'two', 'three'].map((each) => board.take(tenantId, plan.name, held(each))),
      );
      expect(taken.filter((each) => each !== undefined)).toEqual([{ actor: 'schedule' }]);
      expect(await board.due(plan.name, { at, limit: 10 })).toEqual([]);
      expect(await board.list(tenantId)).toMatchObject([{ runningSince: at }]);
      expect(await board.take(freshTenant(), plan.name, held('one'))).toBeUndefined();
    });

    it('gives it to another one when the holder has died, and tells the first that it lost it', async () => {
      const tenantId = freshTenant();
      const plan = planOf();
      await board.plan(tenantId, plan, at);
      await board.take(tenantId, plan.name, held('one'));
      expect(await board.keep(tenantId, plan.name, held('one', at + 10))).toBe(true);
      expect(await board.keep(tenantId, plan.name, held('two', at + 10))).toBe(false);
      const later = at + 10 + holdMs;
      expect(await board.due(plan.name, { at: later, limit: 10 })).toEqual([]);
      expect(await board.due(plan.name, { at: later + 1, limit: 10 })).toEqual([tenantId]);
      expect(await board.take(tenantId, plan.name, held('two', later + 1))).toEqual({ actor: 'schedule' });
      expect(await board.keep(tenantId, plan.name, held('one', later + 2))).toBe(false);
      await board.finish(tenantId, runOf(plan.name, 'r1'), { holder: 'one', at: at + 5 });
      expect(await board.list(tenantId)).toMatchObject([{ runningSince: later + 1, nextAt: at }]);
    });

    it('tells the last run, and when the next is due', async () => {
      const tenantId = freshTenant();
      const plan = planOf();
      await board.plan(tenantId, plan, at);
      await board.take(tenantId, plan.name, held('one'));
      const { id: _, job: __, ...run } = runOf(plan.name, 'r1', { outcome: 'failed', detail: 'no\u0000 disk' });
      await board.finish(tenantId, { id: 'r1', job: plan.name, ...run }, { holder: 'one', at: at + 1000 });
      const [state] = await board.list(tenantId);
      expect(state).toMatchObject({ ...plan, nextAt: at + 1000, lastRun: { outcome: 'failed', durationMs: 5 } });
      expect(state?.runningSince).toBeUndefined();
      expect(await board.due(plan.name, { at: at + 999, limit: 10 })).toEqual([]);
      expect(await board.due(plan.name, { at: at + 1000, limit: 10 })).toEqual([tenantId]);
    });

    it('runs a job before its time when somebody asks, once, and tells who', async () => {
      const tenantId = freshTenant();
      const plan = planOf();
      expect(await board.request(tenantId, plan.name, 'key:1')).toBe(false);
      await board.plan(tenantId, plan, at + 1_000_000);
      expect(await board.request(tenantId, plan.name, 'key:1')).toBe(true);
      expect(await board.request(tenantId, plan.name, 'key:2')).toBe(true);
      expect(await board.list(tenantId)).toMatchObject([{ requestedBy: 'key:1' }]);
      const dueToo = freshTenant();
      await board.plan(dueToo, plan, at);
      expect((await board.due(plan.name, { at, limit: 10 })).toSorted()).toEqual([tenantId, dueToo].toSorted());
      expect(await board.due(plan.name, { at, limit: 10, isAskedOnly: true })).toEqual([tenantId]);
      expect(await board.take(tenantId, plan.name, held('one'))).toEqual({ actor: 'key:1' });
      expect((await board.list(tenantId))[0]?.requestedBy).toBeUndefined();
      await board.finish(tenantId, runOf(plan.name, 'r1', { actor: 'key:1' }), { holder: 'one', at: at + 1000 });
      expect(await board.due(plan.name, { at, limit: 10 })).toEqual([dueToo]);
    });

    it('is not held up by a clock that had leapt ahead', async () => {
      const tenantId = freshTenant();
      const plan = planOf();
      const leapt = at + 1000 * 86_400_000;
      await board.plan(tenantId, plan, at);
      await board.take(tenantId, plan.name, held('one', leapt));
      expect(await board.due(plan.name, { at, limit: 10 })).toEqual([tenantId]);
      expect(await board.take(tenantId, plan.name, held('two'))).toEqual({ actor: 'schedule' });
      await board.finish(tenantId, runOf(plan.name, 'r1'), { holder: 'two', at: leapt });
      expect(await board.due(plan.name, { at, limit: 10 })).toEqual([tenantId]);
      await board.take(tenantId, plan.name, held('two'));
      // A clock of another machine may go a little before.
      await board.finish(tenantId, runOf(plan.name, 'r2'), { holder: 'two', at: at + plan.everyMs + 5000 });
      expect(await board.due(plan.name, { at, limit: 10 })).toEqual([]);
    });

    it('keeps the newest runs that did something, of each job', async () => {
      const tenantId = freshTenant();
      const [plan, other] = [planOf(), planOf()];
      for (const each of [plan, other]) await board.plan(tenantId, each, at);
      await board.finish(tenantId, runOf(other.name, 'r0'), { holder: 'one', at });
      const ids = Array.from({ length: jobRunsMax + 5 }, (_, index) => `r${String(index + 1).padStart(4, '0')}`);
      for (const id of ids) await board.finish(tenantId, runOf(plan.name, id), { holder: 'one', at });
      await board.finish(tenantId, runOf(plan.name, 'r9', { outcome: 'nothing', detail: '' }), { holder: 'one', at });
      const kept = await board.runs(tenantId, { limit: 1000, job: plan.name });
      expect(kept.map(({ id }) => id)).toEqual(ids.slice(-jobRunsMax).reverse());
      expect(await board.runs(tenantId, { limit: 1000 })).toHaveLength(jobRunsMax + 1);
      expect(await board.runs(tenantId, { limit: 2 })).toEqual(kept.slice(0, 2));
      expect(await board.runs(freshTenant(), { limit: 2 })).toEqual([]);
    });
  });
}
