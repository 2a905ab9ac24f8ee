import { setTimeout } from 'node:timers/promises';
import { HeliosError } from '@heliosiq/model';
import type { EventLog, IdempotencyStore, Logger, Meter, RetentionKeeper, Service, TenantStore } from '@heliosiq/ports';
import { createClockWatch } from './clock-watch.ts';

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

/** Enforces the rules of retention for every tenant, every hour; whoever has another tenant's lease works on that one. */
export function createRetentionSchedule(deps: {
  readonly tenants: TenantStore;
  readonly retention: RetentionKeeper;
  readonly now: () => number;
}): Service {
  return {
    name: 'retention',
    async run(signal) {
      const clock = createClockWatch(deps.now);
      await pause(firstRetentionMs, signal);
      while (!signal.aborted) {
        for (const { id } of clock.hasLeapt() ? [] : await deps.tenants.tenants()) {
          try {
            await deps.retention.enforce(id, 'schedule', signal);
          } catch (error) {
            if (signal.aborted) return;
            // Another program is at it.
            if (!(error instanceof HeliosError && error.code === 'conflict')) throw error;
          }
        }
        await pause(retentionRoundMs, signal);
      }
    },
  };
}

async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  await setTimeout(durationMs, undefined, { signal, ref: false }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
