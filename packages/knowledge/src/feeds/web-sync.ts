/** Makes the documents under one name what a folder on the web is now, fetching only the files that changed. */

import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { HeliosError } from '@heliosiq/model';
import type { TenantId } from '@heliosiq/model';
import { documentIdOf } from '@heliosiq/model/content-id.ts';
import { FILE_BYTES_MAX } from '../sources/source-file.ts';
import { addOrReason } from './folder-sync.ts';
import type { FolderSyncDeps, FolderSyncReport } from './folder-sync.ts';
import { folderOf, readListing } from './web-listing.ts';
import { getWebFile } from './web-request.ts';
import type { WebAnswer } from './web-request.ts';

export interface WebSync {
  /** An index page, a sitemap, or a list of addresses; `http` or `https`. */
  readonly web: string;
  /** What stands before the path of a file in its document's source, e.g. `manuals`. */
  readonly name: string;
  readonly tags?: readonly string[];
  /** Also fetches from this machine and from private networks. */
  readonly allowPrivate?: boolean;
  readonly limits?: Partial<WebLimits>;
}

/** What one run may take. */
export interface WebLimits {
  readonly filesMax: number;
  readonly listingsMax: number;
  /** Listings below listings. */
  readonly depthMax: number;
  readonly bytesMax: number;
  readonly requestTimeoutMs: number;
  readonly runTimeMs: number;
  /** Between two requests. */
  readonly pauseMs: number;
}

const WEB_LIMITS: WebLimits = {
  filesMax: 2000,
  listingsMax: 500,
  depthMax: 8,
  bytesMax: 500 * 2 ** 20,
  requestTimeoutMs: 30_000,
  runTimeMs: 480_000,
  pauseMs: 100,
};

/** What a run did; `failed` were outages, which change nothing and are tried again. */
export interface WebSyncReport extends FolderSyncReport {
  readonly failed: readonly { readonly source: string; readonly reason: string }[];
  /** The server asked for this pause, and the run ended there. */
  readonly retryAfterMs?: number;
}

interface SeenFile {
  readonly etag?: string;
  readonly modified?: string;
  /** SHA-256 of the bytes that were read; empty for what was refused without being read. */
  readonly sha256: string;
  /** The tags that it was added with. */
  readonly tags: string;
}

const SCOPE = 'knowledge-web';
const LISTING_BYTES_MAX = 5 * 2 ** 20;
/** A pause that the server asks for is waited for within the run up to this. */
const WAIT_WITHIN_MS = 5000;
const HTML_TYPES: readonly string[] = ['text/html', 'application/xhtml+xml'];
const OTHER_TYPES = /^(?:image|audio|video|font)\//;

/**
 * Reads the listings from `web` downwards and the files that they name, each with the validators of its last answer (RFC 9110,
 * section 13), so that what did not change is not sent. A file that no listing names any more, or that is gone, is removed;
 * nothing is removed while a listing could not be read or a limit was met. Only the server that `web` names is asked, one
 * request at a time.
 *
 * Rejects with `unavailable` when the first listing cannot be had.
 */
