import type { Diagnosis, IncidentId } from '@heliosiq/model';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { apiQuery } from '../app/queries.ts';
import { pageClient } from '../app/session.ts';
import { AssetName } from '../words/asset-name.tsx';
import { faultWord } from '../words/causes.ts';
import { moment } from '../words/times.ts';

export interface CauseMarkProps {
  readonly incidentId: IncidentId;
  readonly diagnosis: Diagnosis;
  /** Assets of the incident, for a cause that nobody suspected. */
  readonly assets: readonly string[];
}

/** What a person said the true cause was, and the way to say it; remembered for incidents like this one. */
export function CauseMark({ incidentId, diagnosis, assets }: CauseMarkProps) {
  const queries = useQueryClient();
  const known = useQuery(apiQuery('getCause', { params: { id: incidentId } }));
  const choices = [...new Set([...diagnosis.hypotheses.map(({ asset }) => asset as string), ...assets])];
  const [chosen, setChosen] = useState('');
  const asset = chosen === '' ? (choices[0] ?? '') : chosen;
  const marking = useMutation({
    mutationFn: () => {
      const fault = diagnosis.hypotheses.find((one) => one.asset === asset)?.fault ?? 'unknown';
      return pageClient().call('markCause', { params: { id: incidentId }, body: { asset, fault } });
    },
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['getIncident', { params: { id: incidentId } }] });
      return queries.invalidateQueries({ queryKey: ['getCause', { params: { id: incidentId } }] });
    },
  });
  const cause = known.data?.cause;
  return (
    <div className="grid gap-2 border-t border-line pt-3 text-sm">
      {cause !== undefined && (
        <p>
          <b className="font-semibold">True cause, said {cause.actor}:</b> <AssetName name={cause.asset} />{' '}
          <span className="text-soft">
            {faultWord(cause.fault)}, {moment(cause.markedAt)}
          </span>
        </p>
      )}
      <form
        className="flex flex-wrap items-center gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          marking.mutate();
        }}
      >
        <label className="text-soft" htmlFor="true-cause">
          The true cause was
        </label>
        <select
          id="true-cause"
          className="field w-auto! max-w-64"
          value={asset}
          onChange={(event) => setChosen(event.target.value)}
        >
          {choices.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <button className="quiet-button" disabled={marking.isPending || asset === ''}>
          Remember
        </button>
      </form>
      {marking.isError && (
        <p role="alert" className="text-critical">
          That was not kept: {marking.error.message}.
        </p>
      )}
    </div>
  );
}
