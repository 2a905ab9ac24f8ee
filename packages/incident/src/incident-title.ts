import type { Alert, Anomaly } from '@heliosiq/model';
import { quantityOf } from './metric-family.ts';
import { valueWords } from './value-words.ts';

/** A title in plain words, e.g. `PetSite latency is high (1.2 s, usually 0.1 s) and 4 more assets affected`. */
export function anomalyTitle(anomaly: Anomaly, assetsAffected: number): string {
  const { asset, metric, unit } = anomaly.series;
  const words = valueWords(anomaly.value, anomaly.expected, unit);
  const usual = words.seen === words.expected ? words.seen : `${words.seen}, usually ${words.expected}`;
  const name = quantityOf(metric).replaceAll('_', ' ');
  const state = anomaly.direction === 'up' ? 'high' : 'low';
  return `${asset} ${name} is ${state} (${usual})${othersAffected(assetsAffected)}`;
}

/** The title of an incident that an alert opened: the alert's own words, with the asset when they do not name it. */
export function alertTitle(alert: Alert): string {
  const named = alert.title.toLowerCase().includes(alert.asset.toLowerCase());
  return named ? alert.title : `${alert.asset}: ${alert.title}`;
}

function othersAffected(assetsAffected: number): string {
  const others = assetsAffected - 1;
  if (others <= 0) return '';
  return ` and ${others} more asset${others === 1 ? '' : 's'} affected`;
}
