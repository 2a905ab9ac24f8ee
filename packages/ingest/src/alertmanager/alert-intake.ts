import { HeliosError, orderedId } from '@heliosiq/model';
import type { AlertIntake } from '@heliosiq/ports';
import type { TakeAlerts } from './alert-taking.ts';

/** Alerts that are stored at once. */
const partMax = 1_000;

/** The door for alerts that are made in this program; they are taken as if they had come from a Prometheus. */
export function createAlertIntake(take: TakeAlerts): AlertIntake {
  return {
    async take(principal, alerts) {
      for (let start = 0; start < alerts.length; start += partMax) {
        const { rejected } = await take(principal, {
          items: alerts.slice(start, start + partMax),
          way: 'direct',
          bytes: 0,
          mayHoldUnstorableText: true,
          requestId: orderedId(),
        });
        const [first] = rejected;
        if (first !== undefined) throw new HeliosError('invalid-request', first.reason);
      }
    },
  };
}
