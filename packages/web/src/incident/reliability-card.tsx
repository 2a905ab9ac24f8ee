import { useQuery } from '@tanstack/react-query';
import { apiQuery } from '../app/queries.ts';
import { percent } from '../words/numbers.ts';

/** How sure answers were, and how often people said that they were right. */
export function ReliabilityCard() {
  const found = useQuery(apiQuery('getReliability'));
  if (found.data === undefined) return null;
  const { answers, enough, bins } = found.data.reliability;
  return (
    <section aria-label="Right answers" className="card grid gap-2 text-sm">
      <h2 className="text-base font-semibold">How often answers were right</h2>
      {answers === 0 ? (
        <p className="text-soft">Nobody has told a true cause yet. Say it on the page of an incident.</p>
      ) : (
        <table className="w-full max-w-xl text-left tabular-nums">
          <thead className="text-soft">
            <tr>
              <th className="font-normal">Confidence</th>
              <th className="font-normal">Right</th>
              <th className="font-normal">Now told with</th>
            </tr>
          </thead>
          <tbody>
            {bins
              .filter((bin) => bin.answers > 0)
              .map(({ from, to, answers: count, right, loweredTo }) => (
                <tr key={from}>
                  <td>
                    {percent(from)} to {percent(to)}
                  </td>
                  <td>
                    {right} of {count}
                  </td>
                  <td>{loweredTo === undefined ? 'what the evidence gives' : `${percent(loweredTo)} at most`}</td>
                </tr>
              ))}
          </tbody>
        </table>
      )}
      {answers > 0 && answers < enough && (
        <p className="text-soft">From {enough} told causes on, confidences that were too high are lowered.</p>
      )}
    </section>
  );
}
