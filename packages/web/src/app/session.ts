import { createClient } from '@heliosiq/api';
import type { Client } from '@heliosiq/api';

const storageKey = 'heliosiq-key';

/** The API key of this tab; gone when the tab is closed. */
export function sessionKey(): string | undefined {
  return sessionStorage.getItem(storageKey) ?? undefined;
}

export function keepSessionKey(key: string): void {
  sessionStorage.setItem(storageKey, key);
}

export function forgetSessionKey(): void {
  sessionStorage.removeItem(storageKey);
}

/** A client of the server that this page came from. */
export function pageClient(): Client {
  const token = sessionKey();
  return createClient({
    baseUrl: '',
    fetch: globalThis.fetch.bind(globalThis),
    ...(token === undefined ? {} : { token }),
  });
}
