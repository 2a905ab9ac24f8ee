import type { TenantId } from '@heliosiq/model';
import { createPacer, type BlobStore, type Meter, type Pacer } from '@heliosiq/ports';
import { compactBronze } from './compact-bronze.ts';

export interface BronzeUpkeepDeps {
  readonly blobs: BlobStore;
  readonly meter: Meter;
  readonly now: () => number;
  /** Shared by the stages of a process. Default: one of its own. */
  readonly pacer?: Pacer;
}

/** Keeps the segments of bronze few. */
export interface BronzeUpkeep {
  /** A round for a tenant: merges the small segments of each hour; what it did in words, undefined when there was nothing to do. */
  round(tenantId: TenantId, signal: AbortSignal): Promise<string | undefined>;
}

/** Makes the upkeep of bronze, which remembers between its rounds what was merged a while ago. */
export function createBronzeUpkeep({ blobs, meter, now, ...given }: BronzeUpkeepDeps): BronzeUpkeep {
  const pacer = given.pacer ?? createPacer();
  const counter = meter.counter({
    name: 'heliosiq_bronze_merged_segments_total',
    help: 'Small segments merged into larger ones.',
  });
  const covered = new Map<TenantId, Map<string, number>>();

  function coveredOf(tenantId: TenantId): Map<string, number> {
    const known = covered.get(tenantId) ?? new Map<string, number>();
    covered.set(tenantId, known);
    return known;
  }

  return {
    async round(tenantId, signal) {
      const options = { now: now(), pacer, coveredSince: coveredOf(tenantId), signal };
      const { merged, removed } = await compactBronze(blobs, tenantId, options);
      counter.add(merged);
      if (merged + removed === 0) return undefined;
      return `${merged} small segments merged, ${removed} blobs removed that were merged before`;
    },
  };
}
