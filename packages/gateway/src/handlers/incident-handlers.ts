import { HeliosError, isSilencedBy } from '@heliosiq/model';
import type { Diagnosis, Evidence, Incident, IncidentId, Principal, TenantId } from '@heliosiq/model';
import type {
  AnomalyStore,
  ChartReader,
  DiagnosisStore,
  IncidentDesk,
  IncidentReports,
  IncidentStore,
  SilenceStore,
} from '@heliosiq/ports';

import type { LiveEvents } from '../live-events.ts';
import type { Handlers } from './handler.ts';
import { specialAnswer } from './handler.ts';

export interface IncidentHandlerDeps {
  readonly incidents: IncidentStore;
  readonly desk: IncidentDesk;
  readonly reports: IncidentReports;
  readonly silences: SilenceStore;
  /** Wall clock, milliseconds since the epoch. */
  readonly now: () => number;
  readonly diagnoses: DiagnosisStore;
  readonly anomalies: AnomalyStore;
  readonly charts: ChartReader;
  readonly liveEvents: LiveEvents;
}

const anomaliesShownMax = 200;
const timelineShownMax = 500;
const alertsShownMax = 50;
const membersNamedMax = 100;
const historyMax = 100;
const silencesReadMax = 1000;
const weekMs = 7 * 86_400_000;

export function incidentHandlers(deps: IncidentHandlerDeps) {
  const { incidents, desk, diagnoses, anomalies, charts, liveEvents, silences, now } = deps;

  async function incidentOf(tenantId: TenantId, id: IncidentId): Promise<Incident> {
    const incident = await incidents.get(tenantId, id);
    if (incident === undefined) throw missing('incident', 'id');
    return incident;
  }

  return {
    async listIncidents({ principal: { tenantId }, query: { status, asset, merged, limit } }) {
      const filter = {
        ...(status === undefined ? {} : { statuses: [status] }),
        ...(asset === undefined ? {} : { assets: [asset] }),
        ...(merged === 'true' ? {} : ({ isMerged: false } as const)),
      };
      const found = await incidents.find(tenantId, filter, { limit });
      const at = now();
      const [latest, quiet] = await Promise.all([
        diagnoses.latest(
          tenantId,
          found.map(({ id }) => id),
        ),
        silences.list(tenantId, { endingAfter: at, limit: silencesReadMax }),
      ]);
      const causeOf = new Map(latest.map((diagnosis) => [diagnosis.incidentId, causeSummary(diagnosis)]));
      return {
        incidents: found.map((incident) => {
          const cause = causeOf.get(incident.id);
          const silence = quiet.find((candidate) => isSilencedBy(incident, candidate, at));
          return {
            incident: briefly(incident),
            ...(cause === undefined ? {} : { cause }),
            ...(silence === undefined ? {} : { muted: `${silence.kind} by ${silence.author}: ${silence.reason}` }),
          };
        }),
      };
    },

    async getIncident({ principal: { tenantId }, params: { id } }) {
      const incident = await incidentOf(tenantId, id);
      const at = now();
      const [[diagnosis], members, timeline, size, alerts, quiet] = await Promise.all([
        diagnoses.latest(tenantId, [id]),
        incident.anomalyIds.length === 0
          ? []
          : anomalies.find(tenantId, { ids: incident.anomalyIds }, { limit: incident.anomalyIds.length }),
        incidents.timeline(tenantId, id, { limit: timelineShownMax }),
        incidents.size(tenantId, id),
        incidents.alerts(tenantId, id, { limit: alertsShownMax }),
        silences.list(tenantId, { endingAfter: at, limit: silencesReadMax }),
      ]);
      return {
        incident,
        ...(diagnosis === undefined ? {} : { diagnosis }),
        anomalies: members.toSorted((a, b) => b.score - a.score).slice(0, anomaliesShownMax),
        timeline: [...timeline],
        size,
        alerts: [...alerts],
        silences: quiet.filter((silence) => isSilencedBy(incident, silence, at)),
      };
    },

    acknowledgeIncident: async ({ principal, params: { id }, body: { note } }) =>
      withNote(desk, principal, await desk.acknowledge(principal, id), note),

    resolveIncident: ({ principal, params: { id }, body: { note } }) => desk.resolve(principal, id, note),

    reopenIncident: ({ principal, params: { id }, body: { note } }) => desk.reopen(principal, id, note),

    commentOnIncident: ({ principal, params: { id }, body: { text } }) => desk.comment(principal, id, text),

    mitigateIncident: ({ principal, params: { id }, body: { note } }) => desk.mitigate(principal, id, note),

    assignIncident: ({ principal, params: { id }, body: { assignee } }) => desk.assign(principal, id, assignee),

    watchIncident: ({ principal, params: { id }, body: { isWatching } }) => desk.watch(principal, id, isWatching),

    mergeIncident: ({ principal, params: { id }, body: { into, note } }) =>
      desk.merge(principal, id, { into, ...(note === undefined ? {} : { note }) }),

    splitIncident: ({ principal, params: { id }, body: { into, note, anomalyIds, alertFingerprints, assets } }) =>
      desk.split(principal, id, {
        members: {
          ...(anomalyIds === undefined ? {} : { anomalyIds }),
          ...(alertFingerprints === undefined ? {} : { alertFingerprints }),
          ...(assets === undefined ? {} : { assets }),
        },
        ...(into === undefined ? {} : { into }),
        ...(note === undefined ? {} : { note }),
      }),

    async listIncidentTimeline({ principal: { tenantId }, params: { id }, query }) {
      await incidentOf(tenantId, id);
      return { timeline: [...(await incidents.timeline(tenantId, id, query))] };
    },

    async listIncidentAlerts({ principal: { tenantId }, params: { id }, query: { limit, after } }) {
      await incidentOf(tenantId, id);
      const page = { limit, ...(after === undefined ? {} : { after }) };
      return { alerts: [...(await incidents.alerts(tenantId, id, page))] };
    },

    getPostmortem: ({ principal: { tenantId }, params: { id } }) => deps.reports.postmortem(tenantId, id),

    getNoiseReport({ principal: { tenantId }, query: { to = now(), from = to - weekMs } }) {
      return deps.reports.noise(tenantId, { from, to });
    },

    async listDiagnoses({ principal: { tenantId }, params: { id }, query: { limit } }) {
      await incidentOf(tenantId, id);
      return { diagnoses: [...(await diagnoses.history(tenantId, id, { limit }))] };
    },

    async getEvidence({ principal: { tenantId }, params: { id, diagnosisId, evidenceId }, signal }) {
      const history = await diagnoses.history(tenantId, id, { limit: historyMax });
      const diagnosis = history.find((candidate) => candidate.id === diagnosisId);
      if (diagnosis === undefined) throw missing('diagnosis', 'diagnosisId');
      const evidence = diagnosis.hypotheses
        .flatMap((hypothesis) => hypothesis.evidence)
        .find((item) => item.id === evidenceId);
      if (evidence === undefined) throw missing('piece of evidence', 'evidenceId');
      return {
        evidence,
        incidentId: id,
        series: await samplesAround(charts, { tenantId, diagnosis, evidence, signal }),
      };
    },

    async streamEvents({ principal: { tenantId }, lastEventId, signal }) {
      return specialAnswer(200, 'text/event-stream', liveEvents.subscribe(tenantId, { lastEventId, signal }));
    },
  } satisfies Handlers<
    | 'listIncidents'
    | 'getIncident'
    | 'acknowledgeIncident'
    | 'resolveIncident'
    | 'reopenIncident'
    | 'commentOnIncident'
    | 'mitigateIncident'
    | 'assignIncident'
    | 'watchIncident'
    | 'mergeIncident'
    | 'splitIncident'
    | 'listIncidentTimeline'
    | 'listIncidentAlerts'
    | 'getPostmortem'
    | 'getNoiseReport'
    | 'listDiagnoses'
    | 'getEvidence'
    | 'streamEvents'
  >;
}

