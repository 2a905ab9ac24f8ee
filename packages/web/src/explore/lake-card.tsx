import type { Cardinality, JobsAnswer, LakeStats } from '@heliosiq/api';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { apiQuery } from '../app/queries.ts';
import { shortNumber } from '../words/numbers.ts';
import { ago, clock, span } from '../words/times.ts';
import { quantity } from '../words/units.ts';
import { valueWords } from './value-words.ts';

/** What the lake holds and which names make it large; asked when it is opened. */
export function LakeCard({ onMetric }: { readonly onMetric: (metric: string) => void }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="card min-w-0" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary className="cursor-pointer font-semibold">What is in the lake</summary>
      {isOpen && <LakeFacts onMetric={onMetric} />}
    </details>
  );
}

function LakeFacts({ onMetric }: { readonly onMetric: (metric: string) => void }) {
  const stats = useQuery(apiQuery('readLakeStats'));
  const cardinality = useQuery(apiQuery('readCardinality', { query: { limit: '8' } }));
  const jobs = useQuery(apiQuery('readJobs', { query: { limit: '1' } }));
  const error = stats.error ?? cardinality.error;
  if (error !== null)
    return (
      <p role="alert" className="mt-2 text-sm text-critical">
        {error.message}.
      </p>
    );
  if (stats.data === undefined || cardinality.data === undefined)
    return <div aria-busy="true" className="mt-3 h-40 animate-pulse rounded-lg bg-raised" />;
  return (
    <div className="mt-3 grid gap-4 text-sm">
      <Facts stats={stats.data} />
      <Sizes sizes={stats.data.sizes} />
      {jobs.data !== undefined && <Jobs jobs={jobs.data.jobs} now={stats.data.at} />}
      <Names found={cardinality.data} onMetric={onMetric} />
    </div>
  );
}

function Facts({ stats }: { readonly stats: LakeStats }) {
  const facts: readonly (readonly [string, string])[] = [
    ['Series', `${count(stats.series)} (${count(stats.activeSeries)} active)`],
    ['New in an hour', count(stats.newSeries)],
    ['Samples', count(stats.samples)],
    ['Bytes a sample', stats.bytesPerSample === undefined ? '–' : shortNumber(stats.bytesPerSample)],
    ['Coming in', `${stats.isRateEstimate ? 'about ' : ''}${valueWords(stats.samplesPerSecond)} samples/s`],
    ['Newest', stats.newestAt === undefined ? '–' : ago(stats.newestAt, stats.at)],
    ['Waiting in the log', `${count(stats.lagRecords)} records`],
  ];
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-0.5">
      {facts.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-soft">{name}</dt>
          <dd className="tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Sizes({ sizes }: { readonly sizes: LakeStats['sizes'] }) {
  if (sizes.length === 0) return null;
  return (
    <NameTable
      title="On disk"
      heads={['Kind', 'Items', 'Size']}
      rows={sizes.map(({ kind, items, bytes, isEstimate }) => ({
        key: kind,
        cells: [kind, items === undefined ? '' : `${isEstimate ? '~' : ''}${count(items)}`, quantity(bytes, 'By')],
      }))}
    />
  );
}

/** What comes round: when it ran, what became of it, and when it runs next. */
function Jobs({ jobs, now }: { readonly jobs: JobsAnswer['jobs']; readonly now: number }) {
  return (
    <NameTable
      title="Jobs"
      heads={['Job', 'Last run', 'Next']}
      rows={jobs.map(({ name, nextAt, runningSince, requestedBy, lastRun }) => ({
        key: name,
        cells: [
          name,
          lastRun === undefined
            ? 'none yet'
            : `${lastRun.outcome}, ${ago(lastRun.startedAt, now)}, ${span(lastRun.durationMs)}`,
          runningSince === undefined ? (requestedBy === undefined ? clock(nextAt, now) : 'asked for') : 'running',
        ],
      }))}
    />
  );
}

function Names({ found, onMetric }: { readonly found: Cardinality; readonly onMetric: (metric: string) => void }) {
  const metricButton = (metric: string) => (
    <button
      type="button"
      className="cursor-pointer text-left text-link hover:underline"
      onClick={() => onMetric(metric)}
    >
      {metric}
    </button>
  );
  return (
    <>
      {found.isPartial && <p className="text-soft">There is more than was counted: the numbers are least ones.</p>}
      <NameTable
        title="Labels with the most values"
        heads={['Label', 'Values', 'Series']}
        rows={found.labels.map(({ label, values, series }) => ({
          key: label,
          cells: [label, count(values), count(series)],
        }))}
      />
      <NameTable
        title="Metrics with the most series"
        heads={['Metric', 'Series', 'New']}
        rows={found.metrics.map(({ metric, series, newSeries }) => ({
          key: metric,
          cells: [metricButton(metric), count(series), count(newSeries)],
        }))}
      />
      <NameTable
        title="Labels that make a metric large"
        heads={['Metric and label', 'Values', 'Series']}
        rows={found.pairs.map(({ metric, label, values, series }) => ({
          key: `${metric} ${label}`,
          cells: [
            <>
              {metricButton(metric)} <span className="text-soft">{label}</span>
            </>,
            count(values),
            count(series),
          ],
        }))}
      />
    </>
  );
}

interface NameTableProps {
  readonly title: string;
  readonly heads: readonly string[];
  readonly rows: readonly { readonly key: string; readonly cells: readonly ReactNode[] }[];
}

/** Names on the left, figures on the right. */
function NameTable({ title, heads, rows }: NameTableProps) {
  if (rows.length === 0) return null;
  const sideOf = (column: number): string => (column === 0 ? 'wrap-anywhere' : 'pl-3 text-right whitespace-nowrap');
  return (
    <table className="w-full tabular-nums">
      <caption className="pb-1 text-left font-medium">{title}</caption>
      <thead className="text-left text-xs text-soft">
        <tr>
          {heads.map((head, column) => (
            <th key={head} scope="col" className={`font-medium ${sideOf(column)}`}>
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ key, cells }) => (
          <tr key={key} className="border-t border-line">
            {cells.map((cell, column) => (
              <td key={heads[column]} className={`py-0.5 ${sideOf(column)}`}>
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}
