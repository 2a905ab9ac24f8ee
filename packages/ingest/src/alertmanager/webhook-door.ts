import { type Event, HeliosError } from '@heliosiq/model';
import { contentId } from '@heliosiq/model/content-id.ts';
import { storableText } from '@heliosiq/model/storable-text.ts';
import type { HttpDoor, Logger, Meter } from '@heliosiq/ports';
import { assetOfLabels } from '../intake/asset-of-labels.ts';
import { isWireObject, type WireObject } from './alert-report.ts';
import type { AlertSettings } from './alert-settings.ts';
import type { TakeAlerts } from './alert-taking.ts';
import { createAlertTexts } from './alert-texts.ts';

export interface WebhookDoorDeps {
  readonly take: TakeAlerts;
  readonly meter: Meter;
  readonly logger: Logger;
  readonly now: () => number;
  readonly settings: AlertSettings;
}

const escapeU = Buffer.from('\\u');

/**
 * The receiver of Alertmanager's webhook, version 4, and of Grafana's superset of it. Answers 200 once all acceptable alerts are
 * stored, 422 when there are alerts and none is acceptable, and 503 where others get 429, because Alertmanager
 * repeats a notification after a 5xx only (its `notify.Retrier`).
 */
export function createWebhookDoor({ take, meter, logger, now, settings }: WebhookDoorDeps): HttpDoor {
  const texts = createAlertTexts();
  const truncated = meter.counter({
    name: 'heliosiq_ingest_alerts_truncated_total',
    help: 'Alerts that a sender of webhooks left out of its bodies (max_alerts).',
  });

  return {
    name: 'alertmanager-webhook',
    method: 'POST',
    path: '/api/v1/alertmanager/webhook',
    consumes: ['application/json'],
    async handle({ principal, body, requestId }) {
      const read = texts.read(body);
      const { message } = read;
      if (!isWireObject(message) || !Array.isArray(message['alerts'])) throw notAWebhook();
      const items: readonly unknown[] = message['alerts'];
      if (items.length > settings.alertsPerRequestMax) throw tooManyAlerts(settings.alertsPerRequestMax);
      const leftOut = leftOutOf(message);
      if (leftOut > 0) {
        truncated.add(leftOut);
        logger.warn(
          { tenantId: principal.tenantId, correlationId: requestId, groupKey: clippedGroup(message), leftOut },
          'alerts-truncated: raise max_alerts of the webhook receiver',
        );
      }
      const others = leftOut > 0 ? [truncationEvent(message, leftOut, { now: now(), settings })] : [];
      try {
        const taken = await take(principal, {
          items,
          texts: read,
          way: 'webhook',
          bytes: body.length,
          mayHoldUnstorableText: body.includes(escapeU),
          requestId,
          others,
        });
        const status = taken.accepted === 0 && taken.rejectedTotal > 0 ? 422 : 200;
        return { status, mediaType: 'application/json', body: JSON.stringify(taken) };
      } catch (error) {
        if (!(error instanceof HeliosError) || error.code !== 'rate-limited') throw error;
        const { message: reason, retryAfterS = 1 } = error;
        return {
          status: 503,
          mediaType: 'application/json',
          headers: { 'retry-after': String(retryAfterS) },
          body: JSON.stringify({ reason }),
        };
      }
    },
  };
}

function leftOutOf(message: WireObject): number {
  const count = message['truncatedAlerts'];
  return typeof count === 'number' && Number.isSafeInteger(count) && count > 0 ? count : 0;
}

/** What was left out may be news that nobody gets: it becomes part of the story, once in the time of a renewal. */
function truncationEvent(
  message: WireObject,
  leftOut: number,
  { now, settings }: { readonly now: number; readonly settings: AlertSettings },
): Event {
  const labels = { ...textsOf(message['commonLabels']), ...textsOf(message['groupLabels']) };
  const group = clippedGroup(message);
  const at = Math.floor(now / settings.renewMs) * settings.renewMs;
  return {
    kind: 'event',
    id: contentId('alerts-truncated', group, String(leftOut), String(at)),
    asset: assetOfLabels(labels, settings.assetLabels),
    at,
    title: `${leftOut} alerts of the group ${group} were left out by their sender (max_alerts)`,
    severity: 'medium',
    labels: { receiver: clipped(message['receiver']), group },
  };
}

function clippedGroup(message: WireObject): string {
  return clipped(message['groupKey']) || 'without a key';
}

function clipped(value: unknown): string {
  return typeof value === 'string' ? storableText(value.slice(0, 500)) : '';
}

function textsOf(value: unknown): Record<string, string> {
  if (!isWireObject(value)) return {};
  const texts = Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return Object.fromEntries(texts.map(([name, text]) => [name, storableText(text)]));
}

function notAWebhook(): HeliosError {
  return new HeliosError('invalid-request', 'The body is not a webhook of Alertmanager or Grafana', {
    field: 'alerts',
    cure: 'Send an object with a list "alerts"',
  });
}

/** The error for a body with more alerts than are taken at once. */
export function tooManyAlerts(alertsMax: number): HeliosError {
  return new HeliosError('too-large', `The body has more than ${alertsMax} alerts`, {
    cure: `Send at most ${alertsMax} alerts in one request`,
  });
}
