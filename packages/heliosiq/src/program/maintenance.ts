import { setTimeout } from 'node:timers/promises';
import { HeliosError } from '@heliosiq/model';
import type { EventLog, IdempotencyStore, Logger, Meter, RetentionKeeper, Service } from '@heliosiq/ports';
import { createClockWatch } from './clock-watch.ts';
import type { ScheduledJob } from './scheduled-job.ts';

const roundMs = 600_000;
/** Retention decides by days: an hour after midnight nothing is left that should have gone. */
const retentionRoundMs = 3_600_000;
/** Not in the first minutes of a program, which are for what waits in the log. */
const firstRetentionMs = 120_000;

const leaptWords =
  'the clock of this machine has leapt ahead by more than a day: nothing is forgotten until the program is started again with a right clock';

/** Keeps what grows within its bounds: log retention and remembered responses, every ten minutes. */
export function createMaintenance(deps: {
  readonly log: EventLog;
  readonly idempotency: IdempotencyStore;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly now: () => number;
}): Service {
  const removed = deps.meter.counter({
    name: 'heliosiq_retention_removed_total',
    help: 'Records removed because they were older than is kept.',
    labels: ['kind'],
  });
  return {
    name: 'maintenance',
    async run(signal) {
      const clock = createClockWatch(deps.now);
      while (!signal.aborted) {
        if (clock.hasLeapt()) {
          deps.logger.error({ now: new Date(deps.now()).toISOString() }, leaptWords);
          await pause(roundMs, signal);
          continue;
        }
        const records = await deps.log.enforceRetention(deps.now());
        const responses = await deps.idempotency.expire(deps.now());
        removed.add(records, { kind: 'log-record' });
        removed.add(responses, { kind: 'remembered-response' });
        if (records + responses > 0) deps.logger.info({ records, responses }, 'retention enforced');
        await pause(roundMs, signal);
      }
    },
  };
}

/** The job that enforces the rules of retention; whoever has another run of a tenant under way works on that one. */
export function createRetentionJob(deps: {
  readonly retention: RetentionKeeper;
  readonly now: () => number;
}): ScheduledJob {
  const clock = createClockWatch(deps.now);
  return {
    name: 'retention',
    about: 'forgets what is older than is kept',
    ...{ everyMs: retentionRoundMs, firstAfterMs: firstRetentionMs },
    async work(tenantId, { actor, signal }) {
      if (clock.hasLeapt()) throw new HeliosError('unavailable', leaptWords);
      const outcomes = await deps.retention.enforce(tenantId, actor, signal);
      const faults = outcomes.flatMap(({ kind, fault }) => (fault === undefined ? [] : [`${kind}: ${fault}`]));
      if (faults.length > 0) throw new HeliosError('unavailable', faults.join('; '));
      const gone = outcomes.filter(({ items }) => items > 0).map(({ kind, items }) => `${items} of kind ${kind}`);
      return gone.length === 0 ? undefined : `forgotten: ${gone.join(', ')}`;
    },
  };
}

async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  await setTimeout(durationMs, undefined, { signal, ref: false }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
