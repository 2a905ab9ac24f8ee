import { TenantId } from '@heliosiq/model';
import type { StateStore } from '@heliosiq/ports';
import { describe, expect, it } from 'vitest';
import { createRedeliveryJournal, nameOfDelivery } from './redelivery-journal.ts';

const acme = TenantId.parse('acme');
const other = TenantId.parse('other');

/** A store as durable as the test, which counts its entries. */
function openStore(): StateStore & { readonly entries: Map<string, Uint8Array> } {
  const entries = new Map<string, Uint8Array>();
  const placeOf = (tenantId: TenantId, scope: string, key: string): string => `${tenantId} ${scope} ${key}`;
  return {
    entries,
    async put(tenantId, scope, news) {
      for (const { key, bytes } of news) entries.set(placeOf(tenantId, scope, key), Uint8Array.from(bytes));
    },
    async get(tenantId, scope, keys) {
      return keys.flatMap((key) => {
        const bytes = entries.get(placeOf(tenantId, scope, key));
        return bytes === undefined ? [] : [{ key, bytes }];
      });
    },
  };
}

const name = (packetId: number, payload = '1'): string =>
  nameOfDelivery({ clientId: 'c', packetId, isRedelivered: true }, 'a/b', Buffer.from(payload));

describe('the journal of redeliveries', () => {
  it('knows after a restart which moments it gave, of its own instance and of the tenant alone', async () => {
    const store = openStore();
    await (
      await createRedeliveryJournal(store, 'one').of(acme)
    ).write([
      { name: name(1), place: 'p', at: 1000 },
      { name: name(2), place: 'p', at: 1001 },
    ]);
    const revived = await createRedeliveryJournal(store, 'one').of(acme);
    expect([name(1), name(2), name(3), name(1, '2')].map((one) => revived.find(one))).toEqual([
      1000,
      1001,
      undefined,
      undefined,
    ]);
    expect([revived.latestBefore('p'), revived.latestBefore('q')]).toEqual([1001, 0]);
    expect((await createRedeliveryJournal(store, 'two').of(acme)).find(name(1))).toBeUndefined();
    expect((await createRedeliveryJournal(store, 'one').of(other)).find(name(1))).toBeUndefined();
  });

  it('keeps the last writes in bounded room, also over restarts', async () => {
    const store = openStore();
    for (const from of [0, 200, 400]) {
      const journal = await createRedeliveryJournal(store, 'one').of(acme);
      for (let id = from; id < from + 200; id += 1) await journal.write([{ name: name(id), place: 'p', at: id }]);
    }
    const journal = await createRedeliveryJournal(store, 'one').of(acme);
    expect(store.entries.size).toBe(256);
    expect([name(343), name(344), name(599)].map((one) => journal.find(one))).toEqual([undefined, 344, 599]);
  });

  it('asks again when the store could not be read', async () => {
    const store = openStore();
    let isDown = true;
    const journal = createRedeliveryJournal(
      { ...store, get: (...args) => (isDown ? Promise.reject(new Error('down')) : store.get(...args)) },
      'one',
    );
    await expect(journal.of(acme)).rejects.toThrow('down');
    isDown = false;
    expect((await journal.of(acme)).find(name(1))).toBeUndefined();
  });
});
