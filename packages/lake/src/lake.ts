import { isSampleColumns } from '@heliosiq/model/sample-columns.ts';
import {
  commitIfHeld,
  createPacer,
  type EventLog,
  type Logger,
  type LogRecord,
  type Meter,
  type Pacer,
  type RecordBatch,
  type SeriesRegistry,
  type SeriesStore,
  type Service,
  type SignalStore,
  type TopologyStore,
} from '@heliosiq/ports';
import { cameInTime, waitEnd } from './came-in-time.ts';
import { throughOutages } from './outage-retry.ts';
import { createPendingSignals, type BatchEnd, type PendingSignals } from './pending-signals.ts';
import { decodeSamples, decodeSignal } from './signal-record.ts';
import { createSignalWriter } from './signal-writer.ts';

export interface LakeDeps {
  readonly log: EventLog;
  /** Says which series the samples are of. */
  readonly registry: SeriesRegistry;
  readonly series: SeriesStore;
  readonly signals: SignalStore;
  readonly topology: TopologyStore;
  readonly meter: Meter;
  readonly logger: Logger;
  /** Shared by the stages of a process. Default: one of its own. */
  readonly pacer?: Pacer;
  readonly options?: LakeOptions;
}

export interface LakeOptions {
  /** Records wait at most this long for others before they are written together. Default 500. */
  readonly flushIntervalMs?: number;
  /** While much comes in they wait for so long, so that each series is written less often. Default: four times as long. */
  readonly busyIntervalMs?: number;
  /** While the lake is behind it gathers for this long. Default 5,000. */
  readonly behindIntervalMs?: number;
  /** Samples and signals that are written at once without waiting: a bound of memory, about 50 bytes each. Default 1,000,000. */
  readonly flushRecordsMax?: number;
  /** A store's outage that lasts longer ends the service. Default 300,000. */
  readonly outagePatienceMs?: number;
}

/** Records of one batch at most: about 100,000 samples where senders fill their records. */
const batchRecordsMax = 1000;

/** With more samples and signals than this at the first deadline much comes in. */
const busyGathering = 10_000;

/** A batch of more samples and signals than this was waiting: the lake is behind, and larger writes are cheaper ones. */
const behindBatch = 20_000;

/**
 * The service that keeps every signal: it reads the topic `signals` as group `lake` and writes samples, discrete signals
 * and newly seen assets to their stores. A batch is committed after its data is durable; records that cannot be read go
 * to the rejected topic with the reason. An outage of a store is waited out; nothing is skipped.
 */
