import { HeliosError, topicShape, type LogTopicName, type TenantId } from '@heliosiq/model';
import type { MessageToProduce } from '@platformatic/kafka';
import type { EventLog, NewRecord } from '@heliosiq/ports';
import { checkRecords } from '../event-log/limits.ts';
import { partitionOfKey } from '../event-log/partition-of-key.ts';
import { encodeRecord } from './record-format.ts';

/** Bytes that may wait in all. */
const waitingBytesMax = 128_000_000;

/** One call of `append`. */
interface Append {
  /** Records that are not acknowledged yet. */
  open: number;
  hasBegun: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface WaitingRecord {
  readonly append: Append;
  readonly message: MessageToProduce;
  readonly bytes: number;
}

/** Sends messages in their order; resolves when all are acknowledged. */
export type Send = (messages: MessageToProduce[]) => Promise<void>;

/**
 * Appends in the order of the calls. One request is under way at a time, and what arrives meanwhile goes into the next one
 * together: many small appends share a round trip, and no record overtakes another of its key.
 */
export function createAppendQueue(options: {
  readonly send: Send;
  readonly topicPrefix: string;
  /** Bytes of one request at most, asked before each; a single larger record goes alone. */
  readonly requestBytesMax: () => Promise<number>;
}): {
  readonly append: EventLog['append'];
  drain(): Promise<void>;
} {
  const { send, topicPrefix } = options;
  let waiting: WaitingRecord[] = [];
  let waitingBytes = 0;
  let sending: Promise<void> | undefined;

  async function sendAll(): Promise<void> {
    // Calls of the same turn of the event loop share the first request already.
    await Promise.resolve();
    while (waiting.length > 0) {
      let taken: readonly WaitingRecord[] = [];
      try {
        taken = takeRequest(await options.requestBytesMax());
        // All that waited may have been withdrawn meanwhile.
        if (taken.length === 0) continue;
        await send(taken.map((record) => record.message));
        for (const { append } of taken) {
          append.open -= 1;
          if (append.open === 0) append.resolve();
        }
      } catch (error) {
        // A fault of the records in question is their senders' alone. In an outage what waits behind would only wait as
        // long again: its senders hear of it now.
        const isOfRecords = taken.length > 0 && error instanceof HeliosError && error.code !== 'unavailable';
        fail(new Set((isOfRecords ? taken : [...taken, ...waiting]).map(({ append }) => append)), error);
      }
    }
    sending = undefined;
  }

  /** Rejects appends, with those of their records that wait. */
  function fail(appends: ReadonlySet<Append>, error: unknown): void {
    waiting = waiting.filter((record) => {
      if (!appends.has(record.append)) return true;
      waitingBytes -= record.bytes;
      return false;
    });
    for (const append of appends) append.reject(error);
  }

  function takeRequest(bytesMax: number): readonly WaitingRecord[] {
    let count = 0;
    let bytes = 0;
    for (const record of waiting) {
      if (count > 0 && bytes + record.bytes > bytesMax) break;
      bytes += record.bytes;
      record.append.hasBegun = true;
      count += 1;
    }
    const taken = waiting.slice(0, count);
    waiting = waiting.slice(count);
    waitingBytes -= bytes;
    return taken;
  }

  function encodeAll(tenantId: TenantId, topic: LogTopicName, records: readonly NewRecord[]) {
    const { partitions } = topicShape(topic);
    const name = `${topicPrefix}${topic}`;
    return records.map((record) =>
      encodeRecord(tenantId, { topic: name, partition: partitionOfKey(record.key, partitions) }, record),
    );
  }

  return {
    append(tenantId, topic, records, { signal } = {}) {
      if (records.length === 0) return Promise.resolve();
      return new Promise<void>((resolve, reject) => {
        signal?.throwIfAborted();
        checkRecords(records);
        if (waitingBytes > waitingBytesMax) {
          throw new HeliosError('unavailable', 'Too much waits to be written to the event log', { retryAfterS: 1 });
        }
        const withdraw = (): void => {
          // Once a part of it has been sent, an append waits for the outcome: it may be durable already.
          if (append.hasBegun) return;
          fail(new Set([append]), signal?.reason);
        };
        const settled = (): void => signal?.removeEventListener('abort', withdraw);
        const append: Append = {
          open: records.length,
          hasBegun: false,
          resolve: () => (settled(), resolve()),
          reject: (error) => (settled(), reject(error)),
        };
        for (const encoded of encodeAll(tenantId, topic, records)) {
          waiting.push({ append, ...encoded });
          waitingBytes += encoded.bytes;
        }
        signal?.addEventListener('abort', withdraw, { once: true });
        sending ??= sendAll();
      });
    },
    async drain() {
      while (sending !== undefined) await sending;
    },
  };
}
