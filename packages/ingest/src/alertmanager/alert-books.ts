import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TenantId } from '@heliosiq/model';
import { createPacer, type Logger, type Pacer, type StateStore } from '@heliosiq/ports';
import { type AlertBook, createAlertBook } from './alert-book.ts';
import type { AlertRecall } from './alert-recall.ts';
import type { AlertSettings } from './alert-settings.ts';
import { encodeMarks, type LogMark, markMs, marksKey, readMarks, recalledFrom } from './alert-marks.ts';
import { shardCount } from './alert-shard.ts';
import { alertsScope, createSavedShards, type SavedShards } from './saved-shards.ts';

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
  /** Saves what changed, and answers how many alerts it wrote; what could not be saved is tried again with the next call. */
  save(): Promise<number>;
}

export interface AlertBooksDeps {
  readonly state: StateStore;
  readonly recall: AlertRecall;
  readonly logger: Logger;
  readonly now: () => number;
  readonly settings: AlertSettings;
  /** Shared by the stages of a process. Default: one of its own. */
  readonly pacer?: Pacer;
}

/** Between turns of the event loop while the log is read. */
const recalledPerTurn = 100;
const allShards = Array.from({ length: shardCount }, (_, shard) => shard);

/** A book in memory, with what is known of its saved state. */
interface KeptBook {
  readonly book: AlertBook;
  readonly saved: SavedShards;
  /** Shards that have yet to be saved. */
  readonly unsaved: Set<number>;
  /** When it was last noted up to where in the log the book holds everything. */
  markedAt: number;
}

export function createAlertBooks({ state, recall, logger, now, settings, ...given }: AlertBooksDeps): AlertBooks {
  const pacer = given.pacer ?? createPacer();
  const books = new Map<TenantId, KeptBook>();
  const loading = new Map<TenantId, Promise<AlertBook>>();

  async function load(tenantId: TenantId): Promise<AlertBook> {
    const book = createAlertBook(settings);
    const saved = createSavedShards(tenantId, { state, logger, now, pacer });
    await saved.readInto(book, allShards);
    // What was just read is saved already.
    book.takeUnsaved();
    const kept: KeptBook = { book, saved, unsaved: new Set(), markedAt: -Infinity };
    await readLogInto(tenantId, kept);
    books.set(tenantId, kept);
    return book;
  }

  async function readLogInto(tenantId: TenantId, kept: KeptBook): Promise<void> {
    const from = recalledFrom(await marksOf(tenantId));
    // Whatever is told from here on comes after this.
    if (from === undefined) return saveMark(tenantId, kept, { at: now(), ends: await recall.ends() });
    let count = 0;
    for await (const { alert, episode } of recall.since(tenantId, from.ends)) {
      kept.book.restoreLogged(alert, episode);
      count += 1;
      if (count % recalledPerTurn === 0) await nextTurn();
    }
  }

  async function marksOf(tenantId: TenantId): Promise<readonly LogMark[]> {
    const [entry] = await state.get(tenantId, alertsScope, [marksKey]);
    if (entry === undefined) return [];
    const marks = readMarks(entry.bytes);
    if (marks === undefined) logger.warn({ tenantId }, 'how far alerts were saved cannot be read and is left out');
    return marks ?? [];
  }

  async function saveMark(tenantId: TenantId, kept: KeptBook, mark: LogMark): Promise<void> {
    const bytes = encodeMarks([...(await marksOf(tenantId)), mark]);
    await state.put(tenantId, alertsScope, [{ key: marksKey, bytes }]);
    kept.markedAt = mark.at;
  }

  async function saveBook(tenantId: TenantId, kept: KeptBook): Promise<number> {
    const { book, saved, unsaved } = kept;
    const isMarkOld = now() - kept.markedAt >= markMs;
    // Read first: what comes meanwhile is in the book, or behind this.
    const mark = isMarkOld || book.hasUnsaved ? { at: now(), ends: await recall.ends() } : undefined;
    for (const shard of book.takeUnsaved()) unsaved.add(shard);
    const written = await saved.save(book, unsaved);
    if (mark !== undefined) await saveMark(tenantId, kept, mark);
    return written;
  }

  return {
    async of(tenantId) {
      const known = books.get(tenantId);
      if (known !== undefined) return known.book;
      const begun = loading.get(tenantId) ?? load(tenantId).finally(() => loading.delete(tenantId));
      loading.set(tenantId, begun);
      return begun;
    },
    *loaded() {
      for (const [tenantId, { book }] of books) yield [tenantId, book];
    },
    async refresh(tenantId, shards) {
      const kept = books.get(tenantId);
      await kept?.saved.readInto(kept.book, shards);
    },
    async save() {
      let written = 0;
      for (const [tenantId, kept] of books) written += await saveBook(tenantId, kept);
      return written;
    },
  };
}
