import { IncidentId } from '@heliosiq/api';
import type { AssetId, Incident } from '@heliosiq/model';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { apiQuery } from '../app/queries.ts';
import { pageClient } from '../app/session.ts';
import { readable } from '../words/sentences.ts';

export interface RegroupFormProps {
  readonly incident: Incident;
  /** Assets whose members go; none means the whole incident. */
  readonly chosen: readonly AssetId[];
  readonly onDone: () => void;
}

/** Moves the chosen members, or all of them, to another incident or to a new one; the program remembers it. */
export function RegroupForm({ incident, chosen, onDone }: RegroupFormProps) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [into, setInto] = useState('');
  const [note, setNote] = useState('');
  const list = useQuery(apiQuery('listIncidents', { query: { limit: '200' } }));
  const others = (list.data?.incidents ?? []).filter(
    ({ incident: { id, status } }) => id !== incident.id && status !== 'resolved',
  );
  const regroup = useMutation({
    mutationFn: () => {
      const params = { id: incident.id };
      const because = note.trim() === '' ? {} : { note: note.trim() };
      const target = into === '' ? undefined : IncidentId.parse(into);
      if (chosen.length > 0) {
        const body = { assets: [...chosen], ...(target === undefined ? {} : { into: target }), ...because };
        return pageClient().call('splitIncident', { params, body });
      }
      if (target === undefined) throw new Error('choose an incident or some members first');
      return pageClient().call('mergeIncident', { params, body: { into: target, ...because } });
    },
    onSuccess: async (answer) => {
      onDone();
      setNote('');
      await queries.invalidateQueries();
      await navigate({ to: '/incidents/$id', params: { id: answer.id } });
    },
  });
  if (incident.mergedInto !== undefined || (chosen.length === 0 && others.length === 0)) return null;
  return (
    <form
      aria-label="Grouping"
      className="flex flex-wrap gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        regroup.mutate();
      }}
    >
      <select
        className="field min-w-0 flex-1 text-sm"
        aria-label="Where they belong"
        value={into}
        onChange={(event) => setInto(event.target.value)}
      >
        <option value="">{chosen.length > 0 ? 'a new incident' : 'choose an incident'}</option>
        {others.map(({ incident: other }) => (
          <option key={other.id} value={other.id}>
            {readable(other.title)}
          </option>
        ))}
      </select>
      <input
        className="field min-w-0 flex-1 text-sm"
        aria-label="Why they belong there"
        placeholder="Why?"
        maxLength={2000}
        value={note}
        onChange={(event) => setNote(event.target.value)}
      />
      <button className="quiet-button text-sm" disabled={regroup.isPending || (chosen.length === 0 && into === '')}>
        {chosen.length > 0 ? `Move ${chosen.length}` : 'Merge'}
      </button>
      {regroup.isError && (
        <p role="alert" className="w-full text-critical">
          That did not work: {regroup.error.message}.
        </p>
      )}
    </form>
  );
}
