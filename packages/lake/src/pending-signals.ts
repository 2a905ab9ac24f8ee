import type { DiscreteSignal, LogTopicName, SampleBlock, SignalRecord, TenantId } from '@heliosiq/model';
import type { RecordBatch } from '@heliosiq/ports';

/** What one tenant's records of some batches amount to. */
export interface TenantSignals {
  readonly blocks: SampleBlock[];
  readonly signals: DiscreteSignal[];
  readonly assets: Set<string>;
}

/** Decoded records that are not stored yet, and the batches to commit once they are. */
export interface PendingSignals {
  add(tenantId: TenantId, record: SignalRecord): void;
  /** Remembers a batch for its commit: the last one of a partition commits the earlier ones too. */
  addBatch(batch: RecordBatch): void;
  readonly records: number;
  readonly samples: number;
  /** True when there is neither a record nor a batch. */
  readonly isEmpty: boolean;
  readonly tenants: ReadonlyMap<TenantId, TenantSignals>;
  batches(): readonly RecordBatch[];
}

export function createPendingSignals(): PendingSignals {
  const tenants = new Map<TenantId, TenantSignals>();
  const lastBatches = new Map<`${LogTopicName} ${number}`, RecordBatch>();
  let records = 0;
  let samples = 0;

  return {
    add(tenantId, record) {
      let pending = tenants.get(tenantId);
      if (pending === undefined) {
        pending = { blocks: [], signals: [], assets: new Set() };
        tenants.set(tenantId, pending);
      }
      records += 1;
      if (record.kind === 'samples') {
        samples += record.times.length;
        pending.blocks.push(record);
        pending.assets.add(record.series.asset);
      } else {
        pending.signals.push(record);
        pending.assets.add(record.asset);
      }
    },
    addBatch(batch) {
      lastBatches.set(`${batch.topic} ${batch.partition}`, batch);
    },
    get records() {
      return records;
    },
    get samples() {
      return samples;
    },
    get isEmpty() {
      return lastBatches.size === 0;
    },
    tenants,
    batches: () => [...lastBatches.values()],
  };
}
