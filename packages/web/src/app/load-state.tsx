import { HeliosError } from '@heliosiq/api';

/** What a view shows while its data is on the way, and when it does not come. */
export function LoadState({ error, what }: { readonly error: Error | null; readonly what: string }) {
  if (error === null) {
    return (
      <div aria-busy="true" className="grid gap-4">
        <p className="sr-only">Loading {what}…</p>
        <div className="h-8 w-2/3 animate-pulse rounded-lg bg-raised" />
        <div className="card h-56 animate-pulse" />
        <div className="card h-56 animate-pulse" />
      </div>
    );
  }
  const isMissing = error instanceof HeliosError && error.code === 'not-found';
  return (
    <div role="alert" className="card">
      <p className="font-medium">
        {isMissing ? `There is no such ${what}.` : `The ${what} could not be loaded: ${error.message}.`}
      </p>
      {error instanceof HeliosError && error.cure !== undefined && <p className="text-soft">{error.cure}.</p>}
    </div>
  );
}
