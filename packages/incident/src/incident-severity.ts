import type { Anomaly, Severity } from '@heliosiq/model';
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

function isFeltByUsers({ asset, anomaly }: EntryPoint, neighbourhood: Neighbourhood): boolean {
  const { family } = metricFamily(anomaly.series.metric);
  if ((family !== 'latency' && family !== 'errors') || !isFelt(anomaly)) return false;
  return neighbourhood.callees(asset).length > 0 || neighbourhood.callers(asset).length === 0;
}
