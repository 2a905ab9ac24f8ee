import { InvestigationEvent } from '@heliosiq/api';
import type { IncidentId, InvestigationStep } from '@heliosiq/model';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { apiQuery } from '../app/queries.ts';
import { pageClient } from '../app/session.ts';
import { readEventStream } from '../live/event-stream.ts';
import { moment } from '../words/times.ts';

const triggerWords = {
  incident: 'because the incident changed',
  'new-data': 'because more data came',
  person: 'because a person asked',
  restart: 'again, after its process had ended',
  replay: 'as a replay',
} as const;

/** How the cause was looked for, step by step, and the way to have it looked for again and watch. */
export function InvestigationSteps({ incidentId }: { readonly incidentId: IncidentId }) {
  const queries = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const [live, setLive] = useState<readonly InvestigationStep[]>([]);
  const list = useQuery({
    ...apiQuery('listInvestigations', { params: { id: incidentId }, query: { limit: '1' } }),
    enabled: isOpen,
  });
  const again = useMutation({
    mutationFn: async () => {
      setLive([]);
      const stream = await pageClient().open('investigate', { params: { id: incidentId } });
      for await (const { data } of readEventStream(stream)) {
        const event = InvestigationEvent.parse(JSON.parse(data));
        if (event.kind === 'step') setLive((steps) => [...steps, event.step]);
        if (event.kind === 'fault') throw new Error(event.message);
        if (event.kind === 'answer') return;
      }
    },
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: ['listInvestigations'] });
      void queries.invalidateQueries({ queryKey: ['getIncident', { params: { id: incidentId } }] });
    },
  });
  const latest = list.data?.investigations[0];
  const steps = again.isPending || live.length > 0 ? live : (latest?.steps ?? []);
  return (
    <details className="border-t border-line pt-1.5 text-sm" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="cursor-pointer py-0.5 text-soft hover:text-ink">How it was looked for</summary>
      <div className="grid gap-2 py-2">
        {latest !== undefined && (
          <p className="text-soft">
            {moment(latest.startedAt)}, {triggerWords[latest.trigger]}: {latest.status}
            {latest.fault === undefined ? '' : `. ${latest.fault}`}
          </p>
        )}
        <ol className="grid gap-1" aria-live="polite">
          {steps.map(({ name, outcome, text, durationMs }) => (
            <li key={name} className="grid grid-cols-[6rem_1fr_auto] gap-2 tabular-nums">
              <span className="text-soft">{name}</span>
              <span className={`wrap-anywhere ${outcome === 'done' ? '' : 'text-medium'}`}>
                {outcome === 'done' ? text : `${outcome}: ${text}`}
              </span>
              <span className="text-soft">{Math.round(durationMs)} ms</span>
            </li>
          ))}
        </ol>
        {latest?.inputHash !== undefined && (
          <p className="text-xs text-soft wrap-anywhere">
            input {latest.inputHash.slice(0, 16)} · answer {latest.answerHash?.slice(0, 16)}
          </p>
        )}
        <button className="quiet-button justify-self-start" disabled={again.isPending} onClick={() => again.mutate()}>
          {again.isPending ? 'Looking…' : 'Look again'}
        </button>
        {again.isError && (
          <p role="alert" className="text-critical">
            That did not work: {again.error.message}.
          </p>
        )}
      </div>
    </details>
  );
}
