import { type Alert, Alert as AlertSchema } from '@heliosiq/model';
import { z } from 'zod';
import type { AlertBook } from './alert-book.ts';
import type { Episode } from './alert-episode.ts';
import { SavedEpisode } from './saved-episode.ts';

/** Parts in which a tenant's alerts are saved: one changed alert rewrites one of them. */
export const shardCount = 64;

/** The shard of a fingerprint. */
export function shardOf(fingerprint: string): number {
  let hash = 0;
  for (let index = 0; index < fingerprint.length; index += 1) {
    hash = (Math.imul(hash, 31) + fingerprint.charCodeAt(index)) >>> 0;
  }
  return ((hash ^ (hash >>> 16)) >>> 0) % shardCount;
}

export function shardKey(shard: number): string {
  return `shard-${shard}`;
}

/** The alerts of one shard, as they are saved. */
export interface ShardState {
  readonly firing: { readonly alert: Alert; readonly episode: Episode; readonly expiresAt: number }[];
  readonly past: { readonly fingerprint: string; readonly episode: Episode }[];
}

const SavedShard = z.object({
  firing: z.array(z.object({ alert: AlertSchema, episode: SavedEpisode, expiresAt: z.number() })),
  past: z.array(z.object({ fingerprint: z.string(), episode: SavedEpisode })),
});

/**
 * What of these shards has to survive a restart: alerts that run out by themselves, and what it takes to know a re-send
 * from a recurrence. Alerts that are over for longer than `pastMs` are left out.
 */
export function shardsOf(
  book: AlertBook,
  shards: Iterable<number>,
  { now, pastMs }: { readonly now: number; readonly pastMs: number },
): ReadonlyMap<number, ShardState> {
  const states = new Map(Array.from(shards, (shard): [number, ShardState] => [shard, { firing: [], past: [] }]));
  for (const [fingerprint, followed] of book.expiring) {
    const { alert, episode, expiresAt } = followed;
    const state = states.get(shardOf(fingerprint));
    if (state === undefined) continue;
    followed.savedExpiresAt = expiresAt;
    state.firing.push({ alert, episode, expiresAt });
  }
  for (const [fingerprint, { episode }] of book.past) {
    if (episode.heardAt >= now - pastMs) states.get(shardOf(fingerprint))?.past.push({ fingerprint, episode });
  }
  return states;
}

export function encodeShard(state: ShardState): Uint8Array {
  return Buffer.from(JSON.stringify(state));
}

/** Takes a saved shard into the book; false when it cannot be read. */
export function restoreShard(book: AlertBook, bytes: Uint8Array): boolean {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch {
    return false;
  }
  const saved = SavedShard.safeParse(json);
  if (!saved.success) return false;
  for (const { alert, episode, expiresAt } of saved.data.firing) {
    book.restoreFiring(alert, { episode, expiresAt, annotations: {} });
  }
  for (const { fingerprint, episode } of saved.data.past) {
    book.restorePast(fingerprint, episode);
  }
  return true;
}
