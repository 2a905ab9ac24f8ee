import type { AnomalyContext } from '@heliosiq/api';
import type { AnomalyId } from '@heliosiq/model';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { pageClient } from '../app/session.ts';
import { tuningWords } from './tuning-words.ts';

/** Says that an anomaly is none, and takes that back by the same click. */
export function DismissButton({
  id,
  mutedBy,
}: {
  readonly id: AnomalyId;
  readonly mutedBy: AnomalyContext['mutedBy'];
}) {
  const queries = useQueryClient();
  const acting = useMutation({
    mutationFn: async () => {
      if (mutedBy === undefined) await pageClient().call('dismissAnomaly', { params: { id }, body: {} });
      else await pageClient().call('removeTuning', { params: { id: mutedBy.id } });
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ['readAnomalyContext'] }),
  });
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <button
        type="button"
        className="quiet-button text-sm"
        disabled={acting.isPending}
        onClick={() => acting.mutate()}
      >
        {mutedBy === undefined ? 'Not an anomaly' : 'Tell it again'}
      </button>
      <p className="text-sm text-soft wrap-anywhere">
        {mutedBy === undefined
          ? 'What looks like this will not be told again; you can take it back.'
          : `Not told: ${tuningWords(mutedBy)}.`}
      </p>
      {acting.isError && (
        <p role="alert" className="text-sm text-critical">
          That was not kept: {acting.error.message}.
        </p>
      )}
    </div>
  );
}
