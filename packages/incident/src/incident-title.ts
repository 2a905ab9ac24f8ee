import type { Alert, Anomaly } from '@heliosiq/model';
import { quantityOf } from './metric-family.ts';
import { valueWords } from './value-words.ts';

/** A title in plain words, e.g. `PetSite latency is high (1.2 s, usually 0.1 s) and 4 more assets affected`. */
export function anomalyTitle(anomaly: Anomaly, assetsAffected: number): string {
  const { asset, metric, unit } = anomaly.series;
  const words = valueWords(anomaly.value, anomaly.expected, unit);
  if (anomaly.detector === 'forecast') return forecastTitle(anomaly, assetsAffected);
  if (anomaly.detector === 'silence') return silenceTitle(anomaly, words.expected, assetsAffected);
  const usual = words.seen === words.expected ? words.seen : `${words.seen}, usually ${words.expected}`;
  const name = quantityOf(metric).replaceAll('_', ' ');
  const state = anomaly.direction === 'up' ? 'high' : 'low';
  return `${asset} ${name} is ${state} (${usual})${othersAffected(assetsAffected)}`;
}

/** A forecast's metric says what will be used up, its value in how many seconds. */
function forecastTitle({ series: { asset, metric }, value }: Anomaly, assetsAffected: number): string {
  const what = /^time until (.*) is used up$/.exec(metric)?.[1] ?? metric;
  const [size, unit] = value >= 172_800 ? [86_400, 'days'] : value >= 7200 ? [3600, 'hours'] : [60, 'minutes'];
  const left = Math.max(1, Math.round(value / size));
  return `${asset} ${what.replaceAll('_', ' ')} is used up in about ${left} ${left === 1 ? unit.slice(0, -1) : unit}${othersAffected(assetsAffected)}`;
}

/** Of silence the numbers say nothing that the fact itself does not: who sends nothing any more. */
function silenceTitle({ series }: Anomaly, usual: string, assetsAffected: number): string {
  const { labels } = series;
  const [scope, metric] = [labels['scope'], labels['metric']];
  if (scope === 'tenant')
    return `Nothing comes from anyone: ${series.asset}, which usually sends every ${usual}, and all others are silent`;
  const who = metric === undefined ? series.asset : `${metric} of ${series.asset}`;
  return `${who} sends nothing any more (usually every ${usual})${othersAffected(assetsAffected)}`;
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
