/** What telemetry says of an asset, or of a class of assets, as a short dated document with links to the data. */

import type { Incident } from '@heliosiq/model';
import type { NewDocument, SeriesFeatures } from '@heliosiq/ports';

export interface AssetInsight {
  readonly asset: string;
  readonly class: string | undefined;
  readonly features: readonly SeriesFeatures[];
  /** Of this asset, in the days that `range` spans. */
  readonly incidents: readonly InsightIncident[];
  readonly range: { readonly from: number; readonly to: number };
}

/** A past incident with what caused and what ended it. */
export interface InsightIncident {
  readonly incident: Incident;
  readonly cause: string | undefined;
}

const SERIES_MAX = 20;
const FAULTS_MAX = 5;
/** The hourly means differ by more than this share of the spread before a course of the day is told. */
const COURSE_FROM = 0.5;
/** A trend is told from this share of the spread a day on. */
const TREND_FROM = 0.1;

/** One document an asset: normal ranges, course of the day, trends, and what went wrong. */
export function assetInsight({ asset, class: assetClass, features, incidents, range }: AssetInsight): NewDocument {
  const days = Math.round((range.to - range.from) / 86_400_000);
  const query = `asset=${encodeURIComponent(asset)}&from=${range.from}&to=${range.to}`;
  const lines = [
    `# Telemetry insights: ${oneLine(asset)}`,
    '',
    `What is normal for ${oneLine(asset)}, from ${features.length} series over ${days} days until ${dayText(range.to)}.`,
    `Its data: [features](/api/v1/lake/features?${query}).`,
    '',
    '## Normal ranges',
    '',
    ...features.slice(0, SERIES_MAX).flatMap(rangeLine),
    '',
    '## Course of the day and trends',
    '',
    ...orNone(
      features.slice(0, SERIES_MAX).flatMap(courseLines),
      '- No series has a clear course of the day or trend.',
    ),
    '',
    '## Frequent faults',
    '',
    ...orNone(faultLines(incidents), `- No incident named it in these ${days} days.`),
  ];
  const about = assetClass === undefined ? [] : [`class:${tagText(assetClass)}`];
  return documentOf(`insight/${oneLine(asset)}.md`.slice(0, 500), lines, [...about, tagText(asset)], range.to);
}

/** One document a class: what the assets of the class have in common, by metric. */
export function classInsight(
  assetClass: string,
  assets: readonly Pick<AssetInsight, 'asset' | 'features' | 'incidents'>[],
  range: AssetInsight['range'],
): NewDocument {
  const metrics = new Map<string, SeriesFeatures[]>();
  for (const { features } of assets) {
    for (const each of features) metrics.set(each.series.metric, [...(metrics.get(each.series.metric) ?? []), each]);
  }
  const lines = [
    `# Telemetry insights: class ${oneLine(assetClass)}`,
    '',
    `What is normal for ${assets.length} assets of class ${oneLine(assetClass)}, until ${dayText(range.to)}.`,
    '',
    '## Normal ranges',
    '',
    ...[...metrics].slice(0, SERIES_MAX).map(([metric, all]) => {
      const medians = all.map(({ quantiles }) => quantiles.p50).sort((a, b) => a - b);
      const unit = unitOf(all[0]);
      const [low, high] = [medians[0] ?? 0, medians.at(-1) ?? 0];
      return `- ${oneLine(metric)}: the medians of ${all.length} series lie between ${figure(low)} and ${figure(high)}${unit}; 95% of the time it is below ${figure(Math.max(...all.map(({ quantiles }) => quantiles.p95)))}${unit}.`;
    }),
    '',
    '## Frequent faults',
    '',
    ...orNone(faultLines(assets.flatMap(({ incidents }) => incidents)), '- No incident named any of them.'),
  ];
  return documentOf(
    `insight/class/${oneLine(assetClass)}.md`.slice(0, 500),
    lines,
    [`class:${tagText(assetClass)}`],
    range.to,
  );
}

