import { setTimeout as pause } from 'node:timers/promises';
import { HeliosError } from '@heliosiq/model';
import {
  createPacer,
  type BlobStore,
  type Logger,
  type Meter,
  type Pacer,
  type Service,
  type TenantStore,
} from '@heliosiq/ports';
import { compactBronze } from './compact-bronze.ts';

/** Between two rounds. */
const roundMs = 600_000;

export interface BronzeUpkeepDeps {
  readonly blobs: BlobStore;
  readonly tenants: TenantStore;
  readonly meter: Meter;
  readonly logger: Logger;
  readonly now: () => number;
  /** Shared by the stages of a process. Default: one of its own. */
  readonly pacer?: Pacer;
}

/** The service that keeps the segments of bronze few: every ten minutes it merges the small ones of each hour. */
export function createBronzeUpkeep({ blobs, tenants, meter, logger, now, ...given }: BronzeUpkeepDeps): Service {
  const pacer = given.pacer ?? createPacer();
  const merged = meter.counter({
    name: 'heliosiq_bronze_merged_segments_total',
    help: 'Small segments merged into larger ones.',
  });

  async function round(signal: AbortSignal): Promise<void> {
    for (const { id } of await tenants.tenants()) {
      if (signal.aborted) return;
      try {
        const done = await compactBronze(blobs, id, { now: now(), pacer, coveredSince: coveredOf(id), signal });
        merged.add(done.merged);
        if (done.merged + done.removed > 0)
          logger.debug({ tenant: id, ...done }, 'small segments of bronze were merged');
      } catch (error) {
        if (signal.aborted) return;
        // A full disk must not end the process: what is not merged is merged later.
        if (!(error instanceof HeliosError && error.code === 'unavailable')) throw error;
        logger.warn({ tenant: id, error: error.message }, 'segments of bronze could not be merged');
      }
    }
  }

  const covered = new Map<string, Map<string, number>>();
  function coveredOf(tenantId: string): Map<string, number> {
    const known = covered.get(tenantId) ?? new Map<string, number>();
    covered.set(tenantId, known);
    return known;
  }

  return {
    name: 'bronze-upkeep',
    async run(signal) {
      while (!signal.aborted) {
        await pause(roundMs, undefined, { signal, ref: false }).catch(() => undefined); // an abort only ends the pause
        if (!signal.aborted) await round(signal);
      }
    },
  };
}
