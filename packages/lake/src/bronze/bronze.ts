import type { TenantId } from '@heliosiq/model';
import {
  commitIfHeld,
  createPacer,
  type BlobStore,
  type EventLog,
  type Logger,
  type LogRecord,
  type Meter,
  type Pacer,
  type RecordBatch,
  type SeriesRegistry,
  type Service,
} from '@heliosiq/ports';
import { cameInTime, waitEnd, type WaitEnd } from '../came-in-time.ts';
import { throughOutages } from '../outage-retry.ts';
import { findStreamHeads, emptyHead, type StreamHead } from './stream-head.ts';
import { createTenantDrafts, type TenantDrafts } from './tenant-drafts.ts';
import { createTurns } from './turns.ts';

/** Consumer group of the service. */
export const bronzeGroup = 'bronze';

export interface BronzeDeps {
  readonly log: EventLog;
  /** Tells the words of series, which each hour of bronze keeps. */
  readonly registry: SeriesRegistry;
  readonly blobs: BlobStore;
  readonly meter: Meter;
  readonly logger: Logger;
  /** Shared by the stages of a process. Default: one of its own. */
  readonly pacer?: Pacer;
  readonly options?: BronzeOptions;
}

export interface BronzeOptions {
  /** Records wait at most this long for others before they become a segment. Default 60,000. */
  readonly rollIntervalMs?: number;
  /** A segment is written sooner when no record came for so long. Default 3,000. */
  readonly idleRollMs?: number;
  /** Compressed bytes that wait at most: a bound of memory. Default 32 MiB. */
  readonly rollBytes?: number;
}

/** The service that fills bronze. */
export interface Bronze extends Service {
  /** Stores what has gathered as soon as possible, instead of waiting for more. */
  roll(): void;
}

/** Records of one batch at most: about 100,000 samples where senders fill their records. */
const batchRecordsMax = 1000;

/** One partition as this member of the group sees it. */
interface PartitionDrafts {
  readonly tenants: Map<TenantId, TenantDrafts>;
  /** Commits the last batch and all earlier ones; kept without its records, which are in the drafts. */
  commitLast: RecordBatch['commit'] | undefined;
}

/**
 * The service that keeps every accepted record as it was acknowledged: it reads the topic `signals` as group `bronze` and
 * writes segments with manifests to the blobs of each tenant. A batch is committed after its records are durable there. What
 * comes again after a crash is known by its offset and passed by. Outages and full disks are waited out.
 */
