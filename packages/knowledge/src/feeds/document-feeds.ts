/** Folders and repositories whose documents are kept as they are there. */

import { join } from 'node:path';
import { HeliosError } from '@heliosiq/model';
import type { TenantId } from '@heliosiq/model';
import { sha256Hex } from '@heliosiq/model/content-id.ts';
import type { Lease, Library, Logger, Meter, Service, StateStore } from '@heliosiq/ports';
import { untilAborted } from '../until-aborted.ts';
import { syncFolder } from './folder-sync.ts';
import { refreshClone } from './git-clone.ts';

/** Where documents come from: a folder of this machine, or a Git repository. */
export type DocumentFeed = {
  readonly tenantId: TenantId;
  /** Stands before the path of each file in its document's source; unique in its tenant. */
  readonly name: string;
  readonly tags?: readonly string[];
  readonly everyS: number;
} & (
  | { readonly folder: string }
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
}

const LEASE_MS = 600_000;

/** Reads each feed again and again; one that fails is told and tried again at its next turn. */
export function createDocumentFeeds(deps: DocumentFeedsDeps): Service {
  const { feeds, clonesFolder, lease, logger } = deps;
  const holder = `${process.pid}-${Math.random().toString(36).slice(2)}`;
  const runs = deps.meter.counter({
    name: 'heliosiq_knowledge_feed_runs_total',
    help: 'Readings of watched folders and repositories, by outcome.',
    labels: ['feed', 'outcome'],
  });

  async function read(feed: DocumentFeed, signal: AbortSignal): Promise<void> {
    const { tenantId, name, tags } = feed;
    let folder: string;
    if ('folder' in feed) folder = feed.folder;
    else {
      const clone = join(clonesFolder, sha256Hex(`${feed.git}\n${feed.branch ?? ''}`).slice(0, 16));
      await refreshClone(
        { url: feed.git, folder: clone, ...(feed.branch !== undefined && { branch: feed.branch }) },
        signal,
      );
      folder = join(clone, feed.path ?? '');
    }
    const report = await syncFolder(deps, tenantId, { folder, name, signal, ...(tags && { tags }) });
    const { written, removed, refused, files } = report;
    for (const { source, reason } of refused) logger.warn({ tenantId, source, reason }, 'a document was refused');
    if (written.length + removed.length > 0) {
      logger.info(
        { tenantId, feed: name, files, written: written.length, removed: removed.length },
        'documents follow their source',
      );
    }
  }

  async function turn(feed: DocumentFeed, signal: AbortSignal): Promise<void> {
    const leaseName = `knowledge-feed ${feed.tenantId} ${feed.name}`;
    try {
      if (!(await lease.take(leaseName, holder, LEASE_MS))) return;
      try {
        await read(feed, signal);
        runs.add(1, { feed: feed.name, outcome: 'done' });
      } finally {
        await lease.release(leaseName, holder);
      }
    } catch (error) {
      if (signal.aborted) return;
      runs.add(1, { feed: feed.name, outcome: 'failed' });
      const reason = error instanceof HeliosError ? error.message : String(error);
      logger.warn({ tenantId: feed.tenantId, feed: feed.name, reason }, 'a source of documents could not be read');
    }
  }

  async function follow(feed: DocumentFeed, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await turn(feed, signal);
      await untilAborted(feed.everyS * 1000, signal);
    }
  }

  return {
    name: 'document-feeds',
    async run(signal) {
      await Promise.all(feeds.map((feed) => follow(feed, signal)));
      if (!signal.aborted) await untilAborted(undefined, signal);
    },
  };
}
