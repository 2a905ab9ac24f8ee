import type { IncidentId } from '@heliosiq/model';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { SyntheticEvent } from 'react';
import { pageClient } from '../app/session.ts';
import { CitedAnswer } from './cited-answer.tsx';

/** Asks the copilot; on an incident's page about that incident. */
export function AskBox({ incidentId, suggestion }: { readonly incidentId?: IncidentId; readonly suggestion?: string }) {
  const [question, setQuestion] = useState('');
  const asking = useMutation({
    mutationFn: (text: string) =>
      pageClient().call('ask', { body: { question: text, ...(incidentId === undefined ? {} : { incidentId }) } }),
  });
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const text = question.trim() === '' ? suggestion : question.trim();
    if (text !== undefined) asking.mutate(text);
  };
  return (
    <section aria-label="Ask" className="card grid gap-3">
      <form onSubmit={submit} className="flex gap-2">
        <input
          className="field"
          aria-label="Your question"
          placeholder={suggestion ?? 'Ask: what is wrong, why, what to do'}
          maxLength={2000}
          value={question}
          onChange={(event) => setQuestion(event.target.value)}
        />
        <button className="quiet-button" disabled={asking.isPending}>
          Ask
        </button>
      </form>
      {asking.isError && (
        <p role="alert" className="text-critical">
          {asking.error.message}
        </p>
      )}
      {asking.data !== undefined && <CitedAnswer answer={asking.data} />}
    </section>
  );
}