export function createBronze({ log, registry, blobs, meter, logger, options = {}, ...given }: BronzeDeps): Bronze {
  const pacer = given.pacer ?? createPacer();
  const rollIntervalMs = options.rollIntervalMs ?? 60_000;
  const idleRollMs = options.idleRollMs ?? 3000;
  const rollBytes = options.rollBytes ?? 32 * 2 ** 20;
  const instruments = createInstruments(meter);
  const partitions = new Map<number, PartitionDrafts>();
  /** When what is gathered becomes a segment at the latest. */
  let deadline: WaitEnd | undefined;

  /** Does the work through outages; false when the signal aborted during one. */
  function persist(work: () => Promise<void>, signal: AbortSignal): Promise<boolean> {
    return throughOutages(work, {
      signal,
      // Nothing is lost while the log keeps the records: a full disk need not end the process.
      patienceMs: Infinity,
      onRetry: (error, waitMs) => {
        instruments.retries.add(1);
        logger.warn(
          { code: error.code, error: error.message, waitMs },
          'bronze cannot be written: it will be tried again',
        );
      },
    });
  }

  async function draftsOf(partition: number, tenantId: TenantId): Promise<TenantDrafts> {
    const held = partitions.get(partition) ?? { tenants: new Map(), commitLast: undefined };
    partitions.set(partition, held);
    const known = held.tenants.get(tenantId);
    if (known !== undefined) return known;
    const heads = await findStreamHeads(blobs, tenantId);
    const head: StreamHead = heads.get(partition) ?? emptyHead(tenantId, { partition, epoch: 0 });
    const made = createTenantDrafts({
      blobs,
      registry,
      tenantId,
      head,
      onNewEpoch: (epoch) =>
        logger.warn({ tenantId, partition, epoch }, 'the log is another one: bronze begins a new epoch'),
    });
    held.tenants.set(tenantId, made);
    return made;
  }

  /** Takes a batch in; false when the signal aborted during an outage. */
  async function take(batch: RecordBatch, signal: AbortSignal): Promise<boolean> {
    for (const record of batch.records) {
      const drafts = partitions.get(batch.partition)?.tenants.get(record.tenantId);
      if (drafts === undefined || drafts.isOld(record)) {
        if (!(await persist(() => takeSlowly(batch.partition, record), signal))) return false;
      } else drafts.add(record);
      const turn = pacer.giveWay();
      if (turn !== undefined) await turn;
    }
    const held = partitions.get(batch.partition);
    if (held !== undefined) held.commitLast = batch.commit;
    instruments.held.set(heldBytes());
    return true;
  }

  async function takeSlowly(partition: number, record: LogRecord): Promise<void> {
    const drafts = await draftsOf(partition, record.tenantId);
    if (drafts.isOld(record)) await drafts.addOld(record);
    else drafts.add(record);
  }

  function heldBytes(): number {
    let bytes = 0;
    for (const { tenants } of partitions.values()) for (const drafts of tenants.values()) bytes += drafts.heldBytes;
    return bytes;
  }

  /** Stores all that is held, and commits; false when the signal aborted during an outage. */
  async function flush(signal: AbortSignal): Promise<boolean> {
    for (const [partition, held] of partitions) {
      for (const drafts of held.tenants.values()) if (!(await storeAll(drafts, signal))) return false;
      const { commitLast } = held;
      held.commitLast = undefined;
      if (commitLast !== undefined && !(await persist(() => commit(partition, commitLast), signal))) return false;
    }
    instruments.held.set(heldBytes());
    return true;
  }

  async function storeAll(drafts: TenantDrafts, signal: AbortSignal): Promise<boolean> {
    let isLast = false;
    while (!isLast) {
      const store = async (): Promise<void> => {
        const entry = await drafts.storeNext();
        isLast = entry === undefined;
        if (entry === undefined) return;
        instruments.records.add(entry.records);
        instruments.samples.add(entry.samples);
        instruments.segments.add(1);
        instruments.bytes.add(entry.segment.bytes);
      };
      if (!(await persist(store, signal))) return false;
      await pacer.giveWay();
    }
    return true;
  }

  async function commit(partition: number, commitLast: RecordBatch['commit']): Promise<void> {
    // Who has the partition now knows by the offsets of the records what is stored already.
    if (!(await commitIfHeld({ commit: commitLast }))) partitions.delete(partition);
  }

  return {
    name: 'bronze',
    roll: () => deadline?.reach(),
    async run(signal) {
      partitions.clear();
      const oneAtATime = createTurns();
      await using consumer = log.consumer({
        group: bronzeGroup,
        topics: ['signals'],
        batchRecordsMax,
        // Another member may have stored more meanwhile; what is not committed here will be delivered again.
        onAssigned: (_, assigned) =>
          oneAtATime(async () => {
            for (const partition of assigned) partitions.delete(partition);
          }),
      });
      const batches = consumer.batches(signal)[Symbol.asyncIterator]();
      let next = fetchNext();
      for (;;) {
        const first = await next;
        if (first.done !== true && !(await oneAtATime(() => take(first.value, signal)))) return;
        next = first.done === true ? next : fetchNext();
        const isEnded = first.done === true || (await takeMore());
        if (!(await oneAtATime(() => flush(signal))) || isEnded) return;
      }

      /** Asks for the next batch while the last one is worked on; a failure waits there until it is looked at. */
      function fetchNext(): Promise<IteratorResult<RecordBatch>> {
        const fetching = batches.next();
        fetching.catch(() => {});
        return fetching;
      }

      /** Takes further batches until it is time for a segment; true when there will be no more. */
      async function takeMore(): Promise<boolean> {
        using latest = waitEnd(rollIntervalMs);
        using idle = waitEnd(idleRollMs);
        deadline = latest;
        while (heldBytes() < rollBytes) {
          idle.putOff();
          if (!(await cameInTime(next, [latest, idle]))) return false;
          const batch = await next;
          if (batch.done === true) return true;
          if (!(await oneAtATime(() => take(batch.value, signal)))) return true;
          next = fetchNext();
        }
        return false;
      }
    },
  };
}

function createInstruments(meter: Meter) {
  return {
    records: meter.counter({ name: 'heliosiq_bronze_records_total', help: 'Records stored in bronze.' }),
    samples: meter.counter({ name: 'heliosiq_bronze_samples_total', help: 'Samples stored in bronze.' }),
    segments: meter.counter({ name: 'heliosiq_bronze_segments_total', help: 'Segments of bronze written.' }),
    bytes: meter.counter({ name: 'heliosiq_bronze_bytes_total', help: 'Bytes of segments written.' }),
    held: meter.gauge({ name: 'heliosiq_bronze_held_bytes', help: 'Bytes that wait in memory for their segment.' }),
    retries: meter.counter({
      name: 'heliosiq_bronze_retries_total',
      help: 'Writes repeated because the disk was full or something was out.',
    }),
  };
}
