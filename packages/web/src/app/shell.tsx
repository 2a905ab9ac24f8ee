import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { HeliosError } from '@heliosiq/api';
import { useLiveUpdates } from '../live/use-live-updates.ts';
import { apiQuery } from './queries.ts';
import { forgetSessionKey, sessionKey } from './session.ts';
import { SignIn } from './sign-in.tsx';
import { ThemeSwitch } from './theme-switch.tsx';

const placeClass = 'rounded px-0.5 py-0.5 hover:text-ink sm:px-1';

/** Frame of every view: name, places, connection, theme; asks for a key when the server wants one. */
export function Shell() {
  const who = useQuery(apiQuery('whoami'));
  if (who.error instanceof HeliosError && who.error.code === 'unauthenticated') return <SignIn />;
  return (
    <div className="mx-auto flex min-h-dvh max-w-7xl flex-col px-3 pb-12 sm:px-6">
      <header className="flex flex-wrap items-center gap-x-2 gap-y-1 py-3 sm:gap-x-5">
        <Link to="/" className="flex items-center gap-2 text-lg font-semibold tracking-tight">
          <img src="/icon.svg" alt="" width="24" height="24" className="size-6 shrink-0" />
          <span className="max-sm:sr-only">HeliosIQ</span>
        </Link>
        <nav aria-label="Places" className="flex gap-0.5 text-soft max-sm:text-sm sm:gap-4">
          <Link to="/" className={placeClass} activeOptions={{ exact: true }} activeProps={{ className: 'is-here' }}>
            Incidents
          </Link>
          <Link to="/explore" className={placeClass} activeProps={{ className: 'is-here' }}>
            Explore
          </Link>
          <Link to="/rules" className={placeClass} activeProps={{ className: 'is-here' }}>
            Rules
          </Link>
          <Link to="/detection" className={placeClass} activeProps={{ className: 'is-here' }}>
            Detection
          </Link>
          <Link to="/knowledge" className={placeClass} activeProps={{ className: 'is-here' }}>
            Knowledge
          </Link>
        </nav>
        <div className="ml-auto flex items-center gap-2 text-sm text-soft sm:gap-3">
          {who.data !== undefined && (
            <>
              <LiveMark />
              <span className="hidden sm:inline" title="Tenant">
                {who.data.tenantId}
              </span>
            </>
          )}
          {sessionKey() !== undefined && <SignOut />}
          <ThemeSwitch />
        </div>
      </header>
      <main className="flex-1 pt-1">{who.isError ? <Unreachable /> : <Outlet />}</main>
    </div>
  );
}

function LiveMark() {
  const isLive = useLiveUpdates() === 'live';
  return (
    <span role="status" className="flex items-center gap-1.5 whitespace-nowrap">
      <span aria-hidden className={`size-2 rounded-full ${isLive ? 'bg-good' : 'border-2 border-medium'}`} />
      <span className="max-sm:sr-only">{isLive ? 'live' : 'connecting…'}</span>
    </span>
  );
}

function SignOut() {
  const queries = useQueryClient();
  const leave = (): void => {
    forgetSessionKey();
    queries.clear();
    location.assign('/');
  };
  return (
    <button className="quiet-button whitespace-nowrap max-sm:px-2" onClick={leave}>
      Sign out
    </button>
  );
}

function Unreachable() {
  return (
    <div role="alert" className="card">
      <p className="font-medium text-critical">The server cannot be reached.</p>
      <p className="text-soft">Check that HeliosIQ runs, then load this page again.</p>
    </div>
  );
}
