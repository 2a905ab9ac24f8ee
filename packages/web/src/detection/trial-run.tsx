import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { SyntheticEvent } from 'react';
import { apiQuery } from '../app/queries.ts';
import { shortNumber } from '../words/numbers.ts';
import { AnomalyStrips } from './anomaly-strips.tsx';
import { type DetectionSearch, levelChoices, rangeSince, sinceChoices } from './detection-search.ts';

/** Replays the lake through the detector: what it would have said at a sensitivity. */
export function TrialRun({ search }: { readonly search: DetectionSearch }) {
  const navigate = useNavigate({ from: '/detection' });
  const { since = '7d', level = 'normal', asset } = search;
  const [name, setName] = useState(asset ?? '');
  // The end of the range stays while the page is open, so that looking again is the same question.
  const [now] = useState(() => Date.now());
  const range = rangeSince(since, now);
  const query = {
    from: String(range.from),
    to: String(range.to),
    level,
    limit: '1000',
    ...(asset === undefined ? {} : { asset }),
  };
  const run = useQuery({ ...apiQuery('runBacktest', { query }), staleTime: Infinity, retry: false });
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    void navigate({ search: { since, level, ...(name.trim() === '' ? {} : { asset: name.trim() }) } });
  };
  return (
    <section aria-label="Trial run" className="card grid gap-3">
      <h2 className="font-medium">What it would have said</h2>
      <form onSubmit={submit} className="flex flex-wrap items-end gap-3 text-sm">
        <label className="grid gap-1">
          <span className="text-soft">Since</span>
          <select
            className="field"
            value={since}
            onChange={({ target }) =>
              void navigate({ search: { ...search, since: sinceChoices.find((one) => one === target.value) ?? '7d' } })
            }
          >
            {sinceChoices.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label className="grid gap-1">
          <span className="text-soft">Sensitivity</span>
          <select
            className="field"
            value={level}
            onChange={({ target }) =>
              void navigate({
                search: { ...search, level: levelChoices.find((one) => one === target.value) ?? 'normal' },
              })
            }
          >
            {levelChoices.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label className="grid gap-1">
          <span className="text-soft">Asset</span>
          <input className="field" value={name} placeholder="all" onChange={({ target }) => setName(target.value)} />
        </label>
        <button className="quiet-button">Look</button>
      </form>
      {run.isError && (
        <p role="alert" className="text-sm text-critical">
          The trial run failed: {run.error.message}.
        </p>
      )}
      {run.isPending && (
        <p role="status" className="text-sm text-soft">
          Replaying the lake…
        </p>
      )}
      {run.data !== undefined && (
        <>
          <p className="text-sm">
            {shortNumber(run.data.found)} anomalies in {shortNumber(run.data.series)} series,{' '}
            {shortNumber(run.data.samples)} samples and {shortNumber(run.data.lines)} log lines; of series{' '}
            {shortNumber(run.data.perSeriesAndWeek)} per series and week. Nothing of it was told or kept.
            {run.data.isCut && ' There is more than a run looks at: name an asset.'}
          </p>
          {run.data.anomalies.length > 0 && <AnomalyStrips anomalies={run.data.anomalies} range={range} />}
        </>
      )}
    </section>
  );
}
