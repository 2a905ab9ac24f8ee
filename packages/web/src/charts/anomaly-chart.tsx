import type { Anomaly } from '@heliosiq/model';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { apiQuery } from '../app/queries.ts';
import { readable } from '../words/sentences.ts';
import { seriesName } from '../words/series-name.ts';
import { AssetName } from '../words/asset-name.tsx';
import { BandPlot } from './band-plot.tsx';
import type { Band } from './band-plot.tsx';
import { LogAnomalyChart, isLogAnomaly } from './log-anomaly-chart.tsx';

const stepsShown = 72;

/** The chart of one anomaly: its series, or its log lines, before and during, and the anomalous stretch. */
export function AnomalyChart({ anomaly }: { readonly anomaly: Anomaly }) {
  return isLogAnomaly(anomaly) ? <LogAnomalyChart anomaly={anomaly} /> : <SeriesAnomalyChart anomaly={anomaly} />;
}

/** The series with the expected band. */
function SeriesAnomalyChart({ anomaly }: { readonly anomaly: Anomaly }) {
  const { series } = anomaly;
  const query = rangeAround(anomaly);
  const chart = useQuery({
    ...apiQuery('readSeries', { query: { id: series.id, ...query } }),
    placeholderData: keepPreviousData,
  });
  const band = useQuery({
    ...apiQuery('readBand', { params: { id: series.id }, query }),
    placeholderData: keepPreviousData,
  });
  const drawn = chart.data?.series[0];
  return (
    <figure className="grid min-w-0 content-start gap-1.5">
      <figcaption className="grid">
        <AssetName name={series.asset} className="font-medium" />
        <span className="text-sm text-soft wrap-anywhere">{seriesName(series.metric, series.labels)}</span>
      </figcaption>
      {drawn === undefined || band.isPending ? (
        <ChartPlace problem={chart.error} isEmpty={chart.isSuccess && drawn === undefined} />
      ) : (
        <BandPlot
          label={readable(anomaly.explanation)}
          unit={drawn.series.unit}
          times={drawn.times}
          values={drawn.avg}
          band={band.data ?? noBand}
          markedFrom={anomaly.startedAt}
          markedTo={anomaly.lastSeenAt}
        />
      )}
      <p className="text-sm text-soft first-letter:uppercase wrap-anywhere">{readable(anomaly.explanation)}</p>
    </figure>
  );
}

const noBand: Band = { times: [], expected: [], lower: [], upper: [] };

/** As high as a chart with its readout, so that nothing jumps when the data comes. */
function ChartPlace({ problem, isEmpty }: { readonly problem: Error | null; readonly isEmpty: boolean }) {
  if (problem !== null || isEmpty) {
    return (
      <p
        role="alert"
        className="grid h-[234px] sm:h-[214px] place-items-center rounded-lg bg-raised px-3 text-center text-sm text-soft"
      >
        {problem === null ? 'The samples of this time are not kept any more.' : `No chart: ${problem.message}.`}
      </p>
    );
  }
  return <div aria-busy="true" className="h-[234px] sm:h-[214px] animate-pulse rounded-lg bg-raised" />;
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
