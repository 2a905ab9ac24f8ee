import { expect } from 'vitest';
import type { LogTopicName, TenantId } from '@heliosiq/model';
import type { ConsumerOptions, EventLog, LogConsumer, LogRecord, NewRecord, RecordBatch } from '../src/event-log.ts';

/** How long a test waits for records that must come. */
export const patienceMs = 55_000;

/** A record with a text value. */
export function textRecord(key: string, id: string, text = id): NewRecord {
  return { key, id, value: Buffer.from(text) };
}

/** `count` records over `keys` keys, ids ascending per call. */
export function textRecords(count: number, keys = 8, prefix = 'r'): readonly NewRecord[] {
  return Array.from({ length: count }, (_, index) => textRecord(`key-${index % keys}`, `${prefix}-${index}`));
}

/** A consumer that is being read in the background: what it saw of one tenant, and who owns what. */
export interface Reading extends AsyncDisposable {
  readonly consumer: LogConsumer;
  readonly batches: readonly RecordBatch[];
  /** Records of the tenant in the order of their delivery. */
  readonly records: readonly LogRecord[];
  /** Calls of `onAssigned`. */
  readonly assigned: readonly { readonly topic: LogTopicName; readonly partitions: readonly number[] }[];
  /** Waits until the reading shows what is asked for; fails after a while. */
  until(condition: (reading: Reading) => boolean, what: string): Promise<void>;
  /** Ends the reading and leaves the membership as it is, as a program does that hangs or dies. */
  halt(): Promise<void>;
}

/** Reads in the background; each batch is committed unless `commits` is false. */
export function readInBackground(
  log: EventLog,
  tenantId: TenantId,
  options: Omit<ConsumerOptions, 'onAssigned'> & { readonly commits?: boolean },
): Reading {
  const assigned: { readonly topic: LogTopicName; readonly partitions: readonly number[] }[] = [];
  const batches: RecordBatch[] = [];
  const records: LogRecord[] = [];
  const halted = new AbortController();
  let failure: { readonly error: unknown } | undefined;
  const { commits = true, ...consumerOptions } = options;
  const consumer = log.consumer({
    ...consumerOptions,
    onAssigned: async (topic, partitions) => void assigned.push({ topic, partitions }),
  });
  const finished = (async () => {
    for await (const batch of consumer.batches(halted.signal)) {
      batches.push(batch);
      records.push(...batch.records.filter((record) => record.tenantId === tenantId));
      // A partition may move away between delivery and commit.
      if (commits) await batch.commit().catch(ignoreConflict);
    }
  })().catch((error: unknown) => {
    failure = { error };
  });
  const reading: Reading = {
    ...{ consumer, batches, records, assigned },
    async until(condition, what) {
      await expect
        .poll(() => failure !== undefined || condition(reading), { timeout: patienceMs, interval: 20, message: what })
        .toBe(true);
      if (failure !== undefined) throw failure.error;
    },
    async halt() {
      halted.abort();
      await finished;
    },
    async [Symbol.asyncDispose]() {
      halted.abort();
      await finished;
      await consumer[Symbol.asyncDispose]();
    },
  };
  return reading;
}

function ignoreConflict(error: unknown): void {
  if (!isConflict(error)) throw error;
}

/** True for the fault that a commit of a lost partition rejects with. */
export function isConflict(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'conflict';
}

/** The ids of records, in their order. */
export function idsOf(records: readonly NewRecord[]): readonly string[] {
  return records.map((record) => record.id);
}

/** Every record of a tenant in a topic's partition, read page by page. */
export async function readPages(
  log: EventLog,
  tenantId: TenantId,
  place: {
    readonly topic: LogTopicName;
    readonly partition: number;
    readonly fromOffset?: number;
    readonly recordsMax: number;
  },
): Promise<{ readonly records: readonly LogRecord[]; readonly pages: number; readonly endOffset: number }> {
  const records: LogRecord[] = [];
  let fromOffset = place.fromOffset ?? 0;
  for (let pages = 1; ; pages += 1) {
    const slice = await log.read(tenantId, place.topic, { ...place, fromOffset });
    expect(slice.records.length).toBeLessThanOrEqual(place.recordsMax);
    records.push(...slice.records);
    if (slice.nextOffset === fromOffset || slice.records.length === 0)
      return { records, pages, endOffset: slice.nextOffset };
    fromOffset = slice.nextOffset;
  }
}
