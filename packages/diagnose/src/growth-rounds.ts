import { EventEmitter, once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { IncidentId, TenantId } from '@heliosiq/model';
import type { RecordBatch } from '@heliosiq/ports';

/** Behind a round it is rested so many times as long as it took, at most so long. */
const restFactor = 16;
const restMsMax = 20_000;

/**
 * In a storm an incident grows all the time, and each look reads all that is known around it. So growth is looked at in rounds
 * with a rest behind each: what grows meanwhile waits for the next. The log moves past growth only when it was looked at.
 */
export interface GrowthRounds {
  /** Takes over a batch whose other records are dealt with: it is committed when what grew in it was looked at. */
  take(batch: Committable, grown: ReadonlyMap<IncidentId, TenantId>): Promise<void>;
  /** After a look at an incident that began when all that was taken of it had been told. */
  looked(id: IncidentId): void;
  run(signal: AbortSignal): Promise<void>;
}

/** What is kept of a batch; its records may be many. */
export type Committable = Pick<RecordBatch, 'partition' | 'commit'>;

export interface GrowthRoundsDependencies {
  readonly look: (tenantId: TenantId, id: IncidentId, signal: AbortSignal) => Promise<void>;
  readonly commit: (batch: Committable) => Promise<void>;
}

export function createGrowthRounds({ look, commit }: GrowthRoundsDependencies): GrowthRounds {
  const news = new EventEmitter();
  const grown = new Map<IncidentId, TenantId>();
  /** The last batch of each partition in which there is growth that was not looked at, or behind which there is. */
  const held = new Map<number, Committable>();

  async function round(signal: AbortSignal): Promise<void> {
    const batches = [...held.values()];
    for (const [id, tenantId] of [...grown]) if (grown.delete(id)) await look(tenantId, id, signal);
    for (const batch of batches) {
      await commit(batch);
      if (held.get(batch.partition) === batch) held.delete(batch.partition);
    }
  }

  return {
    async take({ partition, commit: commitIt }, told) {
      const batch = { partition, commit: commitIt };
      if (told.size === 0 && !held.has(partition)) return commit(batch);
      held.set(partition, batch);
      for (const [id, tenantId] of told) grown.set(id, tenantId);
      news.emit('growth');
    },
    looked: (id) => void grown.delete(id),
    async run(signal) {
      while (!signal.aborted) {
        // Ended early: the loop sees it.
        if (held.size === 0) await once(news, 'growth', { signal }).catch(() => undefined);
        if (signal.aborted) return;
        const startedMs = performance.now();
        await round(signal);
        const restMs = Math.min(restMsMax, restFactor * (performance.now() - startedMs));
        await wait(restMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}
