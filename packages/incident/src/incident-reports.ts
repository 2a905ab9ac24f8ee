import { HeliosError, type Incident, type NoiseReport } from '@heliosiq/model';
import type { AnomalyStore, DiagnosisStore, IncidentReports, IncidentStore } from '@heliosiq/ports';
import { postmortemDraft } from './postmortem.ts';

export interface IncidentReportsDeps {
  readonly incidents: IncidentStore;
  readonly anomalies: AnomalyStore;
  readonly diagnoses: DiagnosisStore;
}

const countedMax = 1_000;
const rulesMax = 20;
const timelineMax = 2_000;
const weekMs = 7 * 86_400_000;

/** Writes reports from what is stored; nothing is kept. */
export function createIncidentReports({ incidents, anomalies, diagnoses }: IncidentReportsDeps): IncidentReports {
  return {
    async postmortem(tenantId, id) {
      const incident = await incidents.get(tenantId, id);
      if (incident === undefined) throw new HeliosError('not-found', 'There is no such incident.');
      const [[diagnosis], timeline, size, alerts, members] = await Promise.all([
        diagnoses.latest(tenantId, [id]),
        incidents.timeline(tenantId, id, { limit: timelineMax }),
        incidents.size(tenantId, id),
        incidents.alerts(tenantId, id, { limit: 50 }),
        incident.anomalyIds.length === 0
          ? []
          : anomalies.find(tenantId, { ids: incident.anomalyIds }, { limit: incident.anomalyIds.length }),
      ]);
      return postmortemDraft({ incident, diagnosis, timeline, size, alerts, anomalies: members });
    },

    async noise(tenantId, { from, to }) {
      if (to <= from) throw new HeliosError('invalid-request', 'The end lies before the start.', { field: 'to' });
      const [opened, { told, rules }] = await Promise.all([
        incidents.find(tenantId, { openedSince: from, openedBefore: to }, { limit: countedMax }),
        incidents.noise(tenantId, { from, to }, { limit: rulesMax }),
      ]);
      return noiseReport(opened, { from, to, told, rules });
    },
  };
}

function noiseReport(
  opened: readonly Incident[],
  { from, to, told, rules }: { from: number; to: number } & Awaited<ReturnType<IncidentStore['noise']>>,
): NoiseReport {
  const kept = opened.filter(({ mergedInto }) => mergedInto === undefined);
  const occurrences = kept.reduce((sum, incident) => sum + incident.occurrences, 0);
  const bySeverity: Record<string, number> = {};
  for (const { severity } of kept) bySeverity[severity] = (bySeverity[severity] ?? 0) + 1;
  const pages = told['notification-sent'] ?? 0;
  return {
    from,
    to,
    incidents: kept.length,
    isCut: opened.length >= countedMax,
    occurrences,
    occurrencesPerIncident: kept.length === 0 ? 0 : round(occurrences / kept.length),
    merged: opened.length - kept.length,
    reopened: told['incident-reopened'] ?? 0,
    recurrences: kept.filter(({ recurrenceOf }) => recurrenceOf !== undefined).length,
    pages,
    pagesPerWeek: round((pages * weekMs) / (to - from)),
    muted: told['notification-muted'] ?? 0,
    failed: told['notification-failed'] ?? 0,
    bySeverity,
    ...medianOf(
      'acknowledgedAfterMs',
      kept.map(({ openedAt, acknowledgedAt }) => acknowledgedAt && acknowledgedAt - openedAt),
    ),
    ...medianOf(
      'resolvedAfterMs',
      kept.map(({ openedAt, resolvedAt }) => resolvedAt && resolvedAt - openedAt),
    ),
    rules: [...rules],
  };
}

function medianOf(
  name: 'acknowledgedAfterMs' | 'resolvedAfterMs',
  times: readonly (number | undefined)[],
): Partial<Pick<NoiseReport, 'acknowledgedAfterMs' | 'resolvedAfterMs'>> {
  const known = times.filter((time) => time !== undefined).sort((a, b) => a - b);
  const middle = known[Math.floor((known.length - 1) / 2)];
  return middle === undefined ? {} : { [name]: middle };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
