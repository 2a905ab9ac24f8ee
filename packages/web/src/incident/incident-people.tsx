import type { Incident } from '@heliosiq/model';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { SyntheticEvent } from 'react';
import { apiQuery } from '../app/queries.ts';
import { pageClient } from '../app/session.ts';

/** Who works on it and who watches; the postmortem's draft to take along. */
export function IncidentPeople({ incident }: { readonly incident: Incident }) {
  const queries = useQueryClient();
  const who = useQuery(apiQuery('whoami'));
  const [name, setName] = useState<string>();
  const params = { id: incident.id };
  const done = (): Promise<void> => {
    setName(undefined);
    return queries.invalidateQueries();
  };
  const assign = useMutation({
    mutationFn: (assignee: string) => pageClient().call('assignIncident', { params, body: { assignee } }),
    onSuccess: done,
  });
  const watch = useMutation({
    mutationFn: (isWatching: boolean) => pageClient().call('watchIncident', { params, body: { isWatching } }),
    onSuccess: done,
  });
  const draft = useMutation({
    mutationFn: () => pageClient().call('getPostmortem', { params }),
    onSuccess: (markdown) => saveFile(`postmortem-${incident.id}.md`, markdown),
  });
  const watchers = incident.watchers ?? [];
  const isWatching = who.data !== undefined && watchers.includes(who.data.actor);
  const fault = assign.error ?? watch.error ?? draft.error;
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    assign.mutate(name?.trim() ?? '');
  };
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1.5 text-sm text-soft">
      {name === undefined ? (
        <span>
          {incident.assignee === undefined ? 'Nobody has it.' : `${incident.assignee} has it.`}{' '}
          <button className="underline underline-offset-4" onClick={() => setName(incident.assignee ?? '')}>
            Assign
          </button>
        </span>
      ) : (
        <form onSubmit={submit} className="flex gap-2">
          <input
            className="field text-sm"
            aria-label="Assignee"
            placeholder="Nobody"
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <button className="quiet-button text-sm" disabled={assign.isPending}>
            Give it
          </button>
        </form>
      )}
      <span>
        {watchers.length === 0 ? 'No watchers.' : `${watchers.length} watching.`}{' '}
        <button
          className="underline underline-offset-4"
          disabled={watch.isPending}
          title={watchers.join(', ')}
          onClick={() => watch.mutate(!isWatching)}
        >
          {isWatching ? 'Stop watching' : 'Watch'}
        </button>
      </span>
      <button className="underline underline-offset-4" disabled={draft.isPending} onClick={() => draft.mutate()}>
        Postmortem draft
      </button>
      {incident.severityReason !== undefined && <span>Severity: {incident.severityReason}.</span>}
      {fault !== null && (
        <span role="alert" className="text-critical">
          That did not work: {fault.message}.
        </span>
      )}
    </div>
  );
}

function saveFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/markdown' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
