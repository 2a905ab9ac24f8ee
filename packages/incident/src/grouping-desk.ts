import {
  type Anomaly,
  type AssetId,
  HeliosError,
  type Incident,
  type IncidentAlert,
  type IncidentCorrection,
  type IncidentEvent,
  newIncidentId,
  orderedId,
  type TimelineEntry,
  worseSeverity,
} from '@heliosiq/model';
import type { AnomalyStore, IncidentStep, IncidentStore, MemberChoice } from '@heliosiq/ports';
import { contentId } from '@heliosiq/model/content-id.ts';
import { correctionKeys } from './corrections.ts';
import { lifecycleEntryId } from './incident-case.ts';
import { mergeActor } from './merging.ts';

const memberIdsMax = 1_000;
const assetsMax = 200;
const alertsReadMax = 50_000;
const pageMax = 1_000;

/** An incident with its members as stored. */
export interface WholeIncident {
  readonly incident: Incident;
  readonly anomalies: readonly Anomaly[];
  readonly alerts: readonly IncidentAlert[];
}

/** A change of grouping: what is stored together, and announced then. */
export interface Regrouping {
  readonly steps: readonly (IncidentStep & { readonly kind: IncidentEvent['kind'] })[];
  readonly correction: IncidentCorrection;
  /** What the person is answered. */
  readonly answer: Incident;
}

/** Who regroups, when and why. */
export interface Regrouper {
  readonly actor: string;
  readonly at: number;
  readonly note?: string | undefined;
}

/** Reads an incident with up to 50,000 of its alerts. */
export async function readWhole(
  incident: Incident,
  { incidents, anomalies }: { readonly incidents: IncidentStore; readonly anomalies: AnomalyStore },
): Promise<WholeIncident> {
  const { tenantId, id, anomalyIds } = incident;
  const members =
    anomalyIds.length === 0 ? [] : await anomalies.find(tenantId, { ids: anomalyIds }, { limit: anomalyIds.length });
  const alerts: IncidentAlert[] = [];
  for (let after: string | undefined; alerts.length < alertsReadMax;) {
    const page = await incidents.alerts(tenantId, id, { limit: pageMax, ...(after === undefined ? {} : { after }) });
    alerts.push(...page);
    after = page.at(-1)?.fingerprint;
    if (page.length < pageMax) break;
  }
  return { incident, anomalies: members, alerts };
}

/** All members of `from` become members of `into`, and `from` goes on there. */
export function merged(from: WholeIncident, into: WholeIncident, by: Regrouper): Regrouping {
  if (from.incident.id === into.incident.id) throw unfit('An incident cannot be merged with itself.', 'into');
  for (const { incident } of [from, into]) {
    if (incident.mergedInto !== undefined) throw wentOn(incident);
  }
  const given = from.incident;
  const joined = next(
    {
      ...withMembers(into.incident, from),
      severity: worseSeverity(into.incident.severity, given.severity),
      occurrences: into.incident.occurrences + given.occurrences,
    },
    by,
  );
  return {
    steps: [
      {
        kind: 'incident-updated',
        incident: joined,
        entries: [line('incident-merged', by, `One with another incident: ${given.title}`, given)],
        alertsFrom: [given.id],
      },
      {
        kind: 'incident-resolved',
        incident: next(
          { ...given, status: 'resolved', resolvedAt: by.at, resolvedBy: mergeActor, mergedInto: into.incident.id },
          by,
        ),
        entries: [
          {
            ...line('incident-merged', by, `Goes on in another incident: ${into.incident.title}`, into.incident),
            id: lifecycleEntryId('incident-resolved', given.revision + 1),
          },
        ],
      },
    ],
    correction: correctionOf('together', from, { other: into, by }),
    answer: joined,
  };
}

