/** Folders, repositories and folders on the web whose documents are kept as they are there. */

import { join } from 'node:path';
import { HeliosError } from '@heliosiq/model';
import type { TenantId } from '@heliosiq/model';
import { sha256Hex } from '@heliosiq/model/content-id.ts';
import type { Lease, Library, Logger, Meter, Service, StateStore } from '@heliosiq/ports';
import { untilAborted } from '../until-aborted.ts';
import { syncFolder } from './folder-sync.ts';
import type { FolderSyncReport } from './folder-sync.ts';
import { refreshClone } from './git-clone.ts';
import { runLeasedRounds } from './leased-rounds.ts';
import { syncWeb } from './web-sync.ts';
import type { WebLimits, WebSyncReport } from './web-sync.ts';

/** Where documents come from: a folder of this machine, a Git repository, or listings on the web. */
export type DocumentFeed = {
  readonly tenantId: TenantId;
  /** Stands before the path of each file in its document's source; unique in its tenant. */
  readonly name: string;
  readonly tags?: readonly string[];
  readonly everyS: number;
} & (
  | { readonly folder: string }
  | { readonly web: string; readonly allowPrivate?: boolean }
  | { readonly git: string; readonly branch?: string; /** A folder inside the repository. */ readonly path?: string }
);

export interface DocumentFeedsDeps {
  readonly feeds: readonly DocumentFeed[];
  /** Clones of repositories are kept there. */
  readonly clonesFolder: string;
  readonly library: Pick<Library, 'addFile' | 'remove'>;
  readonly states: StateStore;
  /** So that of several programs one reads a feed. */
  readonly lease: Lease;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly now: () => number;
  readonly webLimits?: Partial<WebLimits>;
}

const LEASE_MS = 600_000;
/** Outages of one reading that are told one by one. */
const TOLD_MAX = 10;

/** Reads each feed again and again; one that fails is told and tried again at its next turn. */
export function createDocumentFeeds(deps: DocumentFeedsDeps): Service {
  const { feeds, clonesFolder, lease, logger } = deps;
  const runs = deps.meter.counter({
    name: 'heliosiq_knowledge_feed_runs_total',
    help: 'Readings of watched folders, repositories and folders on the web, by outcome.',
    labels: ['feed', 'outcome'],
  });

  async function sync(feed: DocumentFeed, signal: AbortSignal): Promise<Partial<WebSyncReport> & FolderSyncReport> {
    const { tenantId, name, tags } = feed;
    const shared = { name, signal, ...(tags && { tags }) };
    if ('folder' in feed) return syncFolder(deps, tenantId, { ...shared, folder: feed.folder });
    if ('web' in feed) {
      const { web, allowPrivate = false } = feed;
      return syncWeb(deps, tenantId, {
        ...shared,
        web,
        allowPrivate,
        ...(deps.webLimits && { limits: deps.webLimits }),
      });
    }
    const clone = join(clonesFolder, sha256Hex(`${feed.git}\n${feed.branch ?? ''}`).slice(0, 16));
    const branch = feed.branch === undefined ? {} : { branch: feed.branch };
    await refreshClone({ url: feed.git, folder: clone, ...branch }, signal);
    return syncFolder(deps, tenantId, { ...shared, folder: join(clone, feed.path ?? '') });
  }

  async function read(feed: DocumentFeed, signal: AbortSignal): Promise<number | undefined> {
    const { tenantId, name } = feed;
    const { written, removed, refused, failed = [], files, retryAfterMs } = await sync(feed, signal);
    for (const { source, reason } of refused) logger.warn({ tenantId, source, reason }, 'a document was refused');
    for (const { source, reason } of failed.slice(0, TOLD_MAX)) {
      logger.warn(
        { tenantId, source, reason, failed: failed.length },
        'a document could not be fetched; it is tried again',
      );
    }
    if (written.length + removed.length > 0) {
      logger.info(
        { tenantId, feed: name, files, written: written.length, removed: removed.length },
        'documents follow their source',
      );
    }
    return retryAfterMs;
  }

  /** One reading; what fails is told and tried again at the next. Gives the pause that the source asks for. */
  async function turn(feed: DocumentFeed, signal: AbortSignal): Promise<number | undefined> {
    try {
      const retryAfterMs = await read(feed, signal);
      runs.add(1, { feed: feed.name, outcome: 'done' });
      return retryAfterMs;
    } catch (error) {
      if (signal.aborted) return undefined;
      runs.add(1, { feed: feed.name, outcome: 'failed' });
      const reason = error instanceof HeliosError ? error.message : String(error);
      logger.warn({ tenantId: feed.tenantId, feed: feed.name, reason }, 'a source of documents could not be read');
      return undefined;
    }
  }

  async function follow(feed: DocumentFeed, signal: AbortSignal): Promise<void> {
    const name = `knowledge-feed ${feed.tenantId} ${feed.name}`;
    const rounds = { lease, name, leaseMs: LEASE_MS, everyMs: feed.everyS * 1000, isReleased: true };
    await runLeasedRounds(rounds, () => turn(feed, signal), signal);
  }

  return {
    name: 'document-feeds',
    async run(signal) {
      if (feeds.length === 0) return untilAborted(undefined, signal);
      // One that cannot go on ends the others, so that none runs on beside those of the next start.
      const fallen = new AbortController();
      const either = AbortSignal.any([signal, fallen.signal]);
      const ends = await Promise.allSettled(feeds.map((feed) => follow(feed, either).finally(() => fallen.abort())));
      const failure = ends.find((end) => end.status === 'rejected');
      if (failure !== undefined) throw failure.reason;
    },
  };
}
