import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { TenantId } from '@heliosiq/model';
import type { StateStore } from '@heliosiq/ports';
import { expect, test } from 'vitest';
import { type AlertBook, createAlertBook } from './alert-book.ts';
import type { Episode } from './alert-episode.ts';
import { alertDefaults } from './alert-settings.ts';
import { shardCount, shardKey, shardOf } from './alert-shard.ts';
import { createSavedShards } from './saved-shards.ts';

const tenantId = TenantId.parse('acme');
const allShards = Array.from({ length: shardCount }, (_, shard) => shard);

/** The saved alerts as one process knows them, and which shards it read. */
function openProcess(store: StateStore) {
  const read: string[] = [];
  const state: StateStore = {
    put: store.put,
    async get(...given) {
      const entries = await store.get(...given);
      read.push(...entries.map(({ key }) => key));
      return entries;
    },
  };
  const book = createAlertBook(alertDefaults);
  const saved = createSavedShards(tenantId, { state, logger: createMemoryLogger(), now: () => 1000 });
  return {
    book,
    read,
    saved,
    save: () => saved.save(book, new Set(book.takeUnsaved())),
    load: () => saved.readInto(book, allShards),
  };
}

function end(book: AlertBook, fingerprint: string, at = 500): void {
  const source = { way: 'webhook', origin: '' } as const;
  const times = { startsAt: 100, endedAt: at, endedBefore: -Infinity, startedAt: 100, at, heardAt: at };
  const episode: Episode = { isFiring: false, source, ...times };
  book.restorePast(fingerprint, episode);
}

/** Two alerts that lie in one shard. */
const one = 'one';
const other =
  Array.from({ length: 1000 }, (_, index) => `other-${index}`).find((it) => shardOf(it) === shardOf(one)) ?? 'none';

test('what a process saved itself is not read back', async () => {
  const { book, read, save } = openProcess(createMemoryStateStore());
  end(book, one);
  expect(await save()).toBe(1);
  end(book, one, 600);
  expect(await save()).toBe(1);
  expect(read).not.toContain(shardKey(shardOf(one)));
});

test('what another process saved is taken in before it is written over', async () => {
  const store = createMemoryStateStore();
  const first = openProcess(store);
  const second = openProcess(store);
  await first.load();
  await second.load();
  end(first.book, one);
  await first.save();
  end(second.book, other);
  await second.save();
  const third = openProcess(store);
  await third.load();
  expect(new Set(third.book.past.keys())).toEqual(new Set([one, other]));
  // The first knows its own save, and that it is not the last one.
  await first.saved.readInto(first.book, [shardOf(one)]);
  expect(new Set(first.book.past.keys())).toEqual(new Set([one, other]));
});

test('a shard that could not be saved stays due', async () => {
  const store = createMemoryStateStore();
  const { book } = openProcess(store);
  const broken: StateStore = { get: store.get, put: () => Promise.reject(new Error('out of order')) };
  const saved = createSavedShards(tenantId, { state: broken, logger: createMemoryLogger(), now: () => 1000 });
  end(book, one);
  const due = new Set(book.takeUnsaved());
  await expect(saved.save(book, due)).rejects.toThrow('out of order');
  expect([...due]).toEqual([shardOf(one)]);
});