/** Some members leave `from` for `into`, or for a new incident. */
export function parted(
  from: WholeIncident,
  choice: { readonly members: MemberChoice; readonly into?: WholeIncident | undefined },
  by: Regrouper,
): Regrouping {
  const { into } = choice;
  if (into?.incident.id === from.incident.id) throw unfit('The members are in that incident already.', 'into');
  for (const whole of [from, ...(into === undefined ? [] : [into])]) {
    if (whole.incident.mergedInto !== undefined) throw wentOn(whole.incident);
  }
  const { gone, kept } = partition(from, choice.members);
  const count = gone.anomalies.length + gone.alerts.length;
  if (count === 0) throw unfit('None of these are members of the incident.', 'members');
  if (kept.anomalies.length + kept.alerts.length === 0) {
    throw unfit('These are all of its members: merge the incidents instead.', 'members');
  }
  const target = into?.incident ?? openedFor(from.incident, gone, by);
  const moved = occurrencesOf(gone);
  const { entry, ...withoutEntry } = from.incident;
  const joined = next({ ...withMembers(target, gone), occurrences: target.occurrences + moved }, by);
  const left = next(
    {
      ...withoutEntry,
      ...(entry !== undefined && assetsOf(kept).includes(entry.asset) ? { entry } : {}),
      assets: assetsOf(kept),
      anomalyIds: kept.anomalies.map(({ id }) => id),
      alertFingerprints: kept.alerts.map(({ fingerprint }) => fingerprint).slice(0, memberIdsMax),
      occurrences: Math.max(1, from.incident.occurrences - moved),
    },
    by,
  );
  const words = `${count} ${count === 1 ? 'member' : 'members'}`;
  const opening: TimelineEntry[] =
    into === undefined
      ? [
          {
            ...line('incident-split', by, `Split from another incident with ${words}: ${left.title}`, left),
            id: lifecycleEntryId('incident-opened', 1),
          },
        ]
      : [line('members-moved', by, `${words} came from another incident: ${left.title}`, left)];
  return {
    steps: [
      {
        kind: 'incident-updated',
        incident: left,
        entries: [
          line(
            into === undefined ? 'incident-split' : 'members-moved',
            by,
            `${words} went to another incident: ${joined.title}`,
            joined,
          ),
        ],
        alertsGone: gone.alerts.map(({ fingerprint }) => fingerprint),
      },
      {
        kind: into === undefined ? 'incident-opened' : 'incident-updated',
        incident: joined,
        entries: opening,
        alerts: gone.alerts,
      },
    ],
    correction: correctionOf('apart', { incident: joined, ...gone }, { other: { incident: left, ...kept }, by }),
    answer: joined,
  };
}

interface Members {
  readonly anomalies: readonly Anomaly[];
  readonly alerts: readonly IncidentAlert[];
}

function partition(from: Members, { anomalyIds = [], alertFingerprints = [], assets = [] }: MemberChoice) {
  const isChosenAnomaly = ({ id, series }: Anomaly): boolean =>
    anomalyIds.includes(id) || assets.includes(series.asset);
  const fingerprints = new Set(alertFingerprints);
  const isChosenAlert = ({ fingerprint, asset }: IncidentAlert): boolean =>
    fingerprints.has(fingerprint) || assets.includes(asset);
  return {
    gone: { anomalies: from.anomalies.filter(isChosenAnomaly), alerts: from.alerts.filter(isChosenAlert) },
    kept: {
      anomalies: from.anomalies.filter((anomaly) => !isChosenAnomaly(anomaly)),
      alerts: from.alerts.filter((alert) => !isChosenAlert(alert)),
    },
  };
}

