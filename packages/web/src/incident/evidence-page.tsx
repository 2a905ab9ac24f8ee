import { DiagnosisId, IncidentId } from '@heliosiq/api';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { LoadState } from '../app/load-state.tsx';
import { apiQuery } from '../app/queries.ts';
import { BandPlot } from '../charts/band-plot.tsx';
import { shortNumber, unitWord } from '../words/numbers.ts';
import { moment } from '../words/times.ts';

const noBand = { times: [], expected: [], lower: [], upper: [] };

/** One piece of evidence with the data it was drawn from. */
export function EvidencePage() {
  const { id, diagnosisId, evidenceId } = useParams({ from: '/incidents/$id/evidence/$diagnosisId/$evidenceId' });
  const params = { id: IncidentId.parse(id), diagnosisId: DiagnosisId.parse(diagnosisId), evidenceId };
  const found = useQuery(apiQuery('getEvidence', { params }));
  if (found.data === undefined) return <LoadState error={found.error} what="evidence" />;
  const { evidence, series } = found.data;
  const onset = evidence.numbers['onsetAt'];
  return (
    <article className="grid gap-5">
      <Link to="/incidents/$id" params={{ id }} className="text-sm text-link underline">
        To the incident
      </Link>
      <h1 className="text-xl font-semibold text-balance wrap-anywhere">{evidence.text}</h1>
      <dl className="card grid grid-cols-[auto_1fr] gap-x-6 gap-y-1 text-sm">
        {Object.entries(evidence.numbers).map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-soft">{name}</dt>
            <dd className="tabular-nums">{name.endsWith('At') ? moment(value) : shortNumber(value)}</dd>
          </div>
        ))}
        <dt className="text-soft">speaks</dt>
        <dd>{evidence.direction} the hypothesis</dd>
      </dl>
      {series.map((each, index) => (
        <figure key={index} className="card">
          <figcaption className="mb-2 text-sm text-soft">
            {[evidence.asset, evidence.metric, ...Object.values(each.labels)].join(' ')}
          </figcaption>
          <BandPlot
            label={evidence.text}
            unit={unitWord(each.unit)}
            times={each.times}
            values={each.values}
            band={noBand}
            marked={{ from: onset ?? each.times.at(-1) ?? 0, to: each.times.at(-1) ?? 0 }}
          />
        </figure>
      ))}
    </article>
  );
}
