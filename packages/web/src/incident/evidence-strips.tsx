import type { Diagnosis, Evidence } from '@heliosiq/model';
import { useQueries } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { apiQuery } from '../app/queries.ts';
import { AssetName } from '../words/asset-name.tsx';
import { readable } from '../words/sentences.ts';
import { clock } from '../words/times.ts';
import { linePath, placeOf, spanAround } from './time-strip.ts';
import type { TimeSpan } from './time-strip.ts';

const stripsMax = 6;
const causesMax = 3;
const size = { width: 600, height: 40 };

/** The metrics behind the first causes under one clock, each with the moment at which it left its normal. */
export function EvidenceStrips({ diagnosis }: { readonly diagnosis: Diagnosis }) {
  const shown = telling(diagnosis);
  const { id: diagnosisId, incidentId, window } = diagnosis;
  const found = useQueries({
    queries: shown.map(({ id: evidenceId }) => ({
      ...apiQuery('getEvidence', { params: { id: incidentId, diagnosisId, evidenceId } }),
      staleTime: Infinity,
    })),
  });
  if (shown.length === 0) return null;
  const fault = { from: window.faultFrom, to: window.faultTo };
  const span = spanAround(fault);
  return (
    <section aria-label="Evidence over time" className="card grid min-w-0 gap-3">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h2 className="font-semibold">What moved first</h2>
        <p className="text-xs text-soft">One clock for all; a mark where each left its normal.</p>
      </div>
      <ol className="grid gap-2.5">
        {shown.map((evidence, index) => (
          <li key={evidence.id}>
            <Strip
              {...{ evidence, incidentId, diagnosisId, span, fault }}
              samples={samplesOf(evidence, found[index]?.data?.series)}
              isLoading={found[index]?.isPending ?? false}
            />
          </li>
        ))}
      </ol>
      <p className="flex justify-between text-xs text-soft tabular-nums" aria-hidden>
        {[span.from, fault.from, span.to].map((at) => (
          <span key={at}>{clock(at, Date.now())}</span>
        ))}
      </p>
    </section>
  );
}

interface StripProps {
  readonly evidence: Evidence;
  readonly incidentId: Diagnosis['incidentId'];
  readonly diagnosisId: Diagnosis['id'];
  readonly span: TimeSpan;
  readonly fault: TimeSpan;
  readonly samples: { readonly times: readonly number[]; readonly values: readonly number[] } | undefined;
  readonly isLoading: boolean;
}

function Strip({ evidence, incidentId, diagnosisId, span, fault, samples, isLoading }: StripProps) {
  const path = samples === undefined ? '' : linePath(samples, span, size);
  const onset = evidence.numbers['onsetMs'];
  const [from, to] = [fault.from, fault.to].map((at) => placeOf(at, span, size.width));
  return (
    <figure className="grid min-w-0 gap-0.5">
      <figcaption className="flex min-w-0 flex-wrap items-baseline justify-between gap-x-3 text-sm">
        <Link
          to="/incidents/$id/evidence/$diagnosisId/$evidenceId"
          params={{ id: incidentId, diagnosisId, evidenceId: evidence.id }}
          className="decoration-soft underline-offset-4 hover:underline"
        >
          <AssetName name={evidence.asset} className="font-medium" />{' '}
          <span className="text-soft">{evidence.metric?.replaceAll('_', ' ')}</span>
        </Link>
        {onset !== undefined && (
          <span className="text-xs text-soft tabular-nums">since {clock(onset, Date.now())}</span>
        )}
      </figcaption>
      <svg
        viewBox={`0 0 ${size.width} ${size.height}`}
        preserveAspectRatio="none"
        className={`h-10 w-full rounded bg-raised ${isLoading ? 'animate-pulse' : ''}`}
        role="img"
        aria-label={readable(evidence.text)}
      >
        <rect x={from} width={(to ?? 0) - (from ?? 0)} height={size.height} className="fill-critical/10" />
        <path d={path} className="fill-none stroke-link" strokeWidth={1.5} vectorEffect="non-scaling-stroke" />
        {onset !== undefined && (
          <path
            d={`M${placeOf(onset, span, size.width)} 0V${size.height}`}
            className="stroke-accent"
            strokeWidth={2}
            strokeDasharray="3 2"
            vectorEffect="non-scaling-stroke"
          />
        )}
      </svg>
    </figure>
  );
}

/** Metrics that speak for the first causes, one of each asset and metric, the earliest first. */
function telling({ hypotheses }: Diagnosis): readonly Evidence[] {
  const taken = new Set<string>();
  return hypotheses
    .slice(0, causesMax)
    .flatMap(({ evidence }) => evidence)
    .filter(({ kind, metric, asset, direction }) => {
      const name = `${asset} ${metric}`;
      return (
        kind === 'metric-change' && metric !== undefined && direction === 'for' && !taken.has(name) && taken.add(name)
      );
    })
    .slice(0, stripsMax)
    .toSorted((a, b) => (a.numbers['onsetMs'] ?? Infinity) - (b.numbers['onsetMs'] ?? Infinity));
}

type Samples = {
  readonly labels: Readonly<Record<string, string>>;
  readonly times: number[];
  readonly values: number[];
};

/** The series that the sentence speaks of: the one whose labels it names, else the first. */
function samplesOf({ text }: Evidence, series: readonly Samples[] | undefined): Samples | undefined {
  return (
    series?.find(({ labels }) =>
      Object.entries(labels).every(([name, value]) => text.includes(`${name}=${value}`) || text.includes(`(${value})`)),
    ) ?? series?.[0]
  );
}
