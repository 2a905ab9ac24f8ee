import { IncidentId } from '@heliosiq/api';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { LoadState } from '../app/load-state.tsx';
import { apiQuery } from '../app/queries.ts';
import { AskBox } from '../ask/ask-box.tsx';
import { AnomalyChart } from '../charts/anomaly-chart.tsx';
import { AssetMap } from '../map/asset-map.tsx';
import { CauseList } from './cause-list.tsx';
import { IncidentHeader } from './incident-header.tsx';
import { RunbookCard } from './runbook-card.tsx';
import { Timeline } from './timeline.tsx';

const chartsShown = 4;

/** One incident: what happened, why, where, when, and what to do. */
export function IncidentPage() {
  const { id } = useParams({ from: '/incidents/$id' });
  const incidentId = IncidentId.safeParse(id);
  const detail = useQuery({
    ...apiQuery('getIncident', {
      params: { id: incidentId.data ?? IncidentId.parse('00000000-0000-7000-8000-000000000000') },
    }),
    enabled: incidentId.success,
  });
  if (detail.data === undefined)
    return <LoadState error={incidentId.success ? detail.error : incidentId.error} what="incident" />;
  const { incident, diagnosis, anomalies, timeline } = detail.data;
  const cause = diagnosis?.verdict === 'fault' ? diagnosis.hypotheses[0] : undefined;
  return (
    <article className="grid gap-5">
      <IncidentHeader incident={incident} />
      <div className="grid gap-5 lg:grid-cols-[3fr_2fr]">
        <div className="grid content-start gap-5">
          <CauseList diagnosis={diagnosis} />
          <section aria-label="Charts" className="card grid gap-5">
            <h2 className="font-semibold">What changed</h2>
            {anomalies.length === 0 && (
              <p className="text-soft">No anomaly was measured; the incident stands on alerts.</p>
            )}
            {anomalies.slice(0, chartsShown).map((anomaly) => (
              <AnomalyChart key={anomaly.id} anomaly={anomaly} />
            ))}
            {anomalies.length > chartsShown && (
              <p className="text-sm text-soft">and {anomalies.length - chartsShown} more anomalies of this incident</p>
            )}
          </section>
        </div>
        <div className="grid content-start gap-5">
          <AskBox
            incidentId={incident.id}
            suggestion={`Why is ${incident.entry?.asset ?? incident.assets[0] ?? 'this'} in trouble?`}
          />
          <AssetMap affected={incident.assets} {...(cause === undefined ? {} : { cause: cause.asset })} />
          {cause !== undefined && (
            <RunbookCard query={`${cause.fault} ${incident.entry?.metric ?? ''} ${incident.title}`} />
          )}
          <Timeline entries={timeline} />
        </div>
      </div>
    </article>
  );
}
