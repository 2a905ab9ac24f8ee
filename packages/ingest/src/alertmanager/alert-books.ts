import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TenantId } from '@heliosiq/model';
import type { Logger, StateStore } from '@heliosiq/ports';
import { type AlertBook, createAlertBook } from './alert-book.ts';
import type { AlertRecall } from './alert-recall.ts';
import type { AlertSettings } from './alert-settings.ts';
import { encodeMarks, type LogMark, markMs, marksKey, readMarks, recalledFrom } from './alert-marks.ts';
import { encodeShard, restoreShard, shardCount, shardKey, shardsOf } from './alert-shard.ts';

/**
 * The books of all tenants that have alerts. When first needed a book is read from the state store, and what the log was told
 * since it was saved is read there: a process that was killed has forgotten nothing that it acknowledged.
 */
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
  readonly recall: AlertRecall;
  readonly logger: Logger;
  readonly now: () => number;
  readonly settings: AlertSettings;
}

const scope = 'alerts';
const pastMs = 24 * 3_600_000;
/** Few enough that making their bytes holds nobody up. */
const shardsPerPut = 8;
/** Between turns of the event loop while the log is read. */
const recalledPerTurn = 100;
const allShards = Array.from({ length: shardCount }, (_, shard) => shard);

export function createAlertBooks({ state, recall, logger, now, settings }: AlertBooksDeps): AlertBooks {
  const books = new Map<TenantId, AlertBook>();
  const loading = new Map<TenantId, Promise<AlertBook>>();
  const unsaved = new Map<TenantId, Set<number>>();
  const markedAt = new Map<TenantId, number>();

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
    await readLogInto(tenantId, book);
    books.set(tenantId, book);
    return book;
  }

  async function readLogInto(tenantId: TenantId, book: AlertBook): Promise<void> {
    const saved = await marksOf(tenantId);
    const from = recalledFrom(saved);
    // Whatever is told from here on comes after this.
    if (from === undefined) return saveMark(tenantId, { at: now(), ends: await recall.ends() });
    let count = 0;
    for await (const { alert, episode } of recall.since(tenantId, from.ends)) {
      book.restoreLogged(alert, episode);
      count += 1;
      if (count % recalledPerTurn === 0) await nextTurn();
    }
  }

  async function marksOf(tenantId: TenantId): Promise<readonly LogMark[]> {
    const [entry] = await state.get(tenantId, scope, [marksKey]);
    if (entry === undefined) return [];
    const marks = readMarks(entry.bytes);
    if (marks === undefined) logger.warn({ tenantId }, 'how far alerts were saved cannot be read and is left out');
    return marks ?? [];
  }

  async function saveMark(tenantId: TenantId, mark: LogMark): Promise<void> {
    const bytes = encodeMarks([...(await marksOf(tenantId)), mark]);
    await state.put(tenantId, scope, [{ key: marksKey, bytes }]);
    markedAt.set(tenantId, mark.at);
  }

  async function saveBook(tenantId: TenantId, book: AlertBook, shards: Set<number>): Promise<void> {
    const isMarkOld = now() - (markedAt.get(tenantId) ?? -Infinity) >= markMs;
    // Read first: what comes meanwhile is in the book, or behind this.
    const mark = isMarkOld || book.hasUnsaved ? { at: now(), ends: await recall.ends() } : undefined;
    for (const shard of book.takeUnsaved()) shards.add(shard);
    // Other processes may have saved these shards since: what they know goes in first.
    if (shards.size > 0) await readInto(tenantId, book, shards);
    const contents = [...shardsOf(book, shards, { now: now(), pastMs })];
    for (let from = 0; from < contents.length; from += shardsPerPut) {
      const part = contents.slice(from, from + shardsPerPut);
      const entries = part.map(([shard, content]) => ({ key: shardKey(shard), bytes: encodeShard(content) }));
      await state.put(tenantId, scope, entries);
      for (const [shard] of part) shards.delete(shard);
    }
    if (mark !== undefined) await saveMark(tenantId, mark);
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
