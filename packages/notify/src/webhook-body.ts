import type { Diagnosis, Incident } from '@heliosiq/model';

/** What a message says besides the incident. */
export interface MessageContext {
  readonly receiver: string;
  readonly diagnosis: Diagnosis | undefined;
  /** Where people open HeliosIQ, without a slash at the end. */
  readonly publicUrl: string;
}

/**
 * The body of a webhook in the shape that Alertmanager sends (version 4, one alert per incident), so that every receiver
 * of Alertmanager webhooks can take it. https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */
export function webhookBody(incident: Incident, { receiver, diagnosis, publicUrl }: MessageContext): string {
  const status = incident.status === 'resolved' ? 'resolved' : 'firing';
  const url = `${publicUrl}/incidents/${incident.id}`;
  const labels = {
    alertname: 'HeliosIQIncident',
    incident: incident.id,
    severity: incident.severity,
    tenant: incident.tenantId,
    ...(incident.entry === undefined ? {} : { asset: incident.entry.asset, metric: incident.entry.metric }),
  };
  const { assignee, watchers = [], symptomOf, recurrenceOf } = incident;
  const annotations = {
    summary: incident.title,
    ...causeOf(diagnosis),
    ...(assignee === undefined ? {} : { assignee }),
    ...(watchers.length === 0 ? {} : { watchers: watchers.join(', ') }),
    ...(symptomOf === undefined ? {} : { symptom_of: symptomOf }),
    ...(recurrenceOf === undefined ? {} : { recurrence_of: recurrenceOf }),
    url,
  };
  return JSON.stringify({
    version: '4',
    groupKey: `{}:{incident="${incident.id}"}`,
    truncatedAlerts: 0,
    status,
    receiver,
    groupLabels: { incident: incident.id },
    commonLabels: labels,
    commonAnnotations: annotations,
    externalURL: publicUrl,
    alerts: [
      {
        status,
        labels,
        annotations,
        startsAt: new Date(incident.startedAt).toISOString(),
        endsAt:
          status === 'resolved'
            ? new Date(incident.resolvedAt ?? incident.updatedAt).toISOString()
            : '0001-01-01T00:00:00Z',
        generatorURL: url,
        fingerprint: incident.id.replaceAll('-', '').slice(-16),
      },
    ],
  });
}

function causeOf(diagnosis: Diagnosis | undefined): Readonly<Record<string, string>> {
  if (diagnosis === undefined) return {};
  const [first] = diagnosis.hypotheses;
  return {
    verdict: diagnosis.verdict,
    description: diagnosis.summary,
    confidence: diagnosis.confidence.toFixed(2),
    ...(diagnosis.verdict === 'fault' && first !== undefined ? { root_cause: `${first.asset} (${first.fault})` } : {}),
  };
}
