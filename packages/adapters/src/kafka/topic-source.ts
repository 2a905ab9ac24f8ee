import { setTimeout as delay } from 'node:timers/promises';
import { HeliosError } from '@heliosiq/model';
import type { Logger, MessageSource, SourceBatch, SourceMessage } from '@heliosiq/ports';
import type { KafkaConnection } from './connection.ts';
import { createFetcher, type FetchedRun } from './fetcher.ts';
import { createGroupMembership, type OwnedPlace } from './group-membership.ts';
import { placedRecords } from './record-format.ts';

/** Messages of one batch, and bytes of one partition that are fetched at once, as they lie compressed. */
const batchMessagesMax = 2000;
const partitionBytesMax = 500_000;

/** After an outage of the brokers they are asked again so often. */
const pauseMs = 1000;

export interface KafkaTopicSourceOptions {
  readonly connection: KafkaConnection;
  readonly group: string;
  readonly topics: readonly string[];
  /** Where a group without a committed offset begins. Default `earliest`. */
  readonly startAt?: 'earliest' | 'latest';
  /** How long a member may be silent before others take its partitions. Default 10,000; brokers ask for 6,000 or more. */
  readonly memberSilenceMaxMs?: number;
  readonly logger?: Logger;
}

/** Topics of any Kafka cluster (2.5 or newer), read as a member of a consumer group; committed transactions only. */
export function createKafkaTopicSource(options: KafkaTopicSourceOptions): MessageSource {
  const { connection, logger } = options;

  async function* batches(signal: AbortSignal): AsyncGenerator<SourceBatch, void, undefined> {
    await using stack = new AsyncDisposableStack();
    const fetcher = stack.use(createFetcher(connection));
    let interrupt: (() => void) | undefined;
    const group = createGroupMembership({
      connection,
      groupId: options.group,
      topics: options.topics,
      startOffsets: (topic) => fetcher.offsets(topic, options.startAt === 'latest' ? 'end' : 'start'),
      sessionTimeoutMs: options.memberSilenceMaxMs ?? 10_000,
      logger,
      onChange: () => interrupt?.(),
    });
    stack.defer(() => group.leave());
    const abort = (): void => interrupt?.();
    signal.addEventListener('abort', abort);
    stack.defer(() => signal.removeEventListener('abort', abort));
    /** Where reading goes on, by place and epoch: a place that comes back is read from its committed offset. */
    let positions = new Map<string, number>();
    while (!signal.aborted) {
      try {
        const owned = await group.sync();
        const keptPositions = positions;
        positions = new Map(
          owned.map((place) => [keyOf(place), keptPositions.get(keyOf(place)) ?? place.committedOffset]),
        );
        const interrupted = Promise.withResolvers<void>();
        interrupt = interrupted.resolve;
        if (owned.length === 0) {
          await Promise.race([interrupted.promise, delay(pauseMs, undefined, { signal }).catch(() => {})]);
          continue;
        }
        const runs = await fetcher.fetch(
          owned.map((place) => ({ ...place, fromOffset: positions.get(keyOf(place)) ?? place.committedOffset })),
          { partitionBytesMax, interrupted: interrupted.promise },
        );
        for (const run of runs) {
          const place = owned.find((one) => one.topic === run.topic && one.partition === run.partition);
          if (place === undefined) continue;
          positions.set(keyOf(place), run.nextOffset);
          for (const messages of messageRuns(run)) {
            if (signal.aborted) return;
            const nextOffset = (messages.at(-1)?.offset ?? -1) + 1;
            const { topic, partition, epoch } = place;
            yield { messages, commit: () => group.commit({ topic, partition, epoch, nextOffset }) };
          }
        }
      } catch (error) {
        if (signal.aborted) return;
        const isPassing = error instanceof HeliosError && (error.code === 'unavailable' || error.code === 'timeout');
        if (!isPassing) throw error;
        logger?.warn({ error, group: options.group }, 'a topic of another system cannot be read; trying again');
        await delay(pauseMs, undefined, { signal }).catch(() => {});
      }
    }
  }

  return { batches };
}

function keyOf({ topic, partition, epoch }: OwnedPlace): string {
  return `${topic}/${partition}/${epoch}`;
}

function* messageRuns(run: FetchedRun): Generator<readonly SourceMessage[]> {
  let messages: SourceMessage[] = [];
  for (const { record, offset, at } of placedRecords(run.batches, run.fromOffset)) {
    const headers: Record<string, string> = {};
    for (const [name, text] of record.headers) headers[name?.toString() ?? ''] = text?.toString() ?? '';
    messages.push({
      topic: run.topic,
      partition: run.partition,
      offset,
      key: record.key ?? undefined,
      value: record.value ?? Buffer.alloc(0),
      headers,
      at,
    });
    if (messages.length < batchMessagesMax) continue;
    yield messages;
    messages = [];
  }
  if (messages.length > 0) yield messages;
}
