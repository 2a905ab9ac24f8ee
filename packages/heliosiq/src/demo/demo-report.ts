import type { Client } from '@heliosiq/api';
import type { Answer } from '@heliosiq/model';
import type { ReportedCitation } from './check-citations.ts';
import type { ListedIncident } from './watch-incidents.ts';

const reportedIncidents = 20;

/** One incident of the demo's JSON. */
export interface ReportedIncident {
  readonly id: string;
  readonly title: string;
  readonly status: string;
  readonly severity: string;
  readonly opened_at: string;
  readonly root_cause: string | null;
  readonly fault: string | null;
  readonly confidence: number;
  readonly verdict: string;
  readonly citations: readonly ReportedCitation[];
}

/** Those that last into the trouble first, still open before resolved, worst and newest first. */
export function byRelevance(incidents: readonly ListedIncident[], troubleFrom: number): readonly ListedIncident[] {
  const severities = ['critical', 'high', 'medium', 'low', 'info'];
  const key = ({ incident }: ListedIncident): readonly number[] => [
    incident.lastSeenAt >= troubleFrom ? 0 : 1,
    incident.status === 'resolved' ? 1 : 0,
    severities.indexOf(incident.severity),
    -incident.startedAt,
  ];
  return incidents.toSorted((a, b) => {
    const [left, right] = [key(a), key(b)];
    return left.reduce((order, value, index) => (order === 0 ? value - (right[index] ?? 0) : order), 0);
  });
}

/** The incidents with their causes and citations, the first `reportedIncidents` of them. */
export async function reportIncidents(
  client: Client,
  baseUrl: string,
  incidents: readonly ListedIncident[],
): Promise<readonly ReportedIncident[]> {
  const reported: ReportedIncident[] = [];
  for (const { incident } of incidents.slice(0, reportedIncidents)) {
    const { diagnosis, anomalies } = await client.call('getIncident', { params: { id: incident.id } });
    const cause = diagnosis?.verdict === 'fault' ? diagnosis.hypotheses[0] : undefined;
    const evidence = (cause?.evidence ?? []).map((each) => ({
      kind: each.kind,
      url: `${baseUrl}${each.url}`,
      quote: each.text,
    }));
    const observed = anomalies.slice(0, 3).map((anomaly) => ({
      kind: 'anomaly',
      url: `${baseUrl}/api/v1/anomalies/${anomaly.id}`,
      quote: anomaly.explanation,
    }));
    reported.push({
      id: incident.id,
      title: incident.title,
      status: incident.status,
      severity: incident.severity,
      opened_at: new Date(incident.openedAt).toISOString(),
      root_cause: cause?.asset ?? null,
      fault: cause?.fault ?? null,
      confidence: cause?.confidence ?? diagnosis?.confidence ?? 0,
      verdict: diagnosis?.verdict ?? 'none',
      citations: [...evidence, ...observed],
    });
  }
  return reported;
}

/** The citations of an answer with full addresses. */
export function citationsOf(answer: Answer, baseUrl: string): readonly ReportedCitation[] {
  return answer.citations.map(({ kind, url, quote }) => ({ kind, url: `${baseUrl}${url}`, quote }));
}
