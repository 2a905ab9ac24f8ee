import type { RouteResponse, Routes } from '@heliosiq/api';
import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { LoadState } from '../app/load-state.tsx';
import { apiQuery } from '../app/queries.ts';
import { AskBox } from '../ask/ask-box.tsx';
import { ago } from '../words/times.ts';
import { ConfidenceBar } from './confidence-bar.tsx';
import { SeverityMark, StatusMark } from './severity-mark.tsx';

type Listed = RouteResponse<Routes['listIncidents']>['incidents'][number];

/** What is wrong now, and on demand what was wrong before. */
export function IncidentsPage() {
  const { show } = useSearch({ from: '/' });
  const list = useQuery({ ...apiQuery('listIncidents', { query: { limit: '200' } }), refetchInterval: 60_000 });
  if (list.data === undefined) return <LoadState error={list.error} what="incidents" />;
  const live = list.data.incidents.filter(({ incident }) => incident.status !== 'resolved');
  const shown = show === 'all' ? list.data.incidents : live;
  return (
    <div className="grid gap-5">
      <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
        <h1 className="text-2xl font-semibold tracking-tight">
          {live.length === 0 ? 'All quiet' : `${live.length} open incident${live.length === 1 ? '' : 's'}`}
        </h1>
        <Link to="/" search={show === 'all' ? {} : { show: 'all' }} className="text-link underline">
          {show === 'all' ? 'only open ones' : `all ${list.data.incidents.length}`}
        </Link>
      </div>
      {shown.length === 0 && (
        <p className="card text-soft">Nothing needs you. New incidents appear here by themselves.</p>
      )}
      <ul className="grid gap-3">
        {shown.map((each) => (
          <li key={each.incident.id}>
            <IncidentRow {...each} />
          </li>
        ))}
      </ul>
      <AskBox />
    </div>
  );
}

function IncidentRow({ incident, cause }: Listed) {
  return (
    <Link to="/incidents/$id" params={{ id: incident.id }} className="card grid gap-1.5 hover:border-soft">
      <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <SeverityMark severity={incident.severity} />
        <StatusMark status={incident.status} />
        <span className="text-sm text-soft">{ago(incident.startedAt, Date.now())}</span>
        {incident.reopenedCount > 0 && <span className="text-sm text-soft">came back {incident.reopenedCount}×</span>}
      </span>
      <span className="font-medium">{incident.title}</span>
      <CauseLine cause={cause} />
    </Link>
  );
}

function CauseLine({ cause }: { readonly cause: Listed['cause'] }) {
  if (cause === undefined) return <span className="text-sm text-soft">investigating…</span>;
  if (cause.verdict !== 'fault' || cause.asset === undefined)
    return <span className="text-sm text-soft">{cause.summary}</span>;
  return (
    <span className="flex flex-wrap items-center gap-x-3 text-sm">
      <span>
        Cause: <b className="font-semibold text-accent wrap-anywhere">{cause.asset}</b> {cause.fault}
      </span>
      <ConfidenceBar confidence={cause.confidence} />
    </span>
  );
}
