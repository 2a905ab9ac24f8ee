import type { Evidence } from '@heliosiq/model';
import type { RouteResponse, Routes } from '@heliosiq/api';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { LoadState } from '../app/load-state.tsx';
import { PageTitle } from '../app/page-title.tsx';
import { apiQuery } from '../app/queries.ts';
import { BandPlot } from '../charts/band-plot.tsx';
import type { Band } from '../charts/band-plot.tsx';
import { ChartKey } from '../charts/chart-key.tsx';
import { percent, shortNumber } from '../words/numbers.ts';
import { readable } from '../words/sentences.ts';
import { seriesName } from '../words/series-name.ts';
import { moment } from '../words/times.ts';
import { quantity } from '../words/units.ts';
import { FactList } from './fact-list.tsx';

type Series = RouteResponse<Routes['getEvidence']>['series'][number];

const noBand: Band = { times: [], expected: [], lower: [], upper: [] };

/** One piece of evidence with the data it was drawn from. */
export function EvidencePage() {
  const { id, diagnosisId, evidenceId } = useParams({ from: '/incidents/$id/evidence/$diagnosisId/$evidenceId' });
  const found = useQuery(apiQuery('getEvidence', { params: { id, diagnosisId, evidenceId } }));
  if (found.data === undefined) return <LoadState error={found.error} what="evidence" />;
  const { evidence, series } = found.data;
  const own = series.filter((each) => isMeant(evidence, each));
  const [first = [], others = []] = own.length === 0 ? [series] : [own, series.filter((each) => !own.includes(each))];
  return (
    <article className="mx-auto grid w-full max-w-4xl gap-4">
      <Link to="/incidents/$id" params={{ id }} className="back-link">
        The incident
      </Link>
      <PageTitle>{readable(evidence.text)}</PageTitle>
      <FactList facts={factsOf(evidence, first[0]?.unit)} />
      {first.length > 0 && (
        <section aria-label="Data" className="card grid min-w-0 gap-4">
          {first.map((each, index) => (
            <EvidenceChart key={index} evidence={evidence} series={each} />
          ))}
          <ChartKey withBand={false} />
        </section>
      )}
      {others.length > 0 && (
        <details className="card min-w-0">
          <summary className="cursor-pointer text-soft">Other series of this metric ({others.length})</summary>
          <div className="mt-3 grid gap-4">
            {others.map((each, index) => (
              <EvidenceChart key={index} evidence={evidence} series={each} />
            ))}
          </div>
        </details>
      )}
    </article>
  );
}

function EvidenceChart({ evidence, series }: { readonly evidence: Evidence; readonly series: Series }) {
  const last = series.times.at(-1) ?? 0;
  const onset = onsetOf(evidence) ?? last;
  return (
    <figure className="grid min-w-0 gap-1">
      <figcaption className="grid">
        <span className="font-medium wrap-anywhere">{evidence.asset}</span>
        <span className="text-sm text-soft">{seriesName(evidence.metric ?? '', series.labels)}</span>
      </figcaption>
      <BandPlot
        label={readable(evidence.text)}
        unit={series.unit}
        times={series.times}
        values={series.values}
        band={noBand}
        markedFrom={onset}
        markedTo={Math.max(onset, last)}
      />
    </figure>
  );
}

/** The sentence names the labels of the series that it speaks about. */
function isMeant({ text }: Evidence, { labels }: Series): boolean {
  return Object.entries(labels).every(
    ([name, value]) => text.includes(`${name}=${value}`) || text.includes(`(${value})`),
  );
}

function onsetOf({ numbers }: Evidence): number | undefined {
  return numbers['onsetMs'] ?? numbers['onsetAt'];
}

function factsOf(evidence: Evidence, unit: string | undefined): readonly (readonly [string, string])[] {
  const onset = onsetOf(evidence);
  const value = (number: number): string => (unit === undefined ? shortNumber(number) : quantity(number, unit));
  const words: Readonly<Record<string, (number: number) => readonly [string, string]>> = {
    before: (number) => ['Before', value(number)],
    after: (number) => (evidence.metric === undefined ? ['Share', percent(number)] : ['After', value(number)]),
    deviation: (number) => ['Change', readable(`${shortNumber(number)} robust standard deviations`)],
  };
  return [
    ['Speaks', evidence.direction === 'for' ? 'for this cause' : 'against this cause'],
    ...Object.entries(evidence.numbers)
      .filter(([name]) => !/^onset(?:Ms|At)$/.test(name))
      .map(([name, number]) => words[name]?.(number) ?? ([name, shortNumber(number)] as const)),
    ...(onset === undefined ? [] : [['Began', moment(onset)] as const]),
  ];
}
