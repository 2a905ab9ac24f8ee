import { silenceState } from '@heliosiq/api';
import type { Silence } from '@heliosiq/model';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { LoadState } from '../app/load-state.tsx';
import { PageTitle } from '../app/page-title.tsx';
import { apiQuery } from '../app/queries.ts';
import { pageClient } from '../app/session.ts';
import { clock } from '../words/times.ts';
import { useNow } from '../words/use-now.ts';
import { BackLink } from './back-link.tsx';
import { NoiseCard } from './noise-card.tsx';
import { ReliabilityCard } from './reliability-card.tsx';
import { SilenceForm } from './silence-form.tsx';

/** What nobody is told of for a while, and how much noise there was. */
export function QuietPage() {
  const list = useQuery(apiQuery('listSilences', { query: { show: 'all', limit: '100' } }));
  return (
    <div className="grid gap-4">
      <BackLink />
      <PageTitle>Silences and noise</PageTitle>
      <SilenceForm />
      {list.data === undefined ? (
        <LoadState error={list.error} what="silences" />
      ) : (
        <section aria-label="Silences" className="card grid gap-2 text-sm">
          <h2 className="text-base font-semibold">Silences</h2>
          {list.data.silences.length === 0 && <p className="text-soft">There are none.</p>}
          <ul className="grid gap-2">
            {list.data.silences.map((silence) => (
              <li key={silence.id}>
                <SilenceRow silence={silence} />
              </li>
            ))}
          </ul>
        </section>
      )}
      <NoiseCard />
      <ReliabilityCard />
    </div>
  );
}

function SilenceRow({ silence }: { readonly silence: Silence }) {
  const now = useNow();
  const queries = useQueryClient();
  const state = silenceState(silence, now);
  const end = useMutation({
    mutationFn: () => pageClient().call('endSilence', { params: { id: silence.id } }),
    onSuccess: () => queries.invalidateQueries(),
  });
  const { kind, matchers, startsAt, endsAt, endedAt, author, reason } = silence;
  return (
    <div className={`flex flex-wrap items-center gap-x-3 gap-y-1 ${state === 'over' ? 'text-soft' : ''}`}>
      <span className="font-medium">
        {kind}, {state}
      </span>
      <code className="wrap-anywhere">
        {matchers.map(({ name, operator, value }) => `${name}${operator}${value}`).join(' ')}
      </code>
      <span>
        {clock(startsAt, now)} to {clock(Math.min(endsAt, endedAt ?? endsAt), now)}, by {author}: {reason}
      </span>
      {state !== 'over' && (
        <button className="quiet-button text-sm" disabled={end.isPending} onClick={() => end.mutate()}>
          End it
        </button>
      )}
      {end.isError && (
        <span role="alert" className="text-critical">
          That did not work: {end.error.message}.
        </span>
      )}
    </div>
  );
}
