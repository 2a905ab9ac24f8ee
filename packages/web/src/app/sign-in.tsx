import { useQueryClient } from '@tanstack/react-query';
import { HeliosError } from '@heliosiq/api';
import { useState } from 'react';
import type { SyntheticEvent } from 'react';
import { forgetSessionKey, keepSessionKey, pageClient } from './session.ts';

/** Asks for an API key and keeps it for this tab. */
export function SignIn() {
  const queries = useQueryClient();
  const [key, setKey] = useState('');
  const [problem, setProblem] = useState<string>();

  const submit = async (event: SyntheticEvent) => {
    event.preventDefault();
    keepSessionKey(key.trim());
    try {
      await pageClient().call('whoami');
      await queries.invalidateQueries();
    } catch (error) {
      forgetSessionKey();
      setProblem(
        error instanceof HeliosError && error.code === 'unauthenticated'
          ? 'This key is not valid. Copy it whole; it begins with hk_.'
          : 'The server cannot be reached.',
      );
    }
  };

  return (
    <main className="grid min-h-dvh place-items-center px-4">
      <form onSubmit={(event) => void submit(event)} className="card grid w-full max-w-sm gap-3">
        <h1 className="flex items-center gap-2 text-lg font-semibold">
          <img src="/icon.svg" alt="" className="size-6" /> HeliosIQ
        </h1>
        <label className="grid gap-1">
          API key
          <input
            className="field font-mono"
            type="password"
            autoComplete="current-password"
            value={key}
            onChange={(event) => setKey(event.target.value)}
            required
          />
        </label>
        {problem !== undefined && (
          <p role="alert" className="text-critical">
            {problem}
          </p>
        )}
        <button className="button">Open</button>
        <p className="text-sm text-soft">
          The first start of HeliosIQ printed an admin key. This page keeps it until you close the tab.
        </p>
      </form>
    </main>
  );
}
