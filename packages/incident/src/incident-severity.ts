import { type Anomaly, type AssetId, type Severity, worseSeverity } from '@heliosiq/model';
import type { IncidentCase } from './incident-case.ts';
import type { EntryPoint } from './entry-asset.ts';
import { isFelt } from './effect.ts';
import { evidenceBars, pooledWeight } from './evidence.ts';
import { metricFamily } from './metric-family.ts';
import type { Neighbourhood } from './neighbourhood.ts';

/**
 * Severity from impact, one point each: more than one asset affected; more than three; users feel it (latency or errors
 * at an entry that others depend on or that nothing calls); evidence of four and of eight times the opening bar.
 * No point is `low`, one `medium`, two or three `high`, four and more `critical`.
 */
export function impactSeverity(
  anomalies: readonly Anomaly[],
  assetsAffected: number,
  context: {
    readonly entry: EntryPoint | undefined;
    readonly neighbourhood: Neighbourhood;
  },
): Severity {
  const { entry, neighbourhood } = context;
  const system = entry === undefined ? 1 : neighbourhood.systemSize(entry.asset);
  const bars = evidenceBars({ system, tenant: neighbourhood.size });
  const weight = pooledWeight(anomalies, bars.floor);
  let points = 0;
  if (assetsAffected > 1) points += 1;
  if (assetsAffected > 3) points += 1;
  if (entry !== undefined && isFeltByUsers(entry, neighbourhood)) points += 1;
  if (weight >= 4 * bars.open) points += 1;
  if (weight >= 8 * bars.open) points += 1;
  if (points >= 4) return 'critical';
  return points >= 2 ? 'high' : points === 1 ? 'medium' : 'low';
}

/**
 * Severity of what alerts tell: what senders claim, measured against the impact. One point each for more than one, more
 * than three and more than twenty assets, for an entry that nothing calls, and for a burning error budget. A claim of
 * `critical` without any point is `high`; three points lift a claim of `high`, two one of `medium`, one one of `low`.
 */
export function alertSeverity(
  { claimedSeverity, incident, traits, alerts }: IncidentCase,
  neighbourhood: Neighbourhood,
): { readonly severity: Severity; readonly reason: string } {
  if (alerts.size === 0) return { severity: 'low', reason: '' };
  const { assets } = incident;
  const entry = assets.find((asset) => isEntry(asset, neighbourhood));
  const burns = [...traits].some((trait) => /^(slo|slo_name|sloth_slo|error_budget|burn_rate|slo_id)=/.test(trait));
  const points =
    [1, 3, 20].filter((count) => assets.length > count).length + (entry === undefined ? 0 : 1) + (burns ? 1 : 0);
  const reason = [
    `its alerts claim ${claimedSeverity}`,
    `${assets.length} asset${assets.length === 1 ? '' : 's'} affected`,
    ...(entry === undefined ? [] : [`users enter at ${entry}`]),
    ...(burns ? ['an error budget burns'] : []),
  ].join(', ');
  return { severity: measured(claimedSeverity, points), reason };
}

function measured(claimed: Severity, points: number): Severity {
  if (points >= 4) return worseSeverity(claimed, 'critical');
  if (claimed === 'critical') return points >= 1 ? 'critical' : 'high';
  if (claimed === 'high') return points >= 3 ? 'critical' : 'high';
  if (claimed === 'medium') return points >= 2 ? 'high' : 'medium';
  return points >= 3 ? 'high' : points >= 1 ? 'medium' : claimed;
}

function isEntry(asset: AssetId, neighbourhood: Neighbourhood): boolean {
  return neighbourhood.callers(asset).length === 0 && neighbourhood.callees(asset).length > 0;
}

function isFeltByUsers({ asset, anomaly }: EntryPoint, neighbourhood: Neighbourhood): boolean {
  const { family } = metricFamily(anomaly.series.metric);
  if ((family !== 'latency' && family !== 'errors') || !isFelt(anomaly)) return false;
  return neighbourhood.callees(asset).length > 0 || neighbourhood.callers(asset).length === 0;
}
