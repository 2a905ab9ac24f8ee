import { setTimeout as pause } from 'node:timers/promises';
import { HeliosError, orderedId, type TenantId } from '@heliosiq/model';
import type { JobBoard, JobPlan, JobRun, Logger, Service, TenantStore } from '@heliosiq/ports';

/** Work that comes round again and again for each tenant. */
export interface ScheduledJob extends JobPlan {
  /** Not in the first moments of a program, which are for what waits in the log; what is asked for need not wait. */
  readonly firstAfterMs: number;
  /** What was done, in words; undefined when there was nothing to do. What it throws is told as the run's failure. */
  readonly work: (
    tenantId: TenantId,
    run: { readonly actor: string; readonly signal: AbortSignal },
  ) => Promise<JobReport>;
}

/** What was done, in words; undefined when there was nothing to do. */
export type JobReport = string | undefined;

export interface ScheduledJobDeps {
  readonly jobs: JobBoard;
  readonly tenants: TenantStore;
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Between two looks for what is due or asked for. Default: 10 s. */
  readonly lookMs?: number;
}

/** A program that died keeps a job for so long; a living one keeps it on. */
const holdMs = 300_000;
const tenantsAtOnce = 100;
/** The words of a run, at most. */
const detailMax = 500;

/**
 * The service that does a job for each tenant when it is due or asked for, whoever of several programs comes first. A run that
 * fails is told on the board and in the log, and comes again in its turn; only the board's own outages end the service.
 */
export function createScheduledJob(job: ScheduledJob, deps: ScheduledJobDeps): Service {
  const { jobs, tenants, logger, now, lookMs = 10_000 } = deps;
  const { name, about, everyMs, firstAfterMs } = job;
  const holder = orderedId();

  async function outcomeOf(
    tenantId: TenantId,
    actor: string,
    signal: AbortSignal,
  ): Promise<Pick<JobRun, 'outcome' | 'detail'>> {
    try {
      const detail = await job.work(tenantId, { actor, signal });
      if (signal.aborted) return { outcome: 'failed', detail: 'stopped before its end' };
      return { outcome: detail === undefined ? 'nothing' : 'done', detail: (detail ?? '').slice(0, detailMax) };
    } catch (error) {
      if (signal.aborted) return { outcome: 'failed', detail: 'stopped before its end' };
      const detail = error instanceof HeliosError ? error.message : 'an error inside; the log of the program has it';
      // What passes, such as an outage or a clock that has leapt, is told on the board and tried again.
      const isPassing = error instanceof HeliosError && error.code === 'unavailable';
      logger[isPassing ? 'warn' : 'error']({ job: name, tenant: tenantId, actor, error }, 'a run of a job failed');
      return { outcome: 'failed', detail: detail.slice(0, detailMax) };
    }
  }

  async function runFor(tenantId: TenantId, signal: AbortSignal): Promise<void> {
    const hold = () => ({ holder, at: now(), until: now() + holdMs });
    const taken = await jobs.take(tenantId, name, hold());
    if (taken === undefined) return;
    const { actor } = taken;
    const startedAt = now();
    const began = performance.now();
    const beat = setInterval(() => {
      // A hold that cannot be kept ends by itself; the work bears a second one.
      jobs
        .keep(tenantId, name, hold())
        .catch((error: unknown) => logger.warn({ job: name, error }, 'a job is not kept'));
    }, holdMs / 3);
    try {
      const outcome = await outcomeOf(tenantId, actor, signal);
      const durationMs = Math.round(performance.now() - began);
      const run: JobRun = { id: orderedId(), job: name, startedAt, durationMs, actor, ...outcome };
      // A run that was stopped is due again at once, wherever the program is started next.
      const isStopped = signal.aborted && outcome.outcome === 'failed';
      await jobs.finish(tenantId, run, { holder, at: isStopped ? startedAt : now() + everyMs });
      if (actor !== 'schedule') logger.info({ tenant: tenantId, ...run }, 'a job was run because somebody asked');
    } finally {
      clearInterval(beat);
    }
  }

  return {
    name,
    async run(signal) {
      const planned = new Set<TenantId>();
      const startedAt = now();
      while (!signal.aborted) {
        for (const { id } of await tenants.tenants()) {
          if (planned.has(id)) continue;
          await jobs.plan(id, { name, about, everyMs }, now() + firstAfterMs);
          planned.add(id);
        }
        const at = now();
        const isAskedOnly = at >= startedAt && at < startedAt + firstAfterMs;
        const due = await jobs.due(name, { at, limit: tenantsAtOnce, isAskedOnly });
        for (const tenantId of due) {
          if (signal.aborted) return;
          await runFor(tenantId, signal);
        }
        if (due.length < tenantsAtOnce) await pause(lookMs, undefined, { signal, ref: false }).catch(() => undefined); // an abort only ends the pause
      }
    },
  };
}
