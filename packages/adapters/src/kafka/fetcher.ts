import { Consumer, type FetchOptions, type RecordsBatch } from '@platformatic/kafka';
import { HeliosError } from '@heliosiq/model';
import { clientOptions, type KafkaConnection } from './connection.ts';
import { asKafkaFault, hasProtocolError } from './kafka-faults.ts';
import { offsetBehind } from './record-format.ts';

type FetchRequestTopics = FetchOptions<Buffer, Buffer, Buffer, Buffer>['topics'];
type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>;

/** How long a broker holds a request back while it has nothing to answer. */
const brokerWaitMs = 500;

/** A place from which to read. */
export interface FetchPosition {
  /** The name that the cluster knows. */
  readonly topic: string;
  readonly partition: number;
  readonly fromOffset: number;
}

/** What follows a position; no batches when the position is gone and reading goes on at `nextOffset`. */
export interface FetchedRun extends FetchPosition {
  readonly batches: readonly RecordsBatch[];
  readonly nextOffset: number;
}

/** Reads partitions from any offset, outside any group. One call at a time. */
export interface Fetcher extends AsyncDisposable {
  /** What follows the positions; empty when nothing came for a while or `interrupted` was settled. Rejects with `unavailable`. */
  fetch(
    positions: readonly FetchPosition[],
    options: { readonly partitionBytesMax: number; readonly interrupted?: Promise<void> },
  ): Promise<readonly FetchedRun[]>;
  /** By partition: the offset of the first record that is left, or of the next one that comes. */
  offsets(topic: string, at: 'start' | 'end'): Promise<readonly number[]>;
}

export function createFetcher(connection: KafkaConnection): Fetcher {
  const consumer = new Consumer({
    ...clientOptions(connection, { connectTimeoutMs: 2000, requestTimeoutMs: 15_000, retries: 1, retryDelayMs: 100 }),
    // Fetching needs no group; nothing is ever joined or committed under this name.
    groupId: `${connection.clientId}-fetch`,
    autocommit: false,
    minBytes: 1,
    maxWaitTime: brokerWaitMs,
  });
  /** By broker: its request under way. A broker that has nothing yet must not hold up what another one has. */
  const underWay = new Map<number, Promise<void>>();
  let arrived: FetchedRun[] = [];
  let failure: { readonly error: unknown } | undefined;

  async function request(node: number, positions: readonly FetchPosition[], topics: FetchRequestTopics): Promise<void> {
    try {
      const names = namesById(consumer);
      const response = await consumer.fetch({ node, topics });
      arrived.push(...runsOf(response, positions, names));
    } catch (error) {
      if (consumer.closed) return;
      if (!hasProtocolError(error, 'OFFSET_OUT_OF_RANGE')) {
        failure = { error: asKafkaFault(error, 'read') };
        return;
      }
      try {
        const runs = await restarted(positions);
        arrived.push(...runs);
        if (runs.length === 0) failure = { error: asKafkaFault(error, 'read') };
      } catch (cause) {
        failure = { error: cause };
      }
    }
  }

  /** Retention, or an election among brokers that had lost records, left a position outside of its partition. */
  async function restarted(positions: readonly FetchPosition[]): Promise<readonly FetchedRun[]> {
    const runs: FetchedRun[] = [];
    for (const topic of new Set(positions.map((position) => position.topic))) {
      const [starts, ends] = await Promise.all([offsets(topic, 'start'), offsets(topic, 'end')]);
      for (const position of positions.filter((one) => one.topic === topic)) {
        const start = starts[position.partition] ?? 0;
        const end = ends[position.partition] ?? start;
        if (position.fromOffset >= start && position.fromOffset <= end) continue;
        runs.push({ ...position, batches: [], nextOffset: start });
      }
    }
    return runs;
  }

  async function offsets(topic: string, at: 'start' | 'end'): Promise<readonly number[]> {
    try {
      const found = await consumer.listOffsets({ topics: [topic], timestamp: at === 'start' ? -2n : -1n });
      return (found.get(topic) ?? []).map(Number);
    } catch (error) {
      throw asKafkaFault(error, `offsets of ${topic}`);
    }
  }

  return {
    async fetch(positions, { partitionBytesMax, interrupted }) {
      const topics = [...new Set(positions.map((position) => position.topic))];
      for (const topic of topics) consumer.topics.track(topic);
      const metadata = await consumer.metadata({ topics }).catch((error: unknown) => {
        throw asKafkaFault(error, 'read');
      });
      const byNode = Map.groupBy(positions, ({ topic, partition }) => {
        const leader = metadata.topics.get(topic)?.partitions[partition]?.leader;
        if (leader !== undefined && leader >= 0) return leader;
        consumer.clearMetadata();
        throw new HeliosError('unavailable', `Kafka: nobody leads ${topic}/${partition} now`, { retryAfterS: 1 });
      });
      for (const [node, wanted] of byNode) {
        if (underWay.has(node)) continue;
        const fetched = [...Map.groupBy(wanted, ({ topic }) => topic)].map(([topic, parts]) => ({
          topicId: metadata.topics.get(topic)?.id ?? '',
          partitions: parts.map(({ partition, fromOffset }) => ({
            partition,
            currentLeaderEpoch: -1,
            fetchOffset: BigInt(fromOffset),
            lastFetchedEpoch: -1,
            partitionMaxBytes: partitionBytesMax,
          })),
        }));
        underWay.set(
          node,
          request(node, wanted, fetched).finally(() => underWay.delete(node)),
        );
      }
      if (arrived.length === 0 && failure === undefined) {
        await Promise.race([...underWay.values(), ...(interrupted === undefined ? [] : [interrupted])]);
      }
      if (failure !== undefined) {
        const { error } = failure;
        failure = undefined;
        throw error;
      }
      const taken = arrived;
      arrived = [];
      // An answer to a question of before a change of owners, or before a restart, is of no use.
      return taken.filter((run) =>
        positions.some(
          (position) =>
            position.topic === run.topic &&
            position.partition === run.partition &&
            position.fromOffset === run.fromOffset,
        ),
      );
    },
    offsets,
    async [Symbol.asyncDispose]() {
      await consumer.close(true).catch(() => {}); // without connections there is nothing to take back
      await Promise.allSettled(underWay.values());
    },
  };
}

function namesById(consumer: Consumer): ReadonlyMap<string, string> {
  return new Map([...(consumer.currentMetadata?.topics ?? [])].map(([name, { id }]) => [id, name]));
}

function* runsOf(
  response: FetchResponse,
  positions: readonly FetchPosition[],
  names: ReadonlyMap<string, string>,
): Generator<FetchedRun> {
  for (const { topicId, partitions } of response.responses) {
    for (const { partitionIndex, records } of partitions) {
      const position = positions.find((one) => one.topic === names.get(topicId) && one.partition === partitionIndex);
      if (position === undefined || records === undefined || records === null || records.length === 0) continue;
      yield { ...position, batches: records, nextOffset: offsetBehind(records, position.fromOffset) };
    }
  }
}
