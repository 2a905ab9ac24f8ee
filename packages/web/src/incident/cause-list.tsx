import type { Diagnosis, Evidence, Hypothesis } from '@heliosiq/model';
import { Link } from '@tanstack/react-router';
import { pagePathOf } from '../app/page-path.ts';
import { ConfidenceBar } from './confidence-bar.tsx';

const hypothesesShown = 4;

/** The ranked causes with what speaks for and against each, what was ruled out, and what is missing. */
export function CauseList({ diagnosis }: { readonly diagnosis: Diagnosis | undefined }) {
  if (diagnosis === undefined) {
    return (
      <section aria-label="Cause" className="card animate-pulse text-soft">
        The investigation is under way…
      </section>
    );
  }
  return (
    <section aria-label="Cause" className="card grid gap-4">
      <h2 className="font-semibold">{diagnosis.verdict === 'fault' ? 'Most likely cause' : 'No clear cause'}</h2>
      <p className="wrap-anywhere">{diagnosis.summary}</p>
      <ol className="grid gap-3">
        {diagnosis.hypotheses.slice(0, hypothesesShown).map((hypothesis) => (
          <HypothesisItem key={hypothesis.rank} hypothesis={hypothesis} open={hypothesis.rank === 1} />
        ))}
      </ol>
      {diagnosis.ruledOut.length > 0 && (
        <details className="text-sm">
          <summary className="cursor-pointer text-soft">Ruled out: {diagnosis.ruledOut.length}</summary>
          <ul className="mt-2 grid gap-1">
            {diagnosis.ruledOut.map(({ asset, why }) => (
              <li key={asset} className="wrap-anywhere">
                <b className="font-medium">{asset}</b> <span className="text-soft">{why}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
      {diagnosis.missing.length > 0 && (
        <ul aria-label="Missing" className="grid gap-1 border-l-2 border-medium pl-3 text-sm">
          {diagnosis.missing.map((words) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

function HypothesisItem({ hypothesis, open }: { readonly hypothesis: Hypothesis; readonly open: boolean }) {
  return (
    <li>
      <details open={open} className="rounded-lg border border-line px-3 py-2">
        <summary className="flex cursor-pointer flex-wrap items-center gap-x-3 gap-y-1">
          <span className="text-soft tabular-nums">{hypothesis.rank}.</span>
          <b className="font-semibold wrap-anywhere">{hypothesis.asset}</b>
          <span className="text-sm text-soft">{hypothesis.fault}</span>
          <span className="ml-auto">
            <ConfidenceBar confidence={hypothesis.confidence} />
          </span>
        </summary>
        <p className="mt-2 text-sm wrap-anywhere">{hypothesis.because}</p>
        <ul className="mt-2 grid gap-1.5 text-sm">
          {hypothesis.evidence.map((evidence) => (
            <EvidenceItem key={evidence.id} evidence={evidence} />
          ))}
        </ul>
      </details>
    </li>
  );
}

function EvidenceItem({ evidence }: { readonly evidence: Evidence }) {
  const speaksFor = evidence.direction === 'for';
  return (
    <li className="flex gap-2">
      <span
        aria-label={speaksFor ? 'for' : 'against'}
        className={`font-mono ${speaksFor ? 'text-good' : 'text-critical'}`}
      >
        {speaksFor ? '+' : '−'}
      </span>
      <Link to={pagePathOf(evidence.url)} className="decoration-line underline-offset-4 hover:underline wrap-anywhere">
        {evidence.text}
      </Link>
    </li>
  );
}
