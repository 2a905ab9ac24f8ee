import type { RouteResponse, Routes } from '@heliosiq/api';
import { Link } from '@tanstack/react-router';
import { AssetName } from '../words/asset-name.tsx';
import { faultWord } from '../words/causes.ts';
import { readable } from '../words/sentences.ts';
import { ago } from '../words/times.ts';
import { useNow } from '../words/use-now.ts';
import { ConfidenceBar } from './confidence-bar.tsx';
import { SeverityMark, StatusMark } from './severity-mark.tsx';

type Listed = RouteResponse<Routes['listIncidents']>['incidents'][number];

const rails: Readonly<Record<Listed['incident']['severity'], string>> = {
  critical: 'border-l-critical',
  high: 'border-l-high',
  medium: 'border-l-medium',
  low: 'border-l-low',
  info: 'border-l-line',
};

/** One incident of a list: how bad, since when, what, why. */
export function IncidentRow({ incident, cause, muted }: Listed) {
  const now = useNow();
  const rail = incident.status === 'resolved' ? 'border-l-line' : rails[incident.severity];
  return (
    <Link
      to="/incidents/$id"
      params={{ id: incident.id }}
      className={`card grid gap-1.5 border-l-4 hover:border-soft ${rail}`}
    >
      <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <SeverityMark severity={incident.severity} />
        <StatusMark status={incident.status} />
        {incident.reopenedCount > 0 && <span className="text-sm text-soft">came back {incident.reopenedCount}×</span>}
        {incident.recurrenceOf !== undefined && <span className="text-sm text-soft">was here before</span>}
        {incident.symptomOf !== undefined && <span className="text-sm text-soft">likely a symptom</span>}
        {muted !== undefined && (
          <span className="text-sm text-soft" title={muted}>
            quiet
          </span>
        )}
        <span className="ml-auto text-sm text-soft tabular-nums">{ago(incident.startedAt, now)}</span>
      </span>
      <span className="text-[1.0625rem] font-medium wrap-anywhere">{readable(incident.title)}</span>
      <CauseLine cause={cause} isOver={incident.status === 'resolved'} />
    </Link>
  );
}

function CauseLine({ cause, isOver }: { readonly cause: Listed['cause']; readonly isOver: boolean }) {
  if (cause === undefined) {
    return (
      <span className="text-sm text-soft">
        {isOver ? 'It was over before its cause was looked for.' : 'Investigating…'}
      </span>
    );
  }
  if (cause.verdict !== 'fault' || cause.asset === undefined) {
    return <span className="text-sm text-soft wrap-anywhere">{readable(cause.summary)}</span>;
  }
  return (
    <span className="flex flex-wrap items-center gap-x-3 gap-y-0.5 text-sm">
      <span className="wrap-anywhere">
        Cause: <AssetName name={cause.asset} className="font-semibold text-accent" />,{' '}
        {faultWord(cause.fault ?? 'unknown')}
      </span>
      <ConfidenceBar confidence={cause.confidence} />
    </span>
  );
}