export async function syncWeb(
  { library, states }: FolderSyncDeps,
  tenantId: TenantId,
  { web, name, tags = [], allowPrivate = false, limits, signal }: WebSync & { readonly signal: AbortSignal },
): Promise<WebSyncReport> {
  const bound = { ...WEB_LIMITS, ...limits };
  const start = new URL(web);
  const before = await readSeen(states, tenantId, name);
  const seen = new Map<string, SeenFile>();
  const [written, removed] = [new Array<string>(), new Array<string>()];
  const refused: { readonly source: string; readonly reason: string }[] = [];
  const failed: { readonly source: string; readonly reason: string }[] = [];
  const tagsText = tags.join('\n');
  const endsAt = performance.now() + bound.runTimeMs;
  let bytesLeft = bound.bytesMax;
  let requests = 0;

  /** Asks politely: after a pause, and once more when the server wants a short one. */
  async function ask(url: URL, bytesMax: number, known?: SeenFile): Promise<WebAnswer> {
    for (let attempt = 0; ; attempt += 1) {
      if (requests++ > 0) await pause(bound.pauseMs, undefined, { signal });
      if (performance.now() > endsAt) return { kind: 'failed', reason: 'the time for one run was over' };
      if (bytesLeft <= 0) return { kind: 'failed', reason: 'the bytes for one run were used up' };
      const timeoutMs = bound.requestTimeoutMs;
      const answer = await getWebFile({ url, allowPrivate, bytesMax, timeoutMs, known, signal });
      if (answer.kind === 'body') bytesLeft -= answer.bytes.length;
      if (answer.kind !== 'busy' || attempt > 0 || answer.retryAfterMs > WAIT_WITHIN_MS) return answer;
      await pause(answer.retryAfterMs, undefined, { signal });
    }
  }

  const listed = await readListings(start, { ask: (url) => ask(url, LISTING_BYTES_MAX), bound });
  failed.push(...listed.failed);
  let { retryAfterMs } = listed;
  let isWhole = listed.isWhole;

  for (const url of listed.files) {
    signal.throwIfAborted();
    const source = sourceOf(url, folderOf(start), name);
    const last = before.get(url.pathname);
    // With other tags it has to be read again.
    const known = last?.tags === tagsText ? last : undefined;
    if (retryAfterMs !== undefined) {
      if (last !== undefined) seen.set(url.pathname, last);
      continue;
    }
    const answer = await ask(url, FILE_BYTES_MAX, known);
    if (answer.kind === 'gone') continue;
    if (answer.kind === 'busy') retryAfterMs = answer.retryAfterMs;
    if (answer.kind === 'failed') failed.push({ source, reason: answer.reason });
    if (answer.kind === 'unchanged' || answer.kind === 'busy' || answer.kind === 'failed') {
      if (last !== undefined) seen.set(url.pathname, last);
      continue;
    }
    const reason = answer.kind === 'refused' ? answer.reason : wrongType(url, answer.contentType);
    if (answer.kind === 'refused' || reason !== undefined) {
      // Told once: as long as it stays as it is.
      if (known?.sha256 !== '') refused.push({ source, reason: reason ?? '' });
      seen.set(url.pathname, { sha256: '', tags: tagsText });
      continue;
    }
    const sha256 = createHash('sha256').update(answer.bytes).digest('hex');
    const { etag, modified } = answer;
    if (known?.sha256 !== sha256) {
      const wrong = await addOrReason(library, tenantId, { source, bytes: answer.bytes, tags });
      if (wrong === undefined) written.push(source);
      else refused.push({ source, reason: wrong });
    }
    seen.set(url.pathname, {
      sha256,
      tags: tagsText,
      ...(etag !== undefined && { etag }),
      ...(modified !== undefined && { modified }),
    });
    // After each document, so that a stop in between does not fetch all of them again.
    if (known?.sha256 !== sha256) await writeSeen(states, tenantId, name, new Map([...before, ...seen]));
  }
  if (retryAfterMs !== undefined) isWhole = false;
  for (const [path, file] of before) {
    if (seen.has(path)) continue;
    signal.throwIfAborted();
    if (!isWhole && !listed.files.some(({ pathname }) => pathname === path)) {
      seen.set(path, file);
      continue;
    }
    const source = sourceOf(new URL(path, start), folderOf(start), name);
    if (await library.remove(tenantId, documentIdOf(tenantId, source))) removed.push(source);
  }
  await writeSeen(states, tenantId, name, seen);
  const report = { written, removed, refused, failed, files: listed.files.length };
  return retryAfterMs === undefined ? report : { ...report, retryAfterMs };
}

