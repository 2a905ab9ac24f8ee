import type { Anomaly } from '@heliosiq/model';
import { Link } from '@tanstack/react-router';
import { AnomalyChart } from '../charts/anomaly-chart.tsx';
import { ChartKey } from '../charts/chart-key.tsx';
import { readable } from '../words/sentences.ts';

const chartsShown = 4;

export interface IncidentChartsProps {
  /** The worst first. */
  readonly anomalies: readonly Anomaly[];
  /** Assets whose charts come first, e.g. the cause and where it is felt. */
  readonly first: readonly (string | undefined)[];
}

/** The most telling charts of an incident, one of each asset and metric, and the other anomalies in words. */
export function IncidentCharts({ anomalies, first }: IncidentChartsProps) {
  const shown = mostTelling(anomalies, first);
  const others = anomalies.filter((anomaly) => !shown.includes(anomaly));
  return (
    <section aria-label="Charts" className="card grid min-w-0 gap-4">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <h2 className="font-semibold">What changed</h2>
        {shown.length > 0 && <ChartKey />}
      </div>
      {anomalies.length === 0 && (
        <p className="text-soft">No measured value left its usual range; the incident stands on alerts.</p>
      )}
      <div className="grid gap-x-6 gap-y-5 sm:grid-cols-2 sm:[&>*:only-child]:col-span-2">
        {shown.map((anomaly) => (
          <AnomalyChart key={anomaly.id} anomaly={anomaly} />
        ))}
      </div>
      {others.length > 0 && (
        <details className="border-t border-line pt-2 text-sm">
          <summary className="cursor-pointer text-soft hover:text-ink">
            {others.length} more {others.length === 1 ? 'anomaly' : 'anomalies'} of this incident
          </summary>
          <ul className="mt-2 grid gap-1.5">
            {others.map((anomaly) => (
              <li key={anomaly.id}>
                <Link
                  to="/anomalies/$id"
                  params={{ id: anomaly.id }}
                  className="decoration-soft underline-offset-4 hover:underline wrap-anywhere"
                >
                  {readable(anomaly.explanation)}
                </Link>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function mostTelling(anomalies: readonly Anomaly[], first: IncidentChartsProps['first']): readonly Anomaly[] {
  const rankOf = ({ series }: Anomaly): number => {
    const place = first.indexOf(series.asset);
    return place === -1 ? first.length : place;
  };
  const taken = new Set<string>();
  return anomalies
    .toSorted((a, b) => rankOf(a) - rankOf(b))
    .filter(({ series: { asset, metric } }) => {
      const kind = `${asset} ${metric}`;
      return !taken.has(kind) && taken.add(kind);
    })
    .slice(0, chartsShown);
}
