import { useQuery } from '@tanstack/react-query';
import { apiQuery } from '../app/queries.ts';

const metricsShown = '24';

/** What stands where there is no query yet: metrics to begin with. */
export function MetricStart({ onMetric }: { readonly onMetric: (metric: string) => void }) {
  const found = useQuery(apiQuery('readCardinality', { query: { limit: metricsShown } }));
  const metrics = found.data?.metrics ?? [];
  return (
    <section aria-label="Metrics to begin with" className="card grid gap-3">
      <p className="text-soft">
        Write a query above, or begin with a metric. Ctrl-Space offers names, Enter or Ctrl-Enter runs, Shift-Enter
        begins a line.
      </p>
      {found.isSuccess && metrics.length === 0 && (
        <p>There are no metrics yet. They appear here when something sends samples.</p>
      )}
      <ul className="flex flex-wrap gap-2 text-sm">
        {metrics.map(({ metric, series }) => (
          <li key={metric}>
            <button type="button" className="quiet-button wrap-anywhere" onClick={() => onMetric(metric)}>
              {metric} <span className="text-soft">{series}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
