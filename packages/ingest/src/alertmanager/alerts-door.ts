import { HeliosError } from '@heliosiq/model';
import { parseJsonText } from '@heliosiq/model/json-text.ts';
import type { HttpDoor } from '@heliosiq/ports';
import type { AlertSettings } from './alert-settings.ts';
import type { TakeAlerts } from './alert-taking.ts';
import { describeAlertmanagerFault } from './alertmanager-answer.ts';
import { tooManyAlerts } from './webhook-door.ts';

const escapeU = Buffer.from('\\u');

/**
 * `POST /api/v2/alerts` of Alertmanager: what Prometheus, Thanos, Loki and amtool send. Answers 200 with an empty body
 * once all acceptable alerts are stored, and 400 with the reasons when there are alerts and none is acceptable: a sender
 * gives up a body that is refused, so a good alert must not fall with a bad one.
 */
export function createAlertsDoor({
  take,
  settings,
}: {
  readonly take: TakeAlerts;
  readonly settings: AlertSettings;
}): HttpDoor {
  return {
    name: 'alertmanager-alerts',
    method: 'POST',
    path: '/api/v2/alerts',
    consumes: ['application/json'],
    describeFault: describeAlertmanagerFault,
    async handle({ principal, body, requestId }) {
      const items = parseJsonText(body);
      if (!Array.isArray(items)) {
        throw new HeliosError('invalid-request', 'The body is not a list of alerts', { cure: 'Send a JSON array' });
      }
      if (items.length > settings.alertsPerRequestMax) throw tooManyAlerts(settings.alertsPerRequestMax);
      const taken = await take(principal, {
        items,
        way: 'direct',
        bytes: body.length,
        mayHoldUnstorableText: body.includes(escapeU),
        requestId,
      });
      if (taken.accepted > 0 || taken.rejectedTotal === 0) return { status: 200 };
      const reasons = taken.rejected.map(({ index, reason }) => `[${index}] ${reason}`);
      throw new HeliosError('invalid-request', reasons.join('; '));
    },
  };
}
