import { HeliosError } from '@heliosiq/api';

/** What a view shows while its data is on the way, and when it does not come. */
export function LoadState({ error, what }: { readonly error: Error | null; readonly what: string }) {
  if (error === null) {
    return (
      <p className="card animate-pulse text-soft" aria-busy>
        Loading {what}…
      </p>
    );
  }
  const missing = error instanceof HeliosError && error.code === 'not-found';
  return (
    <p role="alert" className="card">
      {missing ? `There is no such ${what}.` : `The ${what} could not be loaded: ${error.message}`}
      {error instanceof HeliosError && error.cure !== undefined && (
        <span className="block text-soft">{error.cure}</span>
      )}
    </p>
  );
}
