import { SilenceMatcher } from '@heliosiq/api';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { pageClient } from '../app/session.ts';

const hourMs = 3_600_000;

/** Silences what matches `name=value` words for some hours. */
export function SilenceForm() {
  const queries = useQueryClient();
  const [words, setWords] = useState('');
  const [hours, setHours] = useState('2');
  const [reason, setReason] = useState('');
  const [isMaintenance, setMaintenance] = useState(false);
  const adding = useMutation({
    mutationFn: () =>
      pageClient().call('createSilence', {
        body: {
          kind: isMaintenance ? 'maintenance' : 'silence',
          matchers: words.trim().split(/\s+/).map(matcherOf),
          endsAt: new Date(Date.now() + Number(hours) * hourMs).toISOString(),
          reason,
        },
      }),
    onSuccess: () => {
      setWords('');
      setReason('');
      return queries.invalidateQueries();
    },
  });
  return (
    <form
      aria-label="New silence"
      className="card flex flex-wrap items-center gap-2 text-sm"
      onSubmit={(event) => {
        event.preventDefault();
        adding.mutate();
      }}
    >
      <input
        className="field min-w-0 flex-[2] text-sm"
        aria-label="What is silenced"
        placeholder="asset=db-1 cluster=~eu-.*"
        required
        value={words}
        onChange={(event) => setWords(event.target.value)}
      />
      <input
        className="field min-w-0 flex-[2] text-sm"
        aria-label="Why it is silenced"
        placeholder="Why?"
        required
        maxLength={2000}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      <select
        className="field text-sm"
        aria-label="For how long"
        value={hours}
        onChange={(event) => setHours(event.target.value)}
      >
        {['1', '2', '8', '24', '72', '168'].map((count) => (
          <option key={count} value={count}>
            {count} h
          </option>
        ))}
      </select>
      <label className="flex items-center gap-1.5">
        <input type="checkbox" checked={isMaintenance} onChange={() => setMaintenance(!isMaintenance)} />
        maintenance
      </label>
      <button className="button text-sm" disabled={adding.isPending}>
        Silence
      </button>
      {adding.isError && (
        <p role="alert" className="w-full text-critical">
          That did not work: {adding.error.message}.
        </p>
      )}
    </form>
  );
}

function matcherOf(words: string): SilenceMatcher {
  const [, name, operator, value] = /^([^=!~]+)(=~|!~|!=|=)(.*)$/s.exec(words) ?? [];
  const matcher = SilenceMatcher.safeParse({ name, operator, value });
  if (!matcher.success) throw new Error(`“${words}” is no matcher: write name=value`);
  return matcher.data;
}
