import type { RouteResponse, Routes } from '@heliosiq/api';
import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { LoadState } from '../app/load-state.tsx';
import { PageTitle } from '../app/page-title.tsx';
import { apiQuery } from '../app/queries.ts';
import { AskBox } from '../ask/ask-box.tsx';
import { IncidentRow } from './incident-row.tsx';

type Listed = RouteResponse<Routes['listIncidents']>['incidents'][number];

const resolvedShown = 5;
const severities: readonly Listed['incident']['severity'][] = ['critical', 'high', 'medium', 'low', 'info'];

/** What is wrong now, the worst first, and what was wrong before. */
export function IncidentsPage() {
  const { show } = useSearch({ from: '/' });
  const list = useQuery(apiQuery('listIncidents', { query: { limit: '200' } }));
  if (list.data === undefined) return <LoadState error={list.error} what="incidents" />;
  const open = list.data.incidents.filter(({ incident }) => incident.status !== 'resolved').toSorted(byUrgency);
  const resolved = list.data.incidents.filter(({ incident }) => incident.status === 'resolved').toSorted(byRecency);
  const past = show === 'all' ? resolved : resolved.slice(0, resolvedShown);
  return (
    <div className="grid gap-4">
      <PageTitle>
        {open.length === 0 ? 'All quiet' : `${open.length} open incident${open.length === 1 ? '' : 's'}`}
      </PageTitle>
      {open.length === 0 && (
        <p className="card text-soft">Nothing needs you now. New incidents appear here by themselves.</p>
      )}
      {open.length > 0 && <IncidentRows incidents={open} label="Open incidents" />}
      <AskBox />
      <Link to="/quiet" className="justify-self-start text-sm text-soft underline underline-offset-4">
        Silences and noise
      </Link>
      {past.length > 0 && (
        <section aria-label="Resolved" className="grid gap-2.5">
          <h2 className="font-semibold text-soft">Resolved</h2>
          <IncidentRows incidents={past} label="Resolved incidents" />
          {past.length < resolved.length && (
            <Link
              to="/"
              search={{ show: 'all' }}
              resetScroll={false}
              className="justify-self-start text-link underline"
            >
              Show all {resolved.length}
            </Link>
          )}
        </section>
      )}
    </div>
  );
}

function IncidentRows({ incidents, label }: { readonly incidents: readonly Listed[]; readonly label: string }) {
  return (
    <ul aria-label={label} className="grid gap-2.5">
      {incidents.map((listed) => (
        <li key={listed.incident.id}>
          <IncidentRow {...listed} />
        </li>
      ))}
    </ul>
  );
}

/** A proven fault comes before a suspicion of the same severity. */
function byUrgency(a: Listed, b: Listed): number {
  return (
    severities.indexOf(a.incident.severity) - severities.indexOf(b.incident.severity) ||
    Number(b.cause?.verdict === 'fault') - Number(a.cause?.verdict === 'fault') ||
    b.incident.startedAt - a.incident.startedAt
  );
}

function byRecency(a: Listed, b: Listed): number {
  return b.incident.lastSeenAt - a.incident.lastSeenAt;
}
