import type { Cardinality, LakeStats, RouteResponse, Routes } from '@heliosiq/api';
import { bold, dim, table } from './terminal.ts';

type Listing = RouteResponse<Routes['listLakeSeries']>;

/** The figures of a lake for a terminal. */
export function statsWords(stats: LakeStats): string {
  const rate = `${stats.isRateEstimate ? 'about ' : ''}${shortNumber(stats.samplesPerSecond)} samples/s`;
  const facts: readonly (readonly [string, string])[] = [
    [
      'series',
      `${count(stats.series)} (${count(stats.activeSeries)} active, ${count(stats.newSeries)} new in an hour)`,
    ],
    ['samples', count(stats.samples)],
    ...(stats.bytesPerSample === undefined ? [] : [['bytes a sample', shortNumber(stats.bytesPerSample)] as const]),
    ['oldest', momentWords(stats.oldestAt)],
    ['newest', momentWords(stats.newestAt)],
    ['coming in', rate],
    ['not in the lake yet', `${count(stats.lagRecords)} records of the log`],
  ];
  const sizes = stats.sizes.map(({ kind, items, bytes, isEstimate, oldestAt, newestAt }) => [
    kind,
    items === undefined ? '' : `${isEstimate ? '~' : ''}${count(items)}`,
    bytesWords(bytes),
    momentWords(oldestAt),
    momentWords(newestAt),
  ]);
  const width = Math.max(...facts.map(([name]) => name.length));
  return [
    ...facts.map(([name, value]) => `${dim(name.padEnd(width))}  ${value}`),
    '',
    sizes.length === 0 ? 'Nothing is kept yet.' : table([['KIND', 'ITEMS', 'ON DISK', 'OLDEST', 'NEWEST'], ...sizes]),
  ].join('\n');
}

/** A list of series for a terminal. */
export function seriesWords({ series, matching }: Listing): string {
  if (matching === 0) return 'No series match.';
  const rows = series.map(({ series: { asset, metric, labels, unit }, samples, firstAt, lastAt }) => [
    asset,
    metric,
    Object.entries(labels)
      .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
      .join(' '),
    unit ?? '',
    count(samples),
    momentWords(firstAt),
    momentWords(lastAt),
  ]);
  const listed = table([['ASSET', 'METRIC', 'LABELS', 'UNIT', 'SAMPLES', 'FIRST', 'LAST'], ...rows]);
  return series.length === matching ? listed : `${listed}\n${dim(`${count(matching - series.length)} more match`)}`;
}

/** What makes how many series, for a terminal. */
export function cardinalityWords(found: Cardinality): string {
  const atLeast = found.isPartial ? 'at least ' : '';
  const parts = [
    `${bold('Series')} ${atLeast}${count(found.series)}, ${count(found.newSeries)} of them new in an hour`,
    section('Labels with the most values', [
      ['LABEL', 'VALUES', 'SERIES', 'COMMONEST'],
      ...found.labels.map(({ label, values, series, commonest }) => [
        label,
        count(values),
        count(series),
        commonest.map(({ value, series: on }) => `${value} (${count(on)})`).join(', '),
      ]),
    ]),
    section('Metrics with the most series', [
      ['METRIC', 'SERIES', 'NEW'],
      ...found.metrics.map(({ metric, series, newSeries }) => [metric, count(series), count(newSeries)]),
    ]),
    section('Labels that make a metric large', [
      ['METRIC', 'LABEL', 'VALUES', 'SERIES'],
      ...found.pairs.map(({ metric, label, values, series }) => [metric, label, count(values), count(series)]),
    ]),
    section('Metrics that grew in the last hour', [
      ['METRIC', 'NEW', 'SERIES'],
      ...found.growing.map(({ metric, series, newSeries }) => [metric, count(newSeries), count(series)]),
    ]),
  ];
  return parts.filter((part) => part !== undefined).join('\n\n');
}

function section(title: string, rows: readonly (readonly string[])[]): string | undefined {
  return rows.length < 2 ? undefined : `${bold(title)}\n${table(rows)}`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function shortNumber(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}

function momentWords(at: number | undefined): string {
  return at === undefined ? '' : new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}

const sizes = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

function bytesWords(bytes: number): string {
  const power = Math.min(sizes.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return `${shortNumber(bytes / 1000 ** power)} ${sizes[power]}`;
}
