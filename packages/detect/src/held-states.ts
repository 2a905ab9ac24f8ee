import type { StateStore } from '@heliosiq/ports';

/** States that live as long as whoever holds them: for detection over the past, of which nothing is kept. */
export function createHeldStates(): StateStore {
  const states = new Map<string, Uint8Array>();
  const placeOf = (tenantId: string, scope: string, key: string): string => `${tenantId} ${scope} ${key}`;
  return {
    async put(tenantId, scope, entries) {
      // A copy: who wrote it may go on writing where it was.
      for (const { key, bytes } of entries) states.set(placeOf(tenantId, scope, key), Uint8Array.from(bytes));
    },
    async get(tenantId, scope, keys) {
      return keys.flatMap((key) => {
        const bytes = states.get(placeOf(tenantId, scope, key));
        return bytes === undefined ? [] : [{ key, bytes }];
      });
    },
  };
}
