import type { Incident } from '@heliosiq/model';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { pageClient } from '../app/session.ts';
import { moment, span } from '../words/times.ts';
import { SeverityMark, StatusMark } from './severity-mark.tsx';

type Step = 'acknowledgeIncident' | 'resolveIncident' | 'reopenIncident';

const steps: Readonly<Record<Incident['status'], readonly (readonly [Step, string])[]>> = {
  open: [
    ['acknowledgeIncident', 'I am on it'],
    ['resolveIncident', 'Resolve'],
  ],
  acknowledged: [['resolveIncident', 'Resolve']],
  resolved: [['reopenIncident', 'Reopen']],
};

/** Title, state and the steps that a person can take. */
export function IncidentHeader({ incident }: { readonly incident: Incident }) {
  const queries = useQueryClient();
  const step = useMutation({
    mutationFn: (name: Step) => pageClient().call(name, { params: { id: incident.id }, body: {} }),
    onSettled: () => queries.invalidateQueries(),
  });
  const until = incident.resolvedAt ?? incident.lastSeenAt;
  return (
    <header className="grid gap-2">
      <Link to="/" className="text-sm text-link underline">
        Incidents
      </Link>
      <h1 className="text-xl font-semibold tracking-tight text-balance sm:text-2xl wrap-anywhere">{incident.title}</h1>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <SeverityMark severity={incident.severity} />
        <StatusMark status={incident.status} />
        <span className="text-sm text-soft">
          since {moment(incident.startedAt)}, for {span(Math.max(60_000, until - incident.startedAt))}
        </span>
        <span className="text-sm text-soft">
          {incident.assets.length} asset{incident.assets.length === 1 ? '' : 's'} affected
        </span>
        <span className="flex gap-2 sm:ml-auto">
          {steps[incident.status].map(([name, words]) => (
            <button key={name} className="quiet-button" disabled={step.isPending} onClick={() => step.mutate(name)}>
              {words}
            </button>
          ))}
        </span>
      </div>
      {step.isError && (
        <p role="alert" className="text-critical">
          {step.error.message}
        </p>
      )}
    </header>
  );
}
