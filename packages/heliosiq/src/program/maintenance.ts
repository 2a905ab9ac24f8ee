import { setTimeout } from 'node:timers/promises';
import type { EventLog, IdempotencyStore, Logger, Meter, Service } from '@heliosiq/ports';

const roundMs = 600_000;

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
      while (!signal.aborted) {
        const records = await deps.log.enforceRetention(deps.now());
        const responses = await deps.idempotency.expire(deps.now());
        removed.add(records, { kind: 'log-record' });
        removed.add(responses, { kind: 'remembered-response' });
        if (records + responses > 0) deps.logger.info({ records, responses }, 'retention enforced');
        await setTimeout(roundMs, undefined, { signal, ref: false }).catch((error: unknown) => {
          if (!signal.aborted) throw error;
        });
      }
    },
  };
}