/** A new incident, revision 0, as bad as the one that its members come from. */
function openedFor(from: Incident, members: Members, by: Regrouper): Incident {
  const [anomaly] = members.anomalies;
  const [alert] = members.alerts;
  const asset = anomaly?.series.asset ?? alert?.asset ?? '';
  const title = anomaly?.explanation ?? `${alert?.asset ?? ''}: ${alert?.title ?? ''}`;
  return {
    id: newIncidentId(),
    tenantId: from.tenantId,
    revision: 0,
    title,
    status: 'open',
    severity: from.severity,
    fingerprint: alert === undefined ? contentId('split', asset, title) : `alert:${alert.fingerprint}`,
    startedAt: Number.MAX_SAFE_INTEGER,
    openedAt: by.at,
    updatedAt: by.at,
    lastSeenAt: Number.MIN_SAFE_INTEGER,
    reopenedCount: 0,
    assets: [],
    anomalyIds: [],
    alertFingerprints: [],
    occurrences: 0,
    splitFrom: from.id,
    ...(anomaly === undefined ? {} : { entry: { asset: anomaly.series.asset, metric: anomaly.series.metric } }),
  };
}

function withMembers(incident: Incident, { anomalies, alerts }: Members): Incident {
  const started = [...anomalies.map(({ startedAt }) => startedAt), ...alerts.map(({ firstAt }) => firstAt)];
  const seen = [...anomalies.map(({ lastSeenAt }) => lastSeenAt), ...alerts.map(({ seenAt }) => seenAt)];
  return {
    ...incident,
    startedAt: started.reduce((first, at) => Math.min(first, at), incident.startedAt),
    lastSeenAt: seen.reduce((last, at) => Math.max(last, at), incident.lastSeenAt),
    assets: [...new Set([...incident.assets, ...assetsOf({ anomalies, alerts })])].slice(0, assetsMax),
    anomalyIds: [...new Set([...incident.anomalyIds, ...anomalies.map(({ id }) => id)])].slice(0, memberIdsMax),
    alertFingerprints: [
      ...new Set([...incident.alertFingerprints, ...alerts.map(({ fingerprint }) => fingerprint)]),
    ].slice(0, memberIdsMax),
  };
}

function assetsOf({ anomalies, alerts }: Members): AssetId[] {
  const all = [...anomalies.map(({ series }) => series.asset), ...alerts.map(({ asset }) => asset)];
  return [...new Set(all)].slice(0, assetsMax);
}

function occurrencesOf({ anomalies, alerts }: Members): number {
  return anomalies.length + alerts.reduce((sum, { occurrences }) => sum + occurrences, 0);
}

/** What is learnt: assets on one side only are named by the asset, so that the next trouble of theirs is known too. */
function correctionOf(
  kind: IncidentCorrection['kind'],
  one: WholeIncident,
  { other, by }: { readonly other: WholeIncident; readonly by: Regrouper },
): IncidentCorrection {
  const sides = [one, other] as const;
  const [left = [], right = []] = sides.map((side, index) => {
    const others = new Set(assetsOf(sides[1 - index] ?? side));
    return correctionKeys({
      fingerprints: side.alerts.map(({ fingerprint }) => fingerprint),
      seriesIds: side.anomalies.map(({ series }) => series.id),
      assets: assetsOf(side).filter((asset) => !others.has(asset)),
    });
  });
  return {
    id: orderedId(),
    at: by.at,
    actor: by.actor,
    kind,
    left,
    right,
    incidentIds: [one.incident.id, other.incident.id],
    ...(by.note === undefined ? {} : { note: by.note }),
  };
}

function next(incident: Incident, { at }: Regrouper): Incident {
  return { ...incident, revision: incident.revision + 1, updatedAt: at };
}

function line(kind: TimelineEntry['kind'], by: Regrouper, text: string, about: Incident): TimelineEntry {
  const reason = by.note === undefined ? `${by.actor} said so` : `${by.actor}: ${by.note}`;
  return {
    id: `${kind}:${orderedId()}`,
    at: by.at,
    kind,
    text,
    reason,
    actor: by.actor,
    url: `/api/v1/incidents/${about.id}`,
  };
}

function unfit(message: string, field: string): HeliosError {
  return new HeliosError('invalid-request', message, { field });
}

function wentOn({ mergedInto }: Incident): HeliosError {
  return new HeliosError('conflict', 'The incident went on in another one.', { cure: `Take ${mergedInto ?? 'that'}.` });
}
