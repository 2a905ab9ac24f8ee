import type { Incident } from '@heliosiq/model';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { PageTitle } from '../app/page-title.tsx';
import { pageClient } from '../app/session.ts';
import { readable } from '../words/sentences.ts';
import { ago, clock, span } from '../words/times.ts';
import { useNow } from '../words/use-now.ts';
import { IncidentPeople } from './incident-people.tsx';
import { SeverityMark, StatusMark } from './severity-mark.tsx';

type Step = 'acknowledgeIncident' | 'mitigateIncident' | 'resolveIncident' | 'reopenIncident';

const steps: Readonly<Record<Incident['status'], readonly (readonly [Step, string])[]>> = {
  open: [
    ['acknowledgeIncident', "I'm on it"],
    ['resolveIncident', 'Resolve'],
  ],
  acknowledged: [
    ['mitigateIncident', 'Users are safe'],
    ['resolveIncident', 'Resolve'],
  ],
  mitigated: [['resolveIncident', 'Resolve']],
  resolved: [['reopenIncident', 'Reopen']],
};

/** Title, state and the steps that a person can take. */
export function IncidentHeader({ incident }: { readonly incident: Incident }) {
  const queries = useQueryClient();
  const step = useMutation({
    mutationFn: (name: Step) => pageClient().call(name, { params: { id: incident.id }, body: {} }),
    onSettled: () => queries.invalidateQueries(),
  });
  return (
    <section aria-label="Incident" className="grid gap-2">
      <Link to="/" className="back-link">
        Incidents
      </Link>
      <PageTitle>{readable(incident.title)}</PageTitle>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <SeverityMark severity={incident.severity} />
        <StatusMark status={incident.status} />
        <WhenLine incident={incident} />
        <span className="flex gap-2 max-sm:w-full sm:ml-auto">
          {steps[incident.status].map(([name, words], index) => (
            <button
              key={name}
              className={`${index === 0 ? 'button' : 'quiet-button'} max-sm:flex-1`}
              disabled={step.isPending}
              onClick={() => step.mutate(name)}
            >
              {words}
            </button>
          ))}
        </span>
      </div>
      <IncidentPeople incident={incident} />
      {step.isError && (
        <p role="alert" className="text-critical">
          That did not work: {step.error.message}.
        </p>
      )}
    </section>
  );
}

function WhenLine({ incident }: { readonly incident: Incident }) {
  const now = useNow();
  const { startedAt, lastSeenAt, resolvedAt, resolvedBy, acknowledgedBy, status } = incident;
  const parts = [
    `began ${ago(startedAt, now)} (${clock(startedAt, now)})`,
    `lasted ${span(Math.max(60_000, lastSeenAt - startedAt))}${status === 'resolved' ? '' : ' so far'}`,
    `${incident.assets.length} asset${incident.assets.length === 1 ? '' : 's'} affected`,
    ...(status === 'acknowledged' && acknowledgedBy !== undefined ? [`handled by ${acknowledgedBy}`] : []),
    ...(status === 'resolved' && resolvedAt !== undefined
      ? [`resolved ${ago(resolvedAt, now)}${resolvedBy === undefined ? '' : ` by ${resolvedBy}`}`]
      : []),
  ];
  return <span className="text-sm text-soft tabular-nums">{parts.join(' · ')}</span>;
}
