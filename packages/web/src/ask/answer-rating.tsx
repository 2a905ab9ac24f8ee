import type { Answer } from '@heliosiq/model';
import { useMutation } from '@tanstack/react-query';
import { pageClient } from '../app/session.ts';

/** Asks whether an answer helped; what is said last counts. */
export function AnswerRating({ id, question }: { readonly id: string; readonly question: Answer['question'] }) {
  const rating = useMutation({
    mutationFn: (helpful: boolean) =>
      pageClient().call('rateAnswer', { params: { id }, body: { helpful, question: question.slice(0, 2000) } }),
  });
  const said = rating.isSuccess ? rating.variables : undefined;
  const button = (helpful: boolean, label: string) => (
    <button
      type="button"
      className="rounded border border-line px-2 py-0.5 hover:bg-raised aria-pressed:border-accent aria-pressed:text-ink"
      aria-pressed={said === helpful}
      disabled={rating.isPending}
      onClick={() => rating.mutate(helpful)}
    >
      {label}
    </button>
  );
  return (
    <div role="group" aria-label="Did this help?" className="flex flex-wrap items-center gap-2 text-sm text-soft">
      <span>Did this help?</span>
      {button(true, 'Yes')}
      {button(false, 'No')}
      <span aria-live="polite">
        {said !== undefined && 'Thank you.'}
        {rating.isError && `Not kept: ${rating.error.message}.`}
      </span>
    </div>
  );
}
