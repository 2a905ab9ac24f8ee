import type { Answer, IncidentId } from '@heliosiq/model';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { SyntheticEvent } from 'react';
import { pageClient } from '../app/session.ts';
import { CitedAnswer } from './cited-answer.tsx';

const keptMs = 60 * 60_000;

export interface AskBoxProps {
  /** The incident that the question is about. */
  readonly incidentId?: IncidentId;
  /** What is asked when nothing is typed. */
  readonly suggestion?: string;
}

/** Asks the copilot. The last answer of a view stays with it while its sources are being read. */
export function AskBox({ incidentId, suggestion = 'What is wrong, and why?' }: AskBoxProps) {
  const queries = useQueryClient();
  const answerKey = ['answer', incidentId ?? 'all'];
  const kept = useQuery<Answer | null>({
    queryKey: answerKey,
    queryFn: () => null,
    enabled: false,
    gcTime: keptMs,
    staleTime: 'static',
  });
  const [question, setQuestion] = useState('');
  const asking = useMutation({
    mutationFn: (text: string) =>
      pageClient().call('ask', { body: { question: text, ...(incidentId === undefined ? {} : { incidentId }) } }),
    onSuccess: (answer) => queries.setQueryData(answerKey, answer),
  });
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    asking.mutate(question.trim() === '' ? suggestion : question.trim());
  };
  return (
    <section aria-label="Ask" className="card min-w-0">
      <h2 className="font-semibold">Ask</h2>
      <form onSubmit={submit} className="mt-3 flex gap-2">
        <input
          className="field"
          aria-label="Your question"
          placeholder={suggestion}
          maxLength={2000}
          value={question}
          onChange={(event) => setQuestion(event.target.value)}
        />
        <button className="button" disabled={asking.isPending}>
          {asking.isPending ? '…' : 'Ask'}
        </button>
      </form>
      {asking.isError && (
        <p role="alert" className="mt-3 text-critical">
          No answer: {asking.error.message}.
        </p>
      )}
      <div aria-live="polite" className="not-empty:mt-3" aria-busy={asking.isPending}>
        {kept.data !== undefined && kept.data !== null && <CitedAnswer answer={kept.data} />}
      </div>
    </section>
  );
}