function documentOf(source: string, lines: readonly string[], tags: readonly string[], at: number): NewDocument {
  const facets = ['insight', 'kind:insight', `date:${dayText(at)}`, 'author:heliosiq', 'trust:generated'];
  const known = [...tags, ...facets].filter((tag) => tag !== '');
  return { source, format: 'markdown', text: lines.join('\n'), tags: [...new Set(known)] };
}

function rangeLine(each: SeriesFeatures): string[] {
  if (each.samples === 0) return [];
  const { p05, p50, p95 } = each.quantiles;
  const unit = unitOf(each);
  return [
    `- ${nameOf(each)}: usually ${figure(p05)} to ${figure(p95)}${unit}, median ${figure(p50)}${unit}; the extremes were ${figure(each.min)} and ${figure(each.max)}${unit}.`,
  ];
}

function courseLines(each: SeriesFeatures): string[] {
  const spread = each.quantiles.p95 - each.quantiles.p05;
  if (!(spread > 0)) return [];
  const lines: string[] = [];
  const hours = each.profile.flatMap((mean, hour) => (mean === null ? [] : [{ mean, hour }]));
  const highest = hours.reduce((best, one) => (one.mean > best.mean ? one : best), { mean: -Infinity, hour: 0 });
  const lowest = hours.reduce((best, one) => (one.mean < best.mean ? one : best), { mean: Infinity, hour: 0 });
  if (hours.length >= 12 && highest.mean - lowest.mean >= COURSE_FROM * spread) {
    lines.push(
      `- ${nameOf(each)} is highest around ${highest.hour}:00 UTC (${figure(highest.mean)}${unitOf(each)}) and lowest around ${lowest.hour}:00 UTC (${figure(lowest.mean)}${unitOf(each)}).`,
    );
  }
  if (each.hours >= 48 && Math.abs(each.trendPerDay) >= TREND_FROM * spread) {
    const word = each.trendPerDay > 0 ? 'rises' : 'falls';
    lines.push(`- ${nameOf(each)} ${word} by ${figure(Math.abs(each.trendPerDay))}${unitOf(each)} a day.`);
  }
  return lines;
}

function faultLines(incidents: readonly InsightIncident[]): string[] {
  const byCause = new Map<string, InsightIncident[]>();
  for (const one of incidents) {
    const cause = one.cause ?? 'an unknown cause';
    byCause.set(cause, [...(byCause.get(cause) ?? []), one]);
  }
  return [...byCause]
    .sort((a, b) => b[1].length - a[1].length)
    .slice(0, FAULTS_MAX)
    .map(([cause, all]) => {
      const [last] = all;
      const link =
        last === undefined ? '' : ` Last: [${oneLine(last.incident.title)}](/incidents/${last.incident.id}).`;
      const enders = [...new Set(all.flatMap(({ incident }) => incident.resolvedBy ?? []))].slice(0, 3).map(oneLine);
      const ended = enders.length === 0 ? '' : `, ended by ${enders.join(', ')}`;
      return `- ${all.length} incident${all.length === 1 ? '' : 's'} with ${oneLine(cause)}${ended}.${link}`;
    });
}

function orNone(lines: readonly string[], none: string): readonly string[] {
  return lines.length === 0 ? [none] : lines;
}

function nameOf({ series }: SeriesFeatures): string {
  const labels = Object.entries(series.labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ');
  return oneLine(labels === '' ? series.metric : `${series.metric} (${labels})`);
}

function unitOf(each: SeriesFeatures | undefined): string {
  const unit = each?.series.unit;
  return unit === undefined || unit === '' ? '' : ` ${oneLine(unit)}`;
}

/** Four significant digits. */
function figure(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : 'unknown';
}

function dayText(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 300).toWellFormed();
}

function tagText(text: string): string {
  return oneLine(text).toLowerCase().replaceAll(',', ' ').slice(0, 90);
}
