import { AnomalyId } from '@heliosiq/api';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { LoadState } from '../app/load-state.tsx';
import { apiQuery } from '../app/queries.ts';
import { AnomalyChart } from '../charts/anomaly-chart.tsx';
import { percent, shortNumber } from '../words/numbers.ts';
import { moment } from '../words/times.ts';

/** One anomaly: its sentence, its numbers, its chart. */
export function AnomalyPage() {
  const { id } = useParams({ from: '/anomalies/$id' });
  const found = useQuery(apiQuery('getAnomaly', { params: { id: AnomalyId.parse(id) } }));
  if (found.data === undefined) return <LoadState error={found.error} what="anomaly" />;
  const anomaly = found.data;
  const facts: readonly (readonly [string, string])[] = [
    ['value', shortNumber(anomaly.value)],
    ['expected', `${shortNumber(anomaly.expected)} (${shortNumber(anomaly.lower)} to ${shortNumber(anomaly.upper)})`],
    ['deviation', `${shortNumber(anomaly.deviation)} robust standard deviations`],
    ['score', `${anomaly.score.toFixed(6)} of at least ${percent(anomaly.threshold)}`],
    ['from', moment(anomaly.startedAt)],
    ['to', anomaly.endedAt === undefined ? 'still going on' : moment(anomaly.endedAt)],
    [
      'compared with',
      `${anomaly.baseline.samples} samples since ${moment(anomaly.baseline.from)} (${anomaly.baseline.kind})`,
    ],
    ['found by', anomaly.detector],
  ];
  return (
    <article className="grid gap-5">
      <h1 className="text-xl font-semibold text-balance wrap-anywhere">{anomaly.explanation}</h1>
      <section className="card">
        <AnomalyChart anomaly={anomaly} />
      </section>
      <dl className="card grid grid-cols-[auto_1fr] gap-x-6 gap-y-1 text-sm">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-soft">{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </article>
  );
}
