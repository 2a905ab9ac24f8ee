import type { TenantId } from '@heliosiq/model';

/** Work that comes round again and again for each tenant. */
export interface JobPlan {
  readonly name: string;
  /** What it does, in a sentence. */
  readonly about: string;
  readonly everyMs: number;
}

/** One run of a job. */
export interface JobRun {
  /** Sorts by time. */
  readonly id: string;
  readonly job: string;
  readonly startedAt: number;
  readonly durationMs: number;
  /** `nothing`: there was nothing to do. */
  readonly outcome: 'done' | 'nothing' | 'failed';
  /** What was done, or why it failed. */
  readonly detail: string;
  /** `schedule`, or whose credential asked for it. */
  readonly actor: string;
}

/** Where a job stands. */
export interface JobState extends JobPlan {
  /** When it is due, milliseconds since the epoch. */
  readonly nextAt: number;
  /** Since when a program is at it. */
  readonly runningSince?: number;
  /** Who asked for a run that has not begun. */
  readonly requestedBy?: string;
  readonly lastRun?: Omit<JobRun, 'id' | 'job'>;
}

/** A job that a program has taken. */
export interface TakenJob {
  /** `schedule`, or who asked for it. */
  readonly actor: string;
}

/** A moment, and until when a taken job is its holder's; milliseconds since the epoch. */
export interface JobHold {
  readonly holder: string;
  readonly at: number;
  readonly until: number;
}

/**
 * Which jobs there are, when each ran and runs next, and what became of it.
 *
 * Promises:
 * - A job that is due or asked for is given to one holder, and to nobody else until its hold ends or the run is told.
 * - A holder that died keeps nobody waiting for longer than its hold.
 * - A moment that lies further ahead than any rhythm explains was noted by a clock that had leapt: it holds nobody up.
 * - Of each job the newest runs that did something are kept, `jobRunsMax` of them.
 */
export interface JobBoard {
  /** Makes a job that is not there, due at `nextAt`; of one that is there only its words and rhythm change. */
  plan(tenantId: TenantId, plan: JobPlan, nextAt: number): Promise<void>;
  /** The tenants whose job of a name is free, and due or asked for (or only asked for), at most `limit` (1 to 1,000). */
  due(
    job: string,
    options: { readonly at: number; readonly limit: number; readonly isAskedOnly?: boolean },
  ): Promise<readonly TenantId[]>;
  /** Takes a job that is due or asked for; undefined when somebody has it or had it. */
  take(tenantId: TenantId, job: string, hold: JobHold): Promise<TakenJob | undefined>;
  /** Keeps a taken job for longer; false when it is no longer the holder's. */
  keep(tenantId: TenantId, job: string, hold: JobHold): Promise<boolean>;
  /** Tells what became of a run, and when the next one is due; a run of somebody who lost the job changes only the history. */
  finish(tenantId: TenantId, run: JobRun, next: { readonly holder: string; readonly at: number }): Promise<void>;
  /** Asks for a run as soon as may be; false when there is no such job. Asking twice before it begins makes one run. */
  request(tenantId: TenantId, job: string, actor: string): Promise<boolean>;
  /** By name. */
  list(tenantId: TenantId): Promise<readonly JobState[]>;
  /** Newest first, at most `limit` (1 to 1,000), of one job or of all. */
  runs(tenantId: TenantId, options: { readonly limit: number; readonly job?: string }): Promise<readonly JobRun[]>;
}

/** What a due moment may be beyond a job's rhythm, and the end of a hold ahead at all, before a clock is to blame. */
export const jobClockSlackMs = 86_400_000;

/** Runs of a job that are kept. */
export const jobRunsMax = 100;
