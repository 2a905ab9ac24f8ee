import type { Anomaly } from '@heliosiq/model';
import { useQuery } from '@tanstack/react-query';
import { apiQuery } from '../app/queries.ts';
import { unitWord } from '../words/numbers.ts';
import { BandPlot } from './band-plot.tsx';

const stepsShown = 72;
const emptyBand = { times: [], expected: [], lower: [], upper: [] };

/** The chart of one anomaly: its series before and during, the expected band, the anomalous stretch. */
export function AnomalyChart({ anomaly }: { readonly anomaly: Anomaly }) {
  const range = rangeAround(anomaly);
  const { series } = anomaly;
  const chart = useQuery(apiQuery('readSeries', { query: { id: series.id, ...range } }));
  const band = useQuery(apiQuery('readBand', { params: { id: series.id }, query: range }));
  const drawn = chart.data?.series[0];
  const labels = Object.values(series.labels).join(' ');
  return (
    <figure className="grid gap-1">
      <figcaption className="flex flex-wrap items-baseline gap-x-2">
        <span className="font-medium">
          {series.metric} {labels}
        </span>
        <span className="text-sm text-soft">{series.asset}</span>
      </figcaption>
      {drawn === undefined ? (
        <div className="h-[200px] animate-pulse rounded-lg bg-raised" aria-busy={chart.isPending} />
      ) : (
        <BandPlot
          label={anomaly.explanation}
          unit={unitWord(series.unit)}
          times={drawn.times}
          values={drawn.avg}
          band={band.data ?? emptyBand}
          marked={{ from: anomaly.startedAt, to: anomaly.lastSeenAt }}
        />
      )}
      <p className="text-sm text-soft">{anomaly.explanation}</p>
    </figure>
  );
}

/** Some seventy sampling steps before the anomaly and a few after it. */
function rangeAround({ startedAt, lastSeenAt, baseline }: Anomaly): { readonly from: string; readonly to: string } {
  const stepMs = Math.max(1000, (baseline.to - baseline.from) / Math.max(1, baseline.samples - 1));
  const long = lastSeenAt - startedAt;
  return {
    from: String(Math.floor(startedAt - Math.max(stepsShown * stepMs, long))),
    to: String(Math.ceil(lastSeenAt + 6 * stepMs)),
  };
}
