import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { apiQuery } from '../app/queries.ts';
import { percent } from '../words/numbers.ts';
import { seriesName } from '../words/series-name.ts';
import { span } from '../words/times.ts';
import { rangeSince } from './detection-search.ts';

/** Which series speak most often, and what would help. */
export function NoiseList() {
  const [range] = useState(() => rangeSince('7d', Date.now()));
  const report = useQuery(
    apiQuery('readNoise', { query: { from: String(range.from), to: String(range.to), limit: '10' } }),
  );
  if (report.data === undefined) return null;
  return (
    <section aria-label="Noise" className="card grid gap-2">
      <h2 className="font-medium">Who spoke most, in seven days</h2>
      {report.data.series.length === 0 && <p className="text-sm text-soft">Nobody: there were no anomalies.</p>}
      <ol className="grid gap-2 text-sm">
        {report.data.series.map(({ series, detector, anomalies, share, medianMs, cure }) => (
          <li key={`${detector} ${series.id} ${series.metric}`} className="grid gap-0.5">
            <span className="wrap-anywhere">
              {series.asset}: {seriesName(series.metric, series.labels)}
            </span>
            <span className="text-soft">
              {anomalies} anomalies ({percent(share)}), {span(medianMs)} each, found by {detector}. {cure}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
