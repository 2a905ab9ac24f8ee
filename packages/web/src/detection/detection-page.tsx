import { useSearch } from '@tanstack/react-router';
import { PageTitle } from '../app/page-title.tsx';
import { NoiseList } from './noise-list.tsx';
import { TrialRun } from './trial-run.tsx';
import { TuningList } from './tuning-list.tsx';

/** How detection behaves, what people told it, and what another sensitivity would change. */
export function DetectionPage() {
  const search = useSearch({ from: '/detection' });
  return (
    <article className="grid w-full gap-4">
      <PageTitle>Detection</PageTitle>
      <TrialRun search={search} />
      <NoiseList />
      <TuningList />
    </article>
  );
}
