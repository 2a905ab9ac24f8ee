import type { Anomaly } from '@heliosiq/model';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { LoadState } from '../app/load-state.tsx';
import { PageTitle } from '../app/page-title.tsx';
import { apiQuery } from '../app/queries.ts';
import { AnomalyChart } from '../charts/anomaly-chart.tsx';
import { ChartKey } from '../charts/chart-key.tsx';
import { Contributors, SimilarAnomalies, Standing, seasonFacts } from '../detection/anomaly-background.tsx';
import { DismissButton } from '../detection/dismiss-button.tsx';
import { shortNumber } from '../words/numbers.ts';
import { readable } from '../words/sentences.ts';
import { seriesName } from '../words/series-name.ts';
import { moment, span } from '../words/times.ts';
import { quantity } from '../words/units.ts';
import { BackLink } from './back-link.tsx';
import { FactList } from './fact-list.tsx';

/** One anomaly: its sentence, its chart, its numbers. */
export function AnomalyPage() {
  const { id } = useParams({ from: '/anomalies/$id' });
  const found = useQuery(apiQuery('getAnomaly', { params: { id } }));
  const context = useQuery(apiQuery('readAnomalyContext', { params: { id } }));
  if (found.data === undefined) return <LoadState error={found.error} what="anomaly" />;
  const anomaly = found.data;
  const { series } = anomaly;
  return (
    <article className="mx-auto grid w-full max-w-4xl gap-4">
      <BackLink />
      <PageTitle>{`${series.asset}: ${seriesName(series.metric, series.labels)}`}</PageTitle>
      <section aria-label="Chart" className="card grid gap-3">
        <AnomalyChart anomaly={anomaly} />
        <ChartKey />
      </section>
      {context.data !== undefined && <Standing standing={context.data.standing} />}
      {context.data !== undefined && <DismissButton id={id} mutedBy={context.data.mutedBy} />}
      <Contributors anomaly={anomaly} />
      <FactList facts={[...factsOf(anomaly), ...seasonFacts(anomaly, context.data)]} />
      {context.data !== undefined && <SimilarAnomalies similar={context.data.similar} />}
    </article>
  );
}

function factsOf(anomaly: Anomaly): readonly (readonly [string, string])[] {
  const { series, value, expected, lower, upper, deviation, startedAt, endedAt, baseline } = anomaly;
  const withUnit = (number: number): string => quantity(number, series.unit);
  return [
    ['Seen', `${withUnit(value)} at ${moment(anomaly.peakAt)}`],
    ['Expected', `${withUnit(expected)}, from ${withUnit(lower)} to ${withUnit(upper)}`],
    ['Distance', readable(`${shortNumber(deviation)} robust standard deviations`)],
    ['Began', moment(startedAt)],
    ['Ended', endedAt === undefined ? 'still going on' : `${moment(endedAt)}, after ${span(endedAt - startedAt)}`],
    ['Compared with', `${shortNumber(baseline.samples)} values since ${moment(baseline.from)} (${baseline.kind})`],
    ['Chance alone', `${chanceWords(anomaly.score)}; reported from ${chanceWords(anomaly.threshold)}`],
    ['Found by', anomaly.detector],
  ];
}

/** A likelihood near 1 by what is left to it: `1 in 3,333`. */
function chanceWords(score: number): string {
  const odds = 1 / Math.max(1e-9, 1 - score);
  return odds >= 1e6 ? 'less than 1 in a million' : `1 in ${shortNumber(Math.round(odds))}`;
}
