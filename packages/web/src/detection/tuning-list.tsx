import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { apiQuery } from '../app/queries.ts';
import { pageClient } from '../app/session.ts';
import { moment } from '../words/times.ts';
import { tuningWords } from './tuning-words.ts';

/** What people told detection, each to be taken back by a click. */
export function TuningList() {
  const queries = useQueryClient();
  const list = useQuery(apiQuery('listTunings'));
  const undoing = useMutation({
    mutationFn: (id: string) => pageClient().call('removeTuning', { params: { id } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['listTunings'] }),
  });
  const tunings = list.data?.tunings ?? [];
  return (
    <section aria-label="Told by people" className="card grid gap-2">
      <h2 className="font-medium">Told by people</h2>
      {list.isSuccess && tunings.length === 0 && (
        <p className="text-sm text-soft">Nothing: every series has the shipped sensitivity.</p>
      )}
      <ul className="grid gap-1.5 text-sm">
        {tunings.map((tuning) => (
          <li key={tuning.id} className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <span className="wrap-anywhere first-letter:uppercase">{tuningWords(tuning)}</span>
            <span className="text-soft tabular-nums">{moment(tuning.createdAt)}</span>
            <button
              type="button"
              className="quiet-button ml-auto"
              disabled={undoing.isPending}
              onClick={() => undoing.mutate(tuning.id)}
            >
              Take back
            </button>
          </li>
        ))}
      </ul>
      {undoing.isError && (
        <p role="alert" className="text-sm text-critical">
          It was not taken back: {undoing.error.message}.
        </p>
      )}
    </section>
  );
}
