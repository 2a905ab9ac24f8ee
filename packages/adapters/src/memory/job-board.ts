import { jobClockSlackMs, jobRunsMax, type JobBoard, type JobRun, type JobState } from '@heliosiq/ports';
import { checkedLimit } from '../limits.ts';
import { createTenantMap } from './tenant-map.ts';

interface HeldJob {
  state: JobState;
  holder?: string;
  heldUntil: number;
}

/** A board of jobs in memory, gone with the process. */
export function createMemoryJobBoard(): JobBoard {
  const tenants = createTenantMap(() => ({ jobs: new Map<string, HeldJob>(), runs: new Array<JobRun>() }));

  function isDue({ state, holder, heldUntil }: HeldJob, at: number): boolean {
    const tooFar = at + jobClockSlackMs;
    if (holder !== undefined && heldUntil >= at && heldUntil <= tooFar) return false;
    const { nextAt, everyMs, requestedBy } = state;
    return nextAt <= at || nextAt - everyMs > tooFar || requestedBy !== undefined;
  }

  return {
    async plan(tenantId, plan, nextAt) {
      const { jobs } = tenants.of(tenantId);
      const known = jobs.get(plan.name);
      if (known === undefined) jobs.set(plan.name, { state: { ...plan, nextAt }, heldUntil: 0 });
      else known.state = { ...known.state, ...plan };
    },
    async due(job, { at, limit, isAskedOnly = false }) {
      checkedLimit(limit, 1000);
      const found = [...tenants.entries()].filter(([, { jobs }]) => {
        const held = jobs.get(job);
        return held !== undefined && isDue(held, at) && (!isAskedOnly || held.state.requestedBy !== undefined);
      });
      return found.slice(0, limit).map(([tenantId]) => tenantId);
    },
    async take(tenantId, job, { holder, at, until }) {
      const held = tenants.of(tenantId).jobs.get(job);
      if (held === undefined || !isDue(held, at)) return undefined;
      const { requestedBy, ...state } = held.state;
      Object.assign(held, { state: { ...state, runningSince: at }, holder, heldUntil: until });
      return { actor: requestedBy ?? 'schedule' };
    },
    async keep(tenantId, job, { holder, until }) {
      const held = tenants.of(tenantId).jobs.get(job);
      if (held?.holder !== holder) return false;
      held.heldUntil = until;
      return true;
    },
    async finish(tenantId, run, { holder, at }) {
      const { jobs, runs } = tenants.of(tenantId);
      const held = jobs.get(run.job);
      if (held?.holder === holder) {
        const { runningSince: _, ...state } = held.state;
        const { id: __, job: ___, ...lastRun } = run;
        held.state = { ...state, nextAt: at, lastRun };
        delete held.holder;
      }
      if (run.outcome === 'nothing') return;
      runs.push(run);
      runs.sort((a, b) => (a.id < b.id ? 1 : -1));
      const own = runs.filter(({ job }) => job === run.job);
      for (const old of own.slice(jobRunsMax)) runs.splice(runs.indexOf(old), 1);
    },
    async request(tenantId, job, actor) {
      const held = tenants.of(tenantId).jobs.get(job);
      if (held === undefined) return false;
      held.state = { ...held.state, requestedBy: held.state.requestedBy ?? actor };
      return true;
    },
    async list(tenantId) {
      const states = [...tenants.of(tenantId).jobs.values()].map(({ state }) => state);
      return states.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async runs(tenantId, { limit, job }) {
      checkedLimit(limit, 1000);
      return tenants
        .of(tenantId)
        .runs.filter((run) => job === undefined || run.job === job)
        .slice(0, limit);
    },
  };
}
