import { useQuery } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { HeliosError } from '@heliosiq/api';
import { useLiveUpdates } from '../live/use-live-updates.ts';
import { apiQuery } from './queries.ts';
import { SignIn } from './sign-in.tsx';
import { ThemeSwitch } from './theme-switch.tsx';

/** Frame of every view: name, places, connection, theme; asks for a key when the server wants one. */
export function Shell() {
  const who = useQuery(apiQuery('whoami'));
  if (who.error instanceof HeliosError && who.error.code === 'unauthenticated') return <SignIn />;
  return (
    <div className="mx-auto flex min-h-dvh max-w-6xl flex-col px-4 pb-16 sm:px-6">
      <header className="flex flex-wrap items-center gap-x-5 gap-y-2 py-4">
        <Link to="/" className="flex items-center gap-2 text-lg font-semibold tracking-tight">
          <img src="/icon.svg" alt="" className="size-6" />
          HeliosIQ
        </Link>
        <nav aria-label="Places" className="flex gap-4 text-soft">
          <Link to="/" activeOptions={{ exact: true }} activeProps={{ className: 'text-ink font-medium' }}>
            Incidents
          </Link>
          <Link to="/knowledge" activeProps={{ className: 'text-ink font-medium' }}>
            Knowledge
          </Link>
        </nav>
        <div className="ml-auto flex items-center gap-3 text-sm text-soft">
          {who.data !== undefined && (
            <>
              <LiveMark />
              <span className="hidden sm:inline">{who.data.tenantId}</span>
            </>
          )}
          <ThemeSwitch />
        </div>
      </header>
      <main className="flex-1">{who.isError ? <Unreachable /> : <Outlet />}</main>
    </div>
  );
}

function LiveMark() {
  const state = useLiveUpdates();
  const live = state === 'live';
  return (
    <span role="status" className="flex items-center gap-1.5">
      <span aria-hidden className={`size-2 rounded-full ${live ? 'bg-good' : 'bg-medium'}`} />
      {live ? 'live' : 'reconnecting'}
    </span>
  );
}

function Unreachable() {
  return (
    <p role="alert" className="card text-critical">
      The server cannot be reached. This page tries again by itself.
    </p>
  );
}
