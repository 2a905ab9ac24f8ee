import type { Anomaly } from '@heliosiq/model';
import { readable } from '../words/sentences.ts';
import { seriesName } from '../words/series-name.ts';
import { moment } from '../words/times.ts';

const stripsMax = 40;

interface Strip {
  readonly key: string;
  readonly name: string;
  readonly anomalies: readonly Anomaly[];
}

/** Anomalies on a line of time, one line for each series; the busiest first. */
export function AnomalyStrips({
  anomalies,
  range,
}: {
  readonly anomalies: readonly Anomaly[];
  readonly range: { readonly from: number; readonly to: number };
}) {
  const strips = stripsOf(anomalies);
  const place = (at: number): number => Math.max(0, Math.min(100, (100 * (at - range.from)) / (range.to - range.from)));
  return (
    <figure className="grid gap-2">
      <ul className="grid gap-1.5">
        {strips.slice(0, stripsMax).map(({ key, name, anomalies: own }) => (
          <li key={key} className="grid gap-x-3 sm:grid-cols-[16rem_1fr] sm:items-center">
            <span className="truncate text-sm" title={name}>
              {name}
            </span>
            <span className="relative h-4 rounded bg-raised">
              {own.map((one) => {
                const from = place(one.startedAt);
                const to = place(one.endedAt ?? one.lastSeenAt);
                const title = `${moment(one.startedAt)}: ${readable(one.explanation)}`;
                return (
                  <span
                    key={one.id}
                    role="img"
                    aria-label={title}
                    title={title}
                    className="absolute inset-y-0 min-w-1 rounded-sm bg-critical"
                    style={{ left: `${from}%`, width: `${Math.max(0, to - from)}%` }}
                  />
                );
              })}
            </span>
          </li>
        ))}
      </ul>
      <figcaption className="flex justify-between text-sm text-soft tabular-nums">
        <span>{moment(range.from)}</span>
        {strips.length > stripsMax && <span>and {strips.length - stripsMax} more series</span>}
        <span>{moment(range.to)}</span>
      </figcaption>
    </figure>
  );
}

function stripsOf(anomalies: readonly Anomaly[]): readonly Strip[] {
  const bySeries = Map.groupBy(anomalies, ({ series }) => series.id);
  return [...bySeries.entries()]
    .flatMap(([key, own]) => {
      const series = own[0]?.series;
      return series === undefined
        ? []
        : [{ key, name: `${series.asset}: ${seriesName(series.metric, series.labels)}`, anomalies: own }];
    })
    .sort((a, b) => b.anomalies.length - a.anomalies.length);
}
