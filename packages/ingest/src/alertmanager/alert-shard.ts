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

const SavedShard = z.object({
  firing: z.array(z.object({ alert: AlertSchema, episode: SavedEpisode, expiresAt: z.number() })),
  past: z.array(z.object({ fingerprint: z.string(), episode: SavedEpisode })),
});

/** The alerts of one shard, as they are saved. */
interface ShardState {
  readonly firing: { readonly alert: Alert; readonly episode: Episode; readonly expiresAt: number }[];
  readonly past: { readonly fingerprint: string; readonly episode: Episode }[];
}

/**
 * What of these alerts has to survive a restart: those that run out by themselves, and what it takes to know a re-send
 * from a recurrence. Alerts that were over at `heardSince` are left out.
 */
export function encodeShard(
  book: AlertBook,
  fingerprints: readonly string[],
  { heardSince }: { readonly heardSince: number },
): Uint8Array {
  const state: ShardState = { firing: [], past: [] };
  for (const fingerprint of fingerprints) {
    const followed = book.expiring.get(fingerprint);
    if (followed !== undefined) {
      const { alert, episode, expiresAt } = followed;
      followed.savedExpiresAt = expiresAt;
      state.firing.push({ alert, episode, expiresAt });
    }
    const episode = book.past.get(fingerprint)?.episode;
    if (episode !== undefined && episode.heardAt >= heardSince) state.past.push({ fingerprint, episode });
  }
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
