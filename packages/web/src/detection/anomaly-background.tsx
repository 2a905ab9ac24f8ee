import type { AnomalyContext } from '@heliosiq/api';
import type { Anomaly } from '@heliosiq/model';
import { Link } from '@tanstack/react-router';
import { percent, shortNumber } from '../words/numbers.ts';
import { readable } from '../words/sentences.ts';
import { seriesName } from '../words/series-name.ts';
import { moment } from '../words/times.ts';
import { quantity } from '../words/units.ts';

/** Which series take part in an anomaly of several. */
export function Contributors({ anomaly }: { readonly anomaly: Anomaly }) {
  if (anomaly.contributors === undefined || anomaly.contributors.length === 0) return null;
  return (
    <section aria-label="Taking part" className="card grid gap-2">
      <h2 className="font-medium">Taking part</h2>
      <ul className="grid gap-1 text-sm">
        {anomaly.contributors.map(({ series, share }) => (
          <li key={series.id} className="grid grid-cols-[3rem_1fr] items-center gap-x-3">
            <span className="text-right tabular-nums">{percent(share)}</span>
            <span className="relative wrap-anywhere">
              <span
                aria-hidden
                className="absolute inset-y-0 left-0 rounded bg-raised"
                style={{ width: percent(share) }}
              />
              <span className="relative px-1">
                {series.asset}: {seriesName(series.metric, series.labels)}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What came of it: the incident that it is a part of, or why there is none. */
export function Standing({ standing: { incident, reason } }: Pick<AnomalyContext, 'standing'>) {
  return (
    <section aria-label="What came of it" className="card grid gap-2">
      <h2 className="font-medium">What came of it</h2>
      {incident === undefined ? (
        <p className="text-sm">{reason}</p>
      ) : (
        <p className="text-sm">
          Part of the incident{' '}
          <Link to="/incidents/$id" params={{ id: incident.id }} className="underline wrap-anywhere">
            {readable(incident.title)} ({incident.status})
          </Link>
        </p>
      )}
    </section>
  );
}

/** Earlier anomalies of the same kind, and what came of them. */
export function SimilarAnomalies({ similar }: Pick<AnomalyContext, 'similar'>) {
  return (
    <section aria-label="Seen before" className="card grid gap-2">
      <h2 className="font-medium">Seen before</h2>
      {similar.length === 0 ? (
        <p className="text-sm text-soft">Nothing like it was seen before.</p>
      ) : (
        <ul className="grid gap-1.5 text-sm">
          {similar.map(({ anomaly, incident, isDismissed }) => (
            <li key={anomaly.id} className="flex flex-wrap gap-x-3">
              <Link to="/anomalies/$id" params={{ id: anomaly.id }} className="tabular-nums underline">
                {moment(anomaly.startedAt)}
              </Link>
              <span>{quantity(anomaly.value, anomaly.series.unit)}</span>
              {isDismissed ? (
                <span className="text-soft">said to be no anomaly</span>
              ) : incident === undefined ? (
                <span className="text-soft">no incident came of it</span>
              ) : (
                <Link to="/incidents/$id" params={{ id: incident.id }} className="underline wrap-anywhere">
                  {readable(incident.title)} ({incident.status})
                </Link>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** Season and trend as facts, where the store has enough of the series. */
export function seasonFacts(
  { series }: Anomaly,
  context: AnomalyContext | undefined,
): readonly (readonly [string, string])[] {
  if (context === undefined) return [];
  const { season, trendPerHour } = context;
  const withUnit = (value: number): string => quantity(value, series.unit);
  return [
    ...(season === undefined
      ? []
      : [
          [
            'At this time',
            `${withUnit(season.lowest)} to ${withUnit(season.highest)}, ${withUnit(season.mean)} on average, on ${season.words} (${shortNumber(season.samples)} values)`,
          ] as const,
        ]),
    ...(trendPerHour === undefined ? [] : [['Trend before', `${withUnit(trendPerHour)} an hour`] as const]),
  ];
}