/** An incident for a list: a storm's thousands of members are not named. */
function briefly(incident: Incident): Incident {
  const { anomalyIds, alertFingerprints } = incident;
  return {
    ...incident,
    anomalyIds: anomalyIds.slice(0, membersNamedMax),
    alertFingerprints: alertFingerprints.slice(0, membersNamedMax),
  };
}

function causeSummary({ verdict, confidence, summary, hypotheses: [first] }: Diagnosis) {
  const cause = verdict === 'fault' && first !== undefined ? { asset: first.asset, fault: first.fault } : {};
  return { verdict, confidence, summary, ...cause };
}

async function withNote(
  desk: IncidentDesk,
  principal: Principal,
  incident: Incident,
  note?: string,
): Promise<Incident> {
  return note === undefined || note.trim() === '' ? incident : desk.comment(principal, incident.id, note);
}

interface EvidenceContext {
  readonly tenantId: TenantId;
  readonly diagnosis: Diagnosis;
  readonly evidence: Evidence;
  readonly signal: AbortSignal;
}

/** The metric that the evidence speaks about, from the baseline to the end of the fault: the mean per step. */
async function samplesAround(charts: ChartReader, { tenantId, diagnosis, evidence, signal }: EvidenceContext) {
  const { baselineFrom: from, faultTo } = diagnosis.window;
  if (evidence.metric === undefined || faultTo < from) return [];
  const filter = { assets: [evidence.asset], metric: evidence.metric };
  const found = await charts.chart(tenantId, filter, { from, to: faultTo + 1 }, { signal });
  return found.map(({ series: { labels, unit }, times, avg }) => ({
    labels,
    ...(unit === undefined ? {} : { unit }),
    times: [...times],
    values: [...avg],
  }));
}

function missing(what: string, field: string): HeliosError {
  return new HeliosError('not-found', `There is no such ${what}`, { field, cure: 'Look it up in the list' });
}