interface Listed {
  readonly files: readonly URL[];
  readonly failed: readonly { readonly source: string; readonly reason: string }[];
  /** Every listing was read, and no limit was met. */
  readonly isWhole: boolean;
  readonly retryAfterMs: number | undefined;
}

/** Reads listings breadth first, each once. */
async function readListings(
  start: URL,
  { ask, bound }: { readonly ask: (url: URL) => Promise<WebAnswer>; readonly bound: WebLimits },
): Promise<Listed> {
  const base = folderOf(start);
  const files = new Map<string, URL>();
  const failed: { readonly source: string; readonly reason: string }[] = [];
  const waiting = [{ url: start, depth: 0 }];
  const known = new Set([start.href]);
  let isWhole = true;
  let isCut = false;
  let retryAfterMs: number | undefined;
  for (const { url, depth } of waiting) {
    const answer = await ask(url);
    if (answer.kind === 'gone' && depth > 0) continue;
    if (answer.kind !== 'body') {
      const reason =
        'reason' in answer ? answer.reason : answer.kind === 'busy' ? 'the server is busy' : 'it is not there';
      if (depth === 0 && answer.kind !== 'busy') {
        throw new HeliosError('unavailable', `the listing ${shown(url)} cannot be read: ${reason}`);
      }
      isWhole = false;
      if (answer.kind === 'busy') {
        retryAfterMs = answer.retryAfterMs;
        break;
      }
      failed.push({ source: shown(url), reason });
      continue;
    }
    const found = readListing(new TextDecoder().decode(answer.bytes), answer.url, base);
    for (const file of found.files) {
      if (files.size < bound.filesMax) files.set(file.pathname, file);
      else if (!files.has(file.pathname)) isCut = true;
    }
    for (const listing of found.listings) {
      if (known.has(listing.href)) continue;
      if (depth < bound.depthMax && known.size < bound.listingsMax) {
        known.add(listing.href);
        waiting.push({ url: listing, depth: depth + 1 });
      } else isWhole = false;
    }
  }
  if (isCut) {
    isWhole = false;
    failed.push({ source: shown(start), reason: `only its first ${bound.filesMax} files are read` });
  }
  return { files: [...files.values()], failed, isWhole, retryAfterMs };
}

/** A page where a file of another kind was to be is a login or an error; pictures are no documents whatever they are called. */
function wrongType({ pathname }: URL, contentType: string): string | undefined {
  const extension = extname(pathname).toLowerCase();
  if (OTHER_TYPES.test(contentType)) return `the server says that it is ${contentType}`;
  if (HTML_TYPES.includes(contentType) && (extension === '.pdf' || extension === '.docx')) {
    return 'the server gives a page instead of the file';
  }
  return undefined;
}

function sourceOf(url: URL, base: URL, name: string): string {
  const below = url.pathname.startsWith(base.pathname) ? url.pathname.slice(base.pathname.length) : url.pathname;
  const path = (below === '' ? 'index' : below.replace(/\/$/, '')).replace(/^\//, '');
  return `${name}/${decoded(path)}${extname(path) === '' ? '.html' : ''}`.slice(0, 500);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** An address without the password that it may hold. */
function shown(url: URL): string {
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  return plain.href;
}

async function readSeen(
  states: FolderSyncDeps['states'],
  tenantId: TenantId,
  name: string,
): Promise<ReadonlyMap<string, SeenFile>> {
  const [entry] = await states.get(tenantId, SCOPE, [name]);
  if (entry === undefined) return new Map();
  // Written by writeSeen.
  return new Map(Object.entries(JSON.parse(new TextDecoder().decode(entry.bytes)) as Record<string, SeenFile>));
}

function writeSeen(
  states: FolderSyncDeps['states'],
  tenantId: TenantId,
  name: string,
  seen: ReadonlyMap<string, SeenFile>,
): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify(Object.fromEntries(seen)));
  return states.put(tenantId, SCOPE, [{ key: name, bytes }]);
}
