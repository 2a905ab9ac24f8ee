import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TenantId } from '@heliosiq/model';
import type { Logger, StateStore } from '@heliosiq/ports';
import { type AlertBook, createAlertBook } from './alert-book.ts';
import type { AlertSettings } from './alert-settings.ts';
import { encodeShard, restoreShard, shardCount, shardKey, shardsOf } from './alert-shard.ts';

/** The books of all tenants that have alerts, read from the state store when first needed. */
export interface AlertBooks {
  /** Rejects when the store cannot be read: nothing can be told of an alert then. */
  of(tenantId: TenantId): Promise<AlertBook>;
  /** Those that are in memory. */
  loaded(): Iterable<readonly [TenantId, AlertBook]>;
  /** Takes in what other processes saved of these shards. */
  refresh(tenantId: TenantId, shards: Iterable<number>): Promise<void>;
  /** Saves what changed; what could not be saved is tried again with the next call. */
  save(): Promise<void>;
}

export interface AlertBooksDeps {
  readonly state: StateStore;
  readonly logger: Logger;
  readonly now: () => number;
  readonly settings: AlertSettings;
}

const scope = 'alerts';
const pastMs = 24 * 3_600_000;
/** Few enough that making their bytes holds nobody up. */
const shardsPerPut = 8;
const allShards = Array.from({ length: shardCount }, (_, shard) => shard);

export function createAlertBooks({ state, logger, now, settings }: AlertBooksDeps): AlertBooks {
  const books = new Map<TenantId, AlertBook>();
  const loading = new Map<TenantId, Promise<AlertBook>>();
  const unsaved = new Map<TenantId, Set<number>>();

  async function readInto(tenantId: TenantId, book: AlertBook, shards: Iterable<number>): Promise<void> {
    const entries = await state.get(tenantId, scope, Array.from(shards, shardKey));
    for (const { key, bytes } of entries) {
      if (!restoreShard(book, bytes)) logger.warn({ tenantId, key }, 'saved alerts cannot be read and are left out');
      await nextTurn();
    }
  }

  async function load(tenantId: TenantId): Promise<AlertBook> {
    const book = createAlertBook(settings);
    await readInto(tenantId, book, allShards);
    // What was just read is saved already.
    book.takeUnsaved();
    books.set(tenantId, book);
    return book;
  }

  async function saveBook(tenantId: TenantId, book: AlertBook, shards: Set<number>): Promise<void> {
    for (const shard of book.takeUnsaved()) shards.add(shard);
    if (shards.size === 0) return;
    // Other processes may have saved these shards since: what they know goes in first.
    await readInto(tenantId, book, shards);
    const contents = [...shardsOf(book, shards, { now: now(), pastMs })];
    for (let from = 0; from < contents.length; from += shardsPerPut) {
      const part = contents.slice(from, from + shardsPerPut);
      const entries = part.map(([shard, content]) => ({ key: shardKey(shard), bytes: encodeShard(content) }));
      await state.put(tenantId, scope, entries);
      for (const [shard] of part) shards.delete(shard);
    }
  }

  return {
    async of(tenantId) {
      const known = books.get(tenantId);
      if (known !== undefined) return known;
      const begun = loading.get(tenantId) ?? load(tenantId).finally(() => loading.delete(tenantId));
      loading.set(tenantId, begun);
      return begun;
    },
    loaded: () => books,
    async refresh(tenantId, shards) {
      const book = books.get(tenantId);
      if (book !== undefined) await readInto(tenantId, book, shards);
    },
    async save() {
      for (const [tenantId, book] of books) {
        const shards = unsaved.get(tenantId) ?? new Set();
        unsaved.set(tenantId, shards);
        await saveBook(tenantId, book, shards);
      }
    },
  };
}
