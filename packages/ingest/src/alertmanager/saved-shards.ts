import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TenantId } from '@heliosiq/model';
import type { Logger, Pacer, StateStore } from '@heliosiq/ports';
import type { AlertBook } from './alert-book.ts';
import { encodeShard, restoreShard, shardKey, shardOf } from './alert-shard.ts';

/** A tenant's alerts as they lie in the state store, in shards. */
export interface SavedShards {
  /** Takes into the book what these shards hold, as far as this process does not know it. */
  readInto(book: AlertBook, shards: Iterable<number>): Promise<void>;
  /** Saves these shards of the book and takes those that are saved out of the set; answers how many alerts were written. */
  save(book: AlertBook, shards: Set<number>): Promise<number>;
}

export interface SavedShardsDeps {
  readonly state: StateStore;
  readonly logger: Logger;
  readonly now: () => number;
  /** Lets a save give way to the doors. */
  readonly pacer: Pick<Pacer, 'giveWay'>;
}

/** Of the entries that hold saved alerts. */
export const alertsScope = 'alerts';
const pastMs = 24 * 3_600_000;
/** Few enough that handing over their bytes holds nobody up. */
const shardsPerPut = 8;
/** Looked at between two offers to give way. */
const alertsPerLook = 256;

/**
 * Beside each shard lies a stamp, a new one with every save. A shard whose stamp is the one that this process gave it, or found
 * with it, was saved by nobody else since and need not be read again.
 */
export function createSavedShards(tenantId: TenantId, { state, logger, now, pacer }: SavedShardsDeps): SavedShards {
  const stamps = new Map<number, string>();

  async function readInto(book: AlertBook, shards: Iterable<number>): Promise<void> {
    // Stamps first: what is saved in between is read once more the next time.
    const found = await stampsOf(shards);
    const others = Array.from(shards).filter((shard) => !stamps.has(shard) || found.get(shard) !== stamps.get(shard));
    const entries = others.length === 0 ? [] : await state.get(tenantId, alertsScope, others.map(shardKey));
    for (const { key, bytes } of entries) {
      if (!restoreShard(book, bytes)) logger.warn({ tenantId, key }, 'saved alerts cannot be read and are left out');
      await nextTurn();
    }
    for (const shard of others) {
      const stamp = found.get(shard);
      if (stamp !== undefined) stamps.set(shard, stamp);
    }
  }

  async function stampsOf(shards: Iterable<number>): Promise<ReadonlyMap<number, string>> {
    const byKey = new Map(Array.from(shards, (shard): [string, number] => [stampKey(shard), shard]));
    const found = new Map<number, string>();
    for (const { key, bytes } of await state.get(tenantId, alertsScope, [...byKey.keys()])) {
      const shard = byKey.get(key);
      if (shard !== undefined) found.set(shard, Buffer.from(bytes).toString('latin1'));
    }
    return found;
  }

  /** The alerts of these shards that may have to be saved; one that changes meanwhile may be there twice. */
  async function fingerprintsOf(book: AlertBook, shards: ReadonlySet<number>): Promise<Map<number, string[]>> {
    const found = new Map(Array.from(shards, (shard): [number, string[]] => [shard, []]));
    let looked = 0;
    for (const alerts of [book.expiring, book.past]) {
      for (const fingerprint of alerts.keys()) {
        found.get(shardOf(fingerprint))?.push(fingerprint);
        looked += 1;
        if (looked % alertsPerLook === 0) await pacer.giveWay();
      }
    }
    return found;
  }

  return {
    readInto,
    async save(book, shards) {
      if (shards.size === 0) return 0;
      // Others may have saved these shards since: what they know goes in first.
      await readInto(book, shards);
      const fingerprints = [...(await fingerprintsOf(book, shards))];
      let written = 0;
      for (let from = 0; from < fingerprints.length; from += shardsPerPut) {
        const part = fingerprints.slice(from, from + shardsPerPut);
        const stamp = randomUUID();
        const entries = [];
        for (const [shard, those] of part) {
          const options = { heardSince: now() - pastMs, breathe: pacer.giveWay };
          const bytes = await encodeShard(book, those, options);
          entries.push({ key: shardKey(shard), bytes }, { key: stampKey(shard), bytes: Buffer.from(stamp) });
          written += those.length;
        }
        await state.put(tenantId, alertsScope, entries);
        for (const [shard] of part) {
          stamps.set(shard, stamp);
          shards.delete(shard);
        }
      }
      return written;
    },
  };
}

function stampKey(shard: number): string {
  return `${shardKey(shard)}-stamp`;
}
