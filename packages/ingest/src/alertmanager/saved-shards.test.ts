import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { type Alert, AssetId, TenantId } from '@heliosiq/model';
import type { Pacer, StateStore } from '@heliosiq/ports';
import { expect, test } from 'vitest';
import { type AlertBook, createAlertBook } from './alert-book.ts';
import type { Episode } from './alert-episode.ts';
import { alertDefaults } from './alert-settings.ts';
import { shardCount, shardKey, shardOf } from './alert-shard.ts';
import { createSavedShards } from './saved-shards.ts';

const tenantId = TenantId.parse('acme');
const allShards = Array.from({ length: shardCount }, (_, shard) => shard);

/** Goes on at once. */
const hurried = { giveWay: () => undefined };

/** The saved alerts as one process knows them, and which shards it read. */
function openProcess(store: StateStore, pacer: Pick<Pacer, 'giveWay'> = hurried) {
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
  const saved = createSavedShards(tenantId, { state, logger: createMemoryLogger(), now: () => 1000, pacer });
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
  const logger = createMemoryLogger();
  const saved = createSavedShards(tenantId, { state: broken, logger, now: () => 1000, pacer: hurried });
  end(book, one);
  const due = new Set(book.takeUnsaved());
  await expect(saved.save(book, due)).rejects.toThrow('out of order');
  expect([...due]).toEqual([shardOf(one)]);
});

/** A pacer that lets a test act each time that a save gives way. */
function interrupted(act: (turn: number) => void): Pick<Pacer, 'giveWay'> {
  let turns = 0;
  return {
    async giveWay() {
      turns += 1;
      await new Promise((resolve) => setImmediate(resolve));
      act(turns);
    },
  };
}

test('a save of many alerts gives way after each of them, and while it looks for them', async () => {
  const store = createMemoryStateStore();
  let turns = 0;
  const pacer = interrupted((turn) => (turns = turn));
  const { book, save } = openProcess(store, pacer);
  for (let index = 0; index < 1024; index += 1) end(book, `alert-${index}`);
  expect(await save()).toBe(1024);
  expect(turns).toBeGreaterThanOrEqual(1024 + 4);
  const after = openProcess(store);
  await after.load();
  expect(after.book.past.size).toBe(1024);
});

test('what changes while it is saved is not lost, wherever the save has come to', async () => {
  const shard = shardOf(one);
  for (const turn of [1, 2]) {
    const store = createMemoryStateStore();
    const pacer = interrupted((now) => now === turn && end(book, one, 900));
    const { book, save } = openProcess(store, pacer);
    end(book, one);
    end(book, other);
    await save();
    const killed = openProcess(store);
    await killed.load();
    expect(new Set(killed.book.past.keys()), 'written, as it was or as it is').toEqual(new Set([one, other]));
    expect(book.hasUnsaved, 'and due again').toBe(true);
    await save();
    const after = openProcess(store);
    await after.load();
    expect(after.book.past.get(one)?.episode.at).toBe(900);
    const [entry] = await store.get(tenantId, 'alerts', [shardKey(shard)]);
    expect(JSON.parse(Buffer.from(entry?.bytes ?? []).toString('utf8'))).toMatchObject({ firing: [], past: [{}, {}] });
  }
});

test('an alert that ends while alerts are looked for is written once, as over', async () => {
  const store = createMemoryStateStore();
  // The first turn is given after as many alerts were looked at: this one among them, as firing.
  const pacer = interrupted((turn) => turn === 1 && end(book, one, 900));
  const { book, save } = openProcess(store, pacer);
  fire(book, one);
  for (let index = 0; index < 1024; index += 1) end(book, `alert-${index}`);
  await save();
  const [entry] = await store.get(tenantId, 'alerts', [shardKey(shardOf(one))]);
  const { firing, past } = JSON.parse(Buffer.from(entry?.bytes ?? []).toString('utf8'));
  expect(firing).toEqual([]);
  expect(past.filter((saved: { readonly fingerprint: string }) => saved.fingerprint === one)).toHaveLength(1);
});

test('a refreshment while its shard is saved is due again when it moves the end by a minute', async () => {
  const store = createMemoryStateStore();
  const told = { fingerprint: one, startsAt: 'then' };
  const pacer = interrupted((turn) => turn === 1 && book.refresh(told, 700, 100_000));
  const { book, save } = openProcess(store, pacer);
  fire(book, one);
  await save();
  expect(book.hasUnsaved).toBe(true);
  await save();
  const after = openProcess(store);
  await after.load();
  expect(after.book.expiring.get(one)?.expiresAt).toBe(100_000);
});

/** An alert that a direct sender vouches for, as the log holds it. */
function fire(book: AlertBook, fingerprint: string): void {
  const source = { way: 'direct', origin: '' } as const;
  const times = { startsAt: 100, endedAt: Infinity, endedBefore: -Infinity, startedAt: 100, at: 100, heardAt: 100 };
  const alert: Alert = {
    ...{ kind: 'alert', id: fingerprint, asset: AssetId.parse('web-1'), at: 100, fingerprint, status: 'firing' },
    ...{ startedAt: 100, title: 'Down', severity: 'critical', labels: {} },
  };
  book.restoreFiring(alert, { episode: { isFiring: true, source, ...times }, expiresAt: 2000, annotations: {} });
  book.markStored([alert]);
  const followed = book.firing.get(fingerprint);
  if (followed !== undefined) followed.startsText = 'then';
}
