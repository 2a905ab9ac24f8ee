import type { HttpDoor } from '@heliosiq/ports';
import type { FollowedAlert } from './alert-book.ts';
import type { AlertBooks } from './alert-books.ts';
import { parseMatcher } from './alert-matcher.ts';
import type { AlertSettings } from './alert-settings.ts';
import { describeAlertmanagerFault, jsonAnswer } from './alertmanager-answer.ts';

/** Alerts of one answer. */
const listedMax = 5_000;

/**
 * `GET /api/v2/alerts` of Alertmanager: the firing alerts that are followed, the one first seen first, at most 5,000. Knows `filter`
 * (one matcher) and `active`; nothing is ever silenced or inhibited here.
 */
export function createAlertQueryDoor({
  books,
  settings,
}: {
  readonly books: AlertBooks;
  readonly settings: AlertSettings;
}): HttpDoor {
  return {
    name: 'alertmanager-query',
    method: 'GET',
    path: '/api/v2/alerts',
    describeFault: describeAlertmanagerFault,
    async handle({ principal, query }) {
      const { active, filter } = query;
      const matches = filter === undefined || filter === '' ? () => true : parseMatcher(filter);
      const listed: unknown[] = [];
      const book = await books.of(principal.tenantId);
      for (const followed of active === 'false' ? [] : book.firing.values()) {
        if (listed.length >= listedMax) break;
        if (matches(followed.alert.labels)) listed.push(gettableAlert(followed, settings));
      }
      return jsonAnswer(listed);
    },
  };
}

/** The shape `gettableAlert` of Alertmanager's openapi.yaml. */
function gettableAlert({ alert, annotations, episode, expiresAt, updatedAt }: FollowedAlert, settings: AlertSettings) {
  const endsAt = expiresAt === Infinity ? updatedAt + settings.resolveTimeoutMs : expiresAt;
  return {
    fingerprint: alert.fingerprint,
    labels: alert.labels,
    annotations: Object.keys(annotations).length === 0 ? { summary: alert.title } : annotations,
    startsAt: iso(episode.startsAt),
    endsAt: iso(endsAt),
    updatedAt: iso(updatedAt),
    generatorURL: alert.link ?? '',
    receivers: [{ name: 'heliosiq' }],
    status: { state: 'active', silencedBy: [], inhibitedBy: [] },
  };
}

function iso(moment: number): string {
  return new Date(moment).toISOString();
}
