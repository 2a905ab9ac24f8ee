import type { LogHistogram } from '@heliosiq/api';
import type { Anomaly } from '@heliosiq/model';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { apiQuery } from '../app/queries.ts';
import { AssetName } from '../words/asset-name.tsx';
import { shortNumber } from '../words/numbers.ts';
import { readable } from '../words/sentences.ts';
import { span } from '../words/times.ts';

/** True for what was found in logs: its numbers are of lines, which are counted, not of a series that is kept. */
export function isLogAnomaly({ detector }: Anomaly): boolean {
  return detector.startsWith('log-');
}

const hourMs = 3_600_000;
const size = { width: 720, height: 160 } as const;

/** The lines of an anomaly of logs by time, before and during, with the way to the lines themselves. */
export function LogAnomalyChart({ anomaly }: { readonly anomaly: Anomaly }) {
  const { series, startedAt, lastSeenAt, detector } = anomaly;
  const pattern = series.labels['pattern'];
  const lastedMs = lastSeenAt - startedAt;
  const from = Math.floor(startedAt - Math.max(hourMs, lastedMs));
  const to = Math.ceil(lastSeenAt + Math.max(600_000, lastedMs / 4));
  const found = useQuery({
    ...apiQuery('searchLogs', {
      query: {
        ...{ from: String(from), to: String(to), asset: series.asset, limit: '1', steps: '90' },
        ...(pattern !== undefined && { pattern }),
      },
    }),
    placeholderData: keepPreviousData,
  });
  const lines = found.data?.histogram;
  return (
    <figure className="grid min-w-0 content-start gap-1.5">
      <figcaption className="grid">
        <AssetName name={series.asset} className="font-medium" />
        <span className="text-sm text-soft">
          {pattern === undefined ? 'log lines' : 'log lines of one pattern'}
          {lines !== undefined && `, each bar ${span(lines.stepMs)}`}
        </span>
      </figcaption>
      {lines === undefined ? (
        <div aria-busy={found.isPending} className="h-[160px] animate-pulse rounded-lg bg-raised" />
      ) : (
        <LineBars lines={lines} markedFrom={startedAt} markedTo={lastSeenAt} label={readable(anomaly.explanation)} />
      )}
      <p className="text-sm text-soft first-letter:uppercase wrap-anywhere">{readable(anomaly.explanation)}</p>
      <Link
        className="text-sm"
        to="/explore"
        search={{
          ...{ from, to, kind: 'log', asset: series.asset },
          ...(pattern !== undefined && detector !== 'log-rate' && { at: startedAt }),
          ...(pattern !== undefined && { pattern }),
        }}
      >
        Show the lines
      </Link>
    </figure>
  );
}

interface LineBarsProps {
  readonly lines: LogHistogram;
  readonly markedFrom: number;
  readonly markedTo: number;
  readonly label: string;
}

function LineBars({ lines: { from, stepMs, counts }, markedFrom, markedTo, label }: LineBarsProps) {
  const most = Math.max(1, ...counts);
  const width = size.width / Math.max(1, counts.length);
  const placeOf = (at: number): number => ((at - from) / stepMs) * width;
  return (
    <div className="grid gap-0.5">
      <svg
        role="img"
        aria-label={label}
        viewBox={`0 0 ${size.width} ${size.height}`}
        preserveAspectRatio="none"
        className="h-[160px] w-full rounded-lg bg-raised text-accent"
      >
        <rect
          x={placeOf(markedFrom)}
          width={Math.max(2, placeOf(markedTo) - placeOf(markedFrom))}
          height={size.height}
          className="fill-current opacity-15"
        />
        {counts.map((count, index) => {
          const height = (count / most) * (size.height - 4);
          return (
            <rect
              key={index}
              x={index * width}
              y={size.height - height}
              width={Math.max(0.5, width - 0.5)}
              height={height}
              className="fill-current"
            />
          );
        })}
      </svg>
      <span className="text-xs text-soft tabular-nums">at most {shortNumber(most)} lines a bar</span>
    </div>
  );
}
