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

/** A firing alert as it is saved. */
interface SavedFiring {
  readonly alert: Alert;
  readonly episode: Episode;
  readonly expiresAt: number;
}

/** An alert that is over, as it is saved. */
interface SavedPast {
  readonly fingerprint: string;
  readonly episode: Episode;
}

export interface EncodeOptions {
  /** Alerts that were over at this moment are left out. */
  readonly heardSince: number;
  /** Called after each alert, as `Pacer.giveWay`. */
  readonly breathe: () => Promise<void> | undefined;
}

/**
 * What of these alerts has to survive a restart: those that run out by themselves, and what it takes to know a re-send
 * from a recurrence. Each is written once, as it stands when it is its turn: what changes after that has to be saved again.
 */
export async function encodeShard(
  book: AlertBook,
  fingerprints: readonly string[],
  { heardSince, breathe }: EncodeOptions,
): Promise<Uint8Array> {
  const firing: string[] = [];
  const past: string[] = [];
  for (const fingerprint of new Set(fingerprints)) {
    const followed = book.expiring.get(fingerprint);
    if (followed !== undefined) {
      const { alert, episode, expiresAt } = followed;
      followed.savedExpiresAt = expiresAt;
      firing.push(JSON.stringify({ alert, episode, expiresAt } satisfies SavedFiring));
    }
    const episode = book.past.get(fingerprint)?.episode;
    if (episode !== undefined && episode.heardAt >= heardSince) {
      past.push(JSON.stringify({ fingerprint, episode } satisfies SavedPast));
    }
    const turn = breathe();
    if (turn !== undefined) await turn;
  }
  return Buffer.from(`{"firing":[${firing.join(',')}],"past":[${past.join(',')}]}`);
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
