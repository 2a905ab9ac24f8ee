import { useQuery } from '@tanstack/react-query';
import { LoadState } from '../app/load-state.tsx';
import { apiQuery } from '../app/queries.ts';
import { span } from '../words/times.ts';

/** How many alerts became how many incidents and messages in the last week, and which rules are loudest. */
export function NoiseCard() {
  const report = useQuery(apiQuery('getNoiseReport', { query: {} }));
  if (report.data === undefined) return <LoadState error={report.error} what="report" />;
  const { incidents, occurrences, occurrencesPerIncident, pages, muted, failed, merged, reopened } = report.data;
  const { recurrences, acknowledgedAfterMs, resolvedAfterMs, rules } = report.data;
  const lines = [
    `${occurrences} alerts and anomalies became ${incidents} incidents: ${occurrencesPerIncident} for one.`,
    `${pages} messages were sent, ${muted} held back, ${failed} not delivered.`,
    `${reopened} came back, ${recurrences} were here before, ${merged} turned out to be one with another.`,
    ...(acknowledgedAfterMs === undefined ? [] : [`Taken after ${span(acknowledgedAfterMs)} (median).`]),
    ...(resolvedAfterMs === undefined ? [] : [`Over after ${span(resolvedAfterMs)} (median).`]),
  ];
  return (
    <section aria-label="Noise" className="card grid gap-2 text-sm">
      <h2 className="text-base font-semibold">The last seven days</h2>
      {lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
      {rules.length > 0 && (
        <table className="w-full text-left tabular-nums">
          <caption className="text-left text-soft">Rules that fired most often</caption>
          <thead>
            <tr>
              <th scope="col">Rule</th>
              <th scope="col">Fired</th>
              <th scope="col">Alerts</th>
              <th scope="col">Incidents</th>
            </tr>
          </thead>
          <tbody>
            {rules.map((rule) => (
              <tr key={rule.rule}>
                <td className="wrap-anywhere">{rule.rule}</td>
                <td>{rule.fired}</td>
                <td>{rule.alerts}</td>
                <td>{rule.incidents}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
