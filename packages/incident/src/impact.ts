import { type AssetId, worseSeverity } from '@heliosiq/model';
import { contentId } from '@heliosiq/model/content-id.ts';
import type { CorrelationContext } from './case-book.ts';
import { entryPointOf, type EntryPoint } from './entry-asset.ts';
import { anomalyWeight } from './evidence.ts';
import { type IncidentCase, tell } from './incident-case.ts';
import { alertSeverity, impactSeverity } from './incident-severity.ts';
import { anomalyTitle } from './incident-title.ts';
import { metricFamily } from './metric-family.ts';

const alertPrefix = 'alert:';
const assetsMax = 200;
const anomalyIdsMax = 1_000;

/** Fingerprint of trouble told by anomalies: where users feel it and what kind of metric shows it. */
export function fingerprintOf({ asset, anomaly }: EntryPoint): string {
  return contentId('trouble', asset, metricFamily(anomaly.series.metric).family);
}

/** Fingerprint of an incident that an alert opened. */
export function alertFingerprint(fingerprint: string): string {
  return `${alertPrefix}${fingerprint}`;
}

/**
 * Brings title, severity, entry, fingerprint and the order of members up to what the members say now. Severity never
 * falls while an incident lasts: people have been told. An incident that an alert opened keeps the alert's title.
 */
export function refreshImpact(target: IncidentCase, context: CorrelationContext): void {
  const claimed = alertSeverity(target, context.neighbourhood);
  const traits = target.traits.size === 0 ? {} : { traits: [...target.traits] };
  target.incident = { ...target.incident, ...traits };
  const { incident } = target;
  const members = [...target.members.values()];
  const entry = entryPointOf(members, context.neighbourhood);
  if (entry === undefined) {
    target.incident = {
      ...incident,
      severity: worseSeverity(incident.severity, claimed.severity),
      ...(claimed.reason === '' ? {} : { severityReason: claimed.reason }),
    };
    return;
  }
  const assets = tellingOrder(target, entry);
  const isAlertLed = incident.fingerprint.startsWith(alertPrefix);
  const impact = impactSeverity(members, assets.length, {
    entry,
    neighbourhood: context.neighbourhood,
  });
  const severity = worseSeverity(worseSeverity(incident.severity, impact), claimed.severity);
  const measured = `users feel it at ${entry.asset}, ${assets.length} asset${assets.length === 1 ? '' : 's'} affected`;
  target.incident = {
    ...incident,
    severity,
    severityReason: claimed.reason === '' ? measured : `${measured}; ${claimed.reason}`,
    assets,
    anomalyIds: oldestFirst(target),
    entry: { asset: entry.asset, metric: entry.anomaly.series.metric },
    title: isAlertLed ? incident.title : anomalyTitle(entry.anomaly, assets.length),
    fingerprint: isAlertLed ? incident.fingerprint : fingerprintOf(entry),
  };
}

/** Tells of a severity that differs from the one that is stored. */
export function tellSeverity(target: IncidentCase, stored: IncidentCase['incident']['severity'], at: number): void {
  const { severity, revision } = target.incident;
  if (severity === stored) return;
  tell(target, {
    id: `severity-changed:${revision + 1}`,
    at,
    kind: 'severity-changed',
    text: `Severity is ${severity} now, it was ${stored}.`,
    ...(target.incident.severityReason === undefined ? {} : { reason: target.incident.severityReason }),
  });
}

/** The entry first, then assets by their strongest anomaly, then those that only alerts name. */
function tellingOrder(target: IncidentCase, entry: EntryPoint): AssetId[] {
  const strongest = new Map<AssetId, number>();
  for (const anomaly of target.members.values()) {
    const { asset } = anomaly.series;
    strongest.set(asset, Math.max(strongest.get(asset) ?? 0, anomalyWeight(anomaly)));
  }
  const ranked = [...strongest]
    .sort(([a, weightA], [b, weightB]) => weightB - weightA || (a < b ? -1 : 1))
    .map(([asset]) => asset);
  return [...new Set([entry.asset, ...ranked, ...target.incident.assets])].slice(0, assetsMax);
}

function oldestFirst(target: IncidentCase): IncidentCase['incident']['anomalyIds'] {
  const listed = new Set(target.incident.anomalyIds);
  const present = [...target.members.values()]
    .filter(({ id }) => listed.has(id))
    .sort((a, b) => a.startedAt - b.startedAt);
  const gone = target.incident.anomalyIds.filter((id) => !target.members.has(id));
  return [...gone, ...present.map(({ id }) => id)].slice(0, anomalyIdsMax);
}