export function createLake({ log, registry, meter, logger, options = {}, ...stores }: LakeDeps): Service {
  const pacer = stores.pacer ?? createPacer();
  const flushIntervalMs = options.flushIntervalMs ?? 500;
  const busyIntervalMs = options.busyIntervalMs ?? 4 * flushIntervalMs;
  const behindIntervalMs = options.behindIntervalMs ?? 5000;
  const flushRecordsMax = options.flushRecordsMax ?? 1_000_000;
  const patienceMs = options.outagePatienceMs ?? 300_000;
  const writer = createSignalWriter({ ...stores, pacer });
  const records = meter.counter({
    name: 'heliosiq_records_total',
    help: 'Records a stage has dealt with, by outcome.',
    labels: ['stage', 'outcome'],
  });
  const samples = meter.counter({ name: 'heliosiq_lake_samples_total', help: 'Samples written to the series store.' });
  const retries = meter.counter({
    name: 'heliosiq_lake_retries_total',
    help: 'Writes repeated because a store or the log was out.',
  });
  const flushSeconds = meter.histogram({
    name: 'heliosiq_lake_flush_seconds',
    help: 'Time to write what had gathered.',
  });

  /** Does the work through outages of what is behind it; false when the signal aborted during one. */
  function persist(work: () => Promise<void>, signal: AbortSignal): Promise<boolean> {
    return throughOutages(work, {
      signal,
      patienceMs,
      onRetry: (error, waitMs) => {
        retries.add(1);
        logger.warn({ code: error.code, error: error.message, waitMs }, 'a store is out: the lake will try again');
      },
    });
  }

  /**
   * Adds a batch's records; those that cannot be read are in the rejected topic when this resolves. False when the signal aborted
   * before that: the batch is then left uncommitted.
   */
  async function gather(pending: PendingSignals, batch: RecordBatch, signal: AbortSignal): Promise<boolean> {
    for (const record of batch.records) {
      if (isSampleColumns(record.value)) {
        const columns = decodeSamples(record.value);
        if (columns.ok) pending.addSamples(record, columns.value);
        else if (!(await reject(batch, record, { reason: columns.reason, signal }))) return false;
      } else {
        // Read once more when it is written: what is read takes much more memory while it waits.
        const read = decodeSignal(record.value);
        if (read.ok) pending.addSignal(record);
        else if (!(await reject(batch, record, { reason: read.reason, signal }))) return false;
      }
      const turn = pacer.giveWay();
      if (turn !== undefined) await turn;
    }
    let unknown: readonly LogRecord[] = [];
    const name = async (): Promise<void> => {
      unknown = await pending.nameSeries(registry);
    };
    if (!(await persist(name, signal))) return false;
    for (const record of unknown) {
      if (!(await reject(batch, record, { reason: 'a sample is of a series that nobody knows', signal }))) return false;
    }
    pending.addBatch(batch);
    return true;
  }

  async function reject(
    batch: RecordBatch,
    record: LogRecord,
    { reason, signal }: { readonly reason: string; readonly signal: AbortSignal },
  ): Promise<boolean> {
    if (!(await persist(() => batch.reject(record, reason), signal))) return false;
    const { tenantId, partition, offset } = record;
    records.add(1, { stage: 'lake', outcome: 'rejected' });
    logger.warn({ tenant: tenantId, partition, offset, reason }, 'a signal was rejected');
    return true;
  }

  /** Writes and commits; false when the signal aborted during an outage: the records will be delivered again. */
  async function flush(pending: PendingSignals, signal: AbortSignal): Promise<boolean> {
    const startedAt = performance.now();
    if (!(await persist(() => writer.write(pending.tenants), signal))) return false;
    for (const batch of pending.batches()) {
      if (!(await persist(() => commit(batch), signal))) return false;
    }
    records.add(pending.records, { stage: 'lake', outcome: 'stored' });
    samples.add(pending.samples);
    flushSeconds.observe((performance.now() - startedAt) / 1000);
    return true;
  }

  async function commit(batch: BatchEnd): Promise<void> {
    if (await commitIfHeld(batch)) return;
    logger.info({ partition: batch.partition }, 'a partition moved to another member before its commit');
  }

  return {
    name: 'lake',
    async run(signal) {
      await using consumer = log.consumer({ group: 'lake', topics: ['signals'], batchRecordsMax });
      const batches = consumer.batches(signal)[Symbol.asyncIterator]();
      let next = fetchNext();
      for (;;) {
        using pending = createPendingSignals();
        const first = await next;
        if (first.done === true) return;
        if (!(await gather(pending, first.value, signal))) return;
        next = fetchNext();
        const isLast = await gatherMore(pending, {
          isFull: () => pending.samples + pending.records >= flushRecordsMax,
          signal,
        });
        const flushedFrom = performance.now();
        if (!(await flush(pending, signal)) || isLast) return;
        if (pending.samples + pending.records < flushRecordsMax)
          await pacer.rest(performance.now() - flushedFrom, signal);
      }

      /** Asks for the next batch while the last one is worked on; a failure waits there until it is looked at. */
      function fetchNext(): Promise<IteratorResult<RecordBatch>> {
        const fetching = batches.next();
        fetching.catch(() => {});
        return fetching;
      }

      /** Gathers further batches until the time is up or there are enough; true when there will be no more. */
      async function gatherMore(
        pending: PendingSignals,
        until: { isFull: () => boolean; signal: AbortSignal },
      ): Promise<boolean> {
        using soon = waitEnd(flushIntervalMs);
        using later = waitEnd(busyIntervalMs);
        using latest = waitEnd(behindIntervalMs);
        let gathered = pending.samples + pending.records;
        let isBehind = gathered >= behindBatch;
        while (!until.isFull()) {
          const deadline = gathered >= busyGathering ? later : soon;
          if (!(await cameInTime(next, [isBehind ? latest : deadline]))) return false;
          const batch = await next;
          if (batch.done === true) return true;
          if (!(await gather(pending, batch.value, until.signal))) return true;
          next = fetchNext();
          const before = gathered;
          gathered = pending.samples + pending.records;
          isBehind = gathered - before >= behindBatch;
        }
        return false;
      }
    },
  };
}
