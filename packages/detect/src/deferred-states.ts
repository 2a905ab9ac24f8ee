import type { TenantId } from '@heliosiq/model';
import type { StateEntry, StateStore } from '@heliosiq/ports';
import { createTurns } from './turns.ts';

/** A state store whose writes wait until they are asked for, so that work goes on while they are under way. */
export interface DeferredStates extends StateStore {
  /**
   * Resolves once everything that was put before is in the store; rejects with the first failure, and what was put and not
   * written is then to be forgotten.
   */
  flush(): Promise<void>;
  /** Waits for writes that are under way, whatever becomes of them, and drops those that wait. */
  forget(): Promise<void>;
}

interface Waiting {
  readonly tenantId: TenantId;
  readonly scope: string;
  readonly entries: readonly StateEntry[];
}

export interface DeferredStatesOptions {
  /** When more bytes than this wait, `put` writes them itself. Default 12 MB. */
  readonly waitingBytesMax?: number;
  /** Called at the end of each `put`: who packs many states is as busy as who changes them. */
  readonly breathe?: () => Promise<void> | undefined;
}

/**
 * Writes what was `put`, in its order and each call in one transaction, at the next `flush`; whoever reads finds what was put
 * last. Bytes may be changed after `put`.
 */
export function createDeferredStates(
  states: StateStore,
  { waitingBytesMax = 12_000_000, breathe = () => undefined }: DeferredStatesOptions = {},
): DeferredStates {
  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  /** What is not in the store yet, by tenant, scope and key. */
  const unwritten = new Map<string, Uint8Array>();
  const inTurn = createTurns();
  const placeOf = (tenantId: TenantId, scope: string, key: string): string => `${tenantId} ${scope} ${key}`;

  async function writeAll(): Promise<void> {
    const taken = waiting;
    waiting = [];
    waitingBytes = 0;
    for (const { tenantId, scope, entries } of taken) {
      await states.put(tenantId, scope, entries);
      for (const { key, bytes } of entries) {
        const place = placeOf(tenantId, scope, key);
        if (unwritten.get(place) === bytes) unwritten.delete(place);
      }
    }
  }

  return {
    async put(tenantId, scope, entries) {
      const copies = copied(entries);
      waiting.push({ tenantId, scope, entries: copies });
      for (const { key, bytes } of copies) {
        unwritten.set(placeOf(tenantId, scope, key), bytes);
        waitingBytes += bytes.length;
      }
      await (waitingBytes > waitingBytesMax ? inTurn(writeAll) : breathe());
    },
    async get(tenantId, scope, keys) {
      const own = keys.flatMap((key) => {
        const bytes = unwritten.get(placeOf(tenantId, scope, key));
        return bytes === undefined ? [] : [{ key, bytes }];
      });
      if (own.length === 0) return states.get(tenantId, scope, keys);
      const known = new Set(own.map(({ key }) => key));
      return [
        ...own,
        ...(await states.get(
          tenantId,
          scope,
          keys.filter((key) => !known.has(key)),
        )),
      ];
    },
    flush: () => inTurn(writeAll),
    forget: () =>
      inTurn(async () => {
        waiting = [];
        waitingBytes = 0;
        unwritten.clear();
      }),
  };
}

/** Copies in one piece of memory, which all of them have in common until they are written. */
function copied(entries: readonly StateEntry[]): StateEntry[] {
  const piece = new Uint8Array(entries.reduce((sum, { bytes }) => sum + bytes.length, 0));
  let end = 0;
  return entries.map(({ key, bytes }) => {
    const from = end;
    end += bytes.length;
    piece.set(bytes, from);
    return { key, bytes: piece.subarray(from, end) };
  });
}
