import type { Diagnosis, Hypothesis } from '@heliosiq/model';
import type { ReactNode } from 'react';
import { AssetName } from '../words/asset-name.tsx';
import { faultWord } from '../words/causes.ts';
import { percent } from '../words/numbers.ts';
import { readable } from '../words/sentences.ts';
import { clock } from '../words/times.ts';
import { ConfidenceBar } from './confidence-bar.tsx';
import { CauseMark } from './cause-mark.tsx';
import { EvidenceList } from './evidence-list.tsx';
import { InvestigationSteps } from './investigation-steps.tsx';

const othersShown = 5;
const rankedShown = 4;

export interface CauseListProps {
  readonly diagnosis: Diagnosis | undefined;
  readonly assets: readonly string[];
  /** True when the incident is resolved, so that no investigation is to come. */
  readonly isOver: boolean;
}

/** The ranked causes with what speaks for and against each, what was ruled out, and what is missing. */
export function CauseList({ diagnosis, assets, isOver }: CauseListProps) {
  if (diagnosis === undefined) return <NoDiagnosis isOver={isOver} />;
  const { verdict, hypotheses, ruledOut, missing, nextChecks = [], incidentId } = diagnosis;
  const { independentCauses = [], inferredEdges = [], measuredConfidence } = diagnosis;
  const [first, ...others] = hypotheses;
  const isFault = verdict === 'fault' && first !== undefined;
  const less = (isFault ? others : hypotheses).filter(({ confidence }) => confidence >= 0.005).slice(0, othersShown);
  return (
    <section aria-label="Cause" className="card grid content-start gap-4">
      {isFault ? (
        <FirstCause hypothesis={first} story={readable(diagnosis.summary)} />
      ) : (
        <div className="grid gap-1">
          <h2 className="font-semibold">{verdict === 'no-fault' ? 'No fault found' : 'No clear cause'}</h2>
          <p className="wrap-anywhere">{readable(diagnosis.summary)}</p>
        </div>
      )}
      {measuredConfidence !== undefined && (
        <p className="text-sm text-soft">
          The evidence alone gave {percent(measuredConfidence)}. Answers as sure as that were wrong too often here, so
          it counts less.
        </p>
      )}
      {independentCauses.length > 0 && (
        <div className="grid gap-1 text-sm">
          <h3 className="font-semibold">At fault as well, by itself</h3>
          <ul className="grid list-disc gap-1 pl-5">
            {independentCauses.map(({ asset, why }) => (
              <li key={asset} className="wrap-anywhere">
                <AssetName name={asset} className="font-medium" /> <span className="text-soft">{readable(why)}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {hypotheses.length > 1 && verdict !== 'no-fault' && <Ranking hypotheses={hypotheses.slice(0, rankedShown)} />}
      {nextChecks.length > 0 && (
        <div className="grid gap-1 text-sm">
          <h3 className="font-semibold">Look at next</h3>
          <ul className="grid list-disc gap-1 pl-5">
            {nextChecks.map((words) => (
              <li key={words} className="wrap-anywhere">
                {readable(words)}
              </li>
            ))}
          </ul>
        </div>
      )}
      <div className="grid gap-1.5 text-sm">
        {less.length > 0 && (
          <Fold words={`${isFault ? 'Less likely' : 'Suspected'} (${less.length})`}>
            <ol className="grid gap-3">
              {less.map((hypothesis) => (
                <li key={hypothesis.rank} className="grid gap-1.5">
                  <OtherCause hypothesis={hypothesis} />
                </li>
              ))}
            </ol>
          </Fold>
        )}
        {ruledOut.length > 0 && (
          <Fold words={`Ruled out (${ruledOut.length})`}>
            <ul className="grid gap-2">
              {ruledOut.map(({ asset, why }) => (
                <li key={asset} className="wrap-anywhere">
                  <AssetName name={asset} className="font-medium" /> <span className="text-soft">{readable(why)}</span>
                </li>
              ))}
            </ul>
          </Fold>
        )}
        {inferredEdges.length > 0 && (
          <Fold words={`Connections that are only inferred (${inferredEdges.length})`}>
            <ul className="grid gap-1">
              {inferredEdges.map(({ from, to, text }) => (
                <li key={`${from}>${to}`} className="wrap-anywhere">
                  <span className="font-medium">
                    {from} → {to}
                  </span>{' '}
                  <span className="text-soft">{readable(text)}</span>
                </li>
              ))}
            </ul>
          </Fold>
        )}
        {missing.length > 0 && (
          <Fold words={`What could not be checked (${missing.length})`}>
            <ul className="grid gap-1">
              {missing.map((words) => (
                <li key={words} className="wrap-anywhere">
                  {words}
                </li>
              ))}
            </ul>
          </Fold>
        )}
        <InvestigationSteps incidentId={incidentId} />
      </div>
      <CauseMark incidentId={incidentId} diagnosis={diagnosis} assets={assets} />
    </section>
  );
}

/** The suspects beside one another, with how probable each is. */
function Ranking({ hypotheses }: { readonly hypotheses: readonly Hypothesis[] }) {
  return (
    <ol aria-label="Ranking" className="grid gap-1 text-sm">
      {hypotheses.map(({ rank, asset, fault, confidence }) => (
        <li key={rank} className="grid grid-cols-[1.25rem_minmax(0,1fr)_auto] items-center gap-x-2">
          <span className="text-soft tabular-nums">{rank}.</span>
          <span className="min-w-0">
            <AssetName name={asset} className="font-medium" /> <span className="text-soft">{faultWord(fault)}</span>
          </span>
          <ConfidenceBar confidence={confidence} />
        </li>
      ))}
    </ol>
  );
}

function NoDiagnosis({ isOver }: { readonly isOver: boolean }) {
  return (
    <section aria-label="Cause" aria-busy={!isOver} className="card grid content-start gap-2">
      <h2 className="font-semibold">{isOver ? 'Not investigated' : 'Looking for the cause…'}</h2>
      <p className="text-soft">
        {isOver
          ? 'It was over before its cause was looked for.'
          : 'The investigation is under way. Its result appears here by itself.'}
      </p>
    </section>
  );
}

function Fold({ words, children }: { readonly words: string; readonly children: ReactNode }) {
  return (
    <details className="border-t border-line pt-1.5">
      <summary className="cursor-pointer py-0.5 text-soft hover:text-ink">{words}</summary>
      <div className="py-2">{children}</div>
    </details>
  );
}

function FirstCause({ hypothesis, story }: { readonly hypothesis: Hypothesis; readonly story: string }) {
  const { asset, fault, confidence, onsetAt, evidence } = hypothesis;
  return (
    <>
      <div className="grid gap-1">
        <h2 className="text-sm font-semibold text-soft">Most likely cause</h2>
        <h3 className="text-xl font-semibold text-accent">
          <AssetName name={asset} />
        </h3>
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <span>
            {faultWord(fault)}
            {onsetAt !== undefined && <span className="text-soft"> since {clock(onsetAt, Date.now())}</span>}
          </span>
          <ConfidenceBar confidence={confidence} />
        </p>
      </div>
      <p className="wrap-anywhere">{story}</p>
      <details open={isWide()}>
        <summary className="cursor-pointer text-sm text-soft hover:text-ink">Evidence ({evidence.length})</summary>
        <div className="mt-1.5">
          <EvidenceList evidence={evidence} subject={asset} />
        </div>
      </details>
    </>
  );
}

function OtherCause({ hypothesis }: { readonly hypothesis: Hypothesis }) {
  return (
    <>
      <p className="flex flex-wrap items-center gap-x-3">
        <AssetName name={hypothesis.asset} className="font-semibold" />
        <span className="text-soft">{faultWord(hypothesis.fault)}</span>
        <ConfidenceBar confidence={hypothesis.confidence} />
      </p>
      <EvidenceList evidence={hypothesis.evidence} subject={hypothesis.asset} />
    </>
  );
}

/** On a phone the evidence is folded, so that what to do is not far below. */
function isWide(): boolean {
  return matchMedia('(min-width: 40rem)').matches;
}
