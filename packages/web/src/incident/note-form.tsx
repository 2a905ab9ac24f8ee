import type { IncidentId } from '@heliosiq/model';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { SyntheticEvent } from 'react';
import { pageClient } from '../app/session.ts';

/** Adds a person's line to the timeline. */
export function NoteForm({ incidentId }: { readonly incidentId: IncidentId }) {
  const queries = useQueryClient();
  const [text, setText] = useState('');
  const adding = useMutation({
    mutationFn: (words: string) =>
      pageClient().call('commentOnIncident', { params: { id: incidentId }, body: { text: words } }),
    onSuccess: () => {
      setText('');
      return queries.invalidateQueries({ queryKey: ['getIncident', { params: { id: incidentId } }] });
    },
  });
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (text.trim() !== '') adding.mutate(text.trim());
  };
  return (
    <form onSubmit={submit} className="grid gap-2 border-t border-line pt-3">
      <div className="flex gap-2">
        <input
          className="field text-sm"
          aria-label="Note"
          placeholder="What did you see or do?"
          maxLength={10_000}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <button className="quiet-button text-sm whitespace-nowrap" disabled={adding.isPending}>
          Add note
        </button>
      </div>
      {adding.isError && (
        <p role="alert" className="text-sm text-critical">
          The note was not kept: {adding.error.message}.
        </p>
      )}
    </form>
  );
}
