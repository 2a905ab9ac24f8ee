import type { InferredEdge } from '@heliosiq/model';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { LoadState } from '../app/load-state.tsx';
import { apiQuery } from '../app/queries.ts';
import { AskBox } from '../ask/ask-box.tsx';
import { AssetMap } from '../map/asset-map.tsx';
import { AdviceCard } from './advice-card.tsx';
import { adviceQuery } from './advice-query.ts';
import { CauseList } from './cause-list.tsx';
import { ChangeList } from './change-list.tsx';
import { EvidenceStrips } from './evidence-strips.tsx';
import { IncidentCharts } from './incident-charts.tsx';
import { IncidentHeader } from './incident-header.tsx';
import { MemberList } from './member-list.tsx';
import { RelatedIncidents } from './related-incidents.tsx';
import { Timeline } from './timeline.tsx';

const noEdges: readonly InferredEdge[] = [];

/** One incident: what happened, how bad it is, why, what to do, where and when. */
export function IncidentPage() {
  const { id } = useParams({ from: '/incidents/$id' });
  const detail = useQuery(apiQuery('getIncident', { params: { id } }));
  const hypotheses = detail.data?.diagnosis?.hypotheses;
  const suspicion = useMemo(
    () => new Map<string, number>(hypotheses?.map(({ asset, confidence }) => [asset, confidence])),
    [hypotheses],
  );
  if (detail.data === undefined) return <LoadState error={detail.error} what="incident" />;
  const { incident, diagnosis, anomalies, timeline, size, alerts, silences } = detail.data;
  const cause = diagnosis?.verdict === 'fault' ? diagnosis.hypotheses[0]?.asset : undefined;
  const felt = incident.entry?.asset;
  return (
    <article className="grid gap-4">
      <IncidentHeader incident={incident} />
      <RelatedIncidents incident={incident} silences={silences} />
      <div className="grid gap-4 lg:grid-cols-[3fr_2fr] lg:items-start">
        <div className="contents lg:grid lg:min-w-0 lg:gap-4">
          <CauseList diagnosis={diagnosis} assets={incident.assets} isOver={incident.status === 'resolved'} />
          <div className="order-2 grid min-w-0 gap-4 lg:order-none">
            {diagnosis !== undefined && <EvidenceStrips diagnosis={diagnosis} />}
            <IncidentCharts anomalies={anomalies} first={[cause, felt]} />
            <AssetMap
              suspicion={suspicion}
              inferred={diagnosis?.inferredEdges ?? noEdges}
              affected={incident.assets}
              {...(cause === undefined ? {} : { cause })}
              {...(felt === undefined ? {} : { felt })}
            />
          </div>
        </div>
        <div className="contents lg:grid lg:min-w-0 lg:gap-4">
          <div className="order-1 min-w-0 lg:order-none">
            <AdviceCard cited={diagnosis?.hypotheses[0]?.runbooks ?? []} query={adviceQuery(incident, diagnosis)} />
          </div>
          <div className="order-3 grid min-w-0 gap-4 lg:order-none">
            {diagnosis !== undefined && <ChangeList diagnosis={diagnosis} assets={incident.assets} />}
            <AskBox
              incidentId={incident.id}
              suggestion={`Why is ${felt ?? incident.assets[0] ?? 'this'} in trouble?`}
            />
            <Timeline incidentId={incident.id} entries={timeline} count={size.timeline} />
            <MemberList incident={incident} alerts={alerts} alertsCount={size.alerts} />
          </div>
        </div>
      </div>
    </article>
  );
}
