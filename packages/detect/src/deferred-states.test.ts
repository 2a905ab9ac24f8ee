import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { TenantId } from '@heliosiq/model';
import type { StateStore } from '@heliosiq/ports';
import { describe, expect, it } from 'vitest';
import { createDeferredStates } from './deferred-states.ts';

const acme = TenantId.parse('acme');
const scope = 'test';

/** What is stored under a key; undefined when nothing is. */
async function stored(states: StateStore, key: string): Promise<readonly number[] | undefined> {
  const [entry] = await states.get(acme, scope, [key]);
  return entry && [...entry.bytes];
}

describe('deferred states', () => {
  it('are read back at once and in the store after a flush', async () => {
    const store = createMemoryStateStore();
    const states = createDeferredStates(store);
    await store.put(acme, scope, [{ key: 'old', bytes: Uint8Array.of(9) }]);
    await states.put(acme, scope, [{ key: 'new', bytes: Uint8Array.of(1) }]);
    expect(await stored(store, 'new')).toBeUndefined();
    const found = await states.get(acme, scope, ['old', 'new', 'none']);
    expect(new Map(found.map(({ key, bytes }) => [key, [...bytes]]))).toEqual(
      new Map([
        ['new', [1]],
        ['old', [9]],
      ]),
    );
    await states.flush();
    expect(await stored(store, 'new')).toEqual([1]);
  });

  it('are what they were when they were put', async () => {
    const store = createMemoryStateStore();
    const states = createDeferredStates(store);
    const bytes = Uint8Array.of(1);
    await states.put(acme, scope, [{ key: 'a', bytes }]);
    bytes[0] = 2;
    await states.flush();
    expect(await stored(store, 'a')).toEqual([1]);
  });

  it('that were put while a write is under way are read, and written by the next flush', async () => {
    const store = createMemoryStateStore();
    const gate = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    const states = createDeferredStates({
      ...store,
      async put(tenantId, of, entries) {
        entered.resolve();
        await gate.promise;
        await store.put(tenantId, of, entries);
      },
    });
    await states.put(acme, scope, [{ key: 'a', bytes: Uint8Array.of(1) }]);
    const first = states.flush();
    await entered.promise;
    await states.put(acme, scope, [{ key: 'a', bytes: Uint8Array.of(2) }]);
    expect(await stored(states, 'a')).toEqual([2]);
    gate.resolve();
    await first;
    expect(await stored(store, 'a')).toEqual([1]);
    expect(await stored(states, 'a')).toEqual([2]);
    await states.flush();
    expect(await stored(store, 'a')).toEqual([2]);
  });

  it('take no more memory than allowed: more is written without being asked', async () => {
    const store = createMemoryStateStore();
    const states = createDeferredStates(store, { waitingBytesMax: 10 });
    await states.put(acme, scope, [{ key: 'a', bytes: new Uint8Array(8) }]);
    expect(await stored(store, 'a')).toBeUndefined();
    await states.put(acme, scope, [{ key: 'b', bytes: new Uint8Array(8) }]);
    expect(await stored(store, 'a')).toHaveLength(8);
  });

  it('that wait are gone once forgotten', async () => {
    const store = createMemoryStateStore();
    const states = createDeferredStates(store);
    await states.put(acme, scope, [{ key: 'a', bytes: Uint8Array.of(1) }]);
    await states.forget();
    expect(await stored(states, 'a')).toBeUndefined();
    await states.flush();
    expect(await stored(store, 'a')).toBeUndefined();
  });

  it('tell of a write that fails', async () => {
    const states = createDeferredStates({
      ...createMemoryStateStore(),
      put: () => Promise.reject(new Error('the disk is full')),
    });
    await states.put(acme, scope, [{ key: 'a', bytes: Uint8Array.of(1) }]);
    await expect(states.flush()).rejects.toThrow('the disk is full');
  });
});
