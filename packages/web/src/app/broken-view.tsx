import { isNotFound } from '@tanstack/react-router';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { NotFound } from './not-found.tsx';
import { PageTitle } from './page-title.tsx';

/** What stands where a view could not be shown: an address that cannot be one, a lost connection, a fault of the page. */
export function BrokenView({ error }: ErrorComponentProps) {
  if (isNotFound(error)) return <NotFound />;
  return (
    <div role="alert" className="grid gap-4">
      <PageTitle>This view could not be shown</PageTitle>
      <div className="card grid gap-3">
        <p className="wrap-anywhere">{error instanceof Error ? error.message : String(error)}</p>
        <button className="button justify-self-start" onClick={() => location.reload()}>
          Load again
        </button>
      </div>
    </div>
  );
}
