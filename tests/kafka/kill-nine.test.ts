import { Admin, Producer } from '@platformatic/kafka';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createKafkaEventLog } from '@heliosiq/adapters/kafka/event-log.ts';
import { HeliosError, TenantId } from '@heliosiq/model';
import { rejectedHeaders } from '@heliosiq/ports';
import type { EventLog } from '@heliosiq/ports';
import { startKafka } from '../support/kafka-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const home = process.env['HELIOS_TEST_KAFKA_HOME'];
const tenantId = TenantId.parse('acme');
const topic = 'plant';
const topicPrefix = 'test.';
const assets = 200;
const total = 100_000;
const perRequest = 1000;
const poison = ['not json', '[1,2', '{"kind":"log"}', '"just words"', ''];
const patience = { timeout: 240_000, interval: 200 };

function startProgram(broker: string): ChildProcess {
  const file = fileURLToPath(new URL('./topic-program.ts', import.meta.url));
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', file, broker, topic, topicPrefix], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** Sends the messages of all assets in turn, numbered; a request is repeated until it is acknowledged. */
async function sendAll(broker: string): Promise<void> {
  const producer = new Producer({
    clientId: 'plant',
    bootstrapBrokers: [broker],
    idempotent: true,
    retries: 1000,
    retryDelay: 200,
  });
  for (let first = 0; first < total; first += perRequest) {
    const messages = Array.from({ length: perRequest }, (_, index) => {
      const number = first + index;
      const asset = `pump-${number % assets}`;
      const signal = { kind: 'log', asset, body: String(number) };
      return { topic, key: Buffer.from(asset), value: Buffer.from(JSON.stringify(signal)) };
    });
    const bad = first % 20_000 === 0 ? poison[first / 20_000] : undefined;
    if (bad !== undefined) messages.push({ topic, key: Buffer.from('poison'), value: Buffer.from(bad) });
    await producer.send({ messages });
  }
  await producer.close();
}

/** Reads the log as a stage does: the numbers of each asset in the order in which they first came. */
async function witness(log: EventLog, seen: Map<string, Set<number>>, signal: AbortSignal): Promise<void> {
  await using consumer = log.consumer({ group: 'witness', topics: ['signals'] });
  for await (const batch of consumer.batches(signal)) {
    for (const record of batch.records) {
      // The cast holds: the program stores what `sendAll` sent.
      const { asset, body } = JSON.parse(Buffer.from(record.value).toString()) as { asset: string; body: string };
      const numbers = seen.get(asset) ?? new Set();
      seen.set(asset, numbers.add(Number(body)));
    }
    await batch.commit().catch((error: unknown) => {
      if (!(error instanceof HeliosError) || error.code !== 'conflict') throw error;
    });
  }
}

describe.skipIf(home === undefined)('Kafka source and log, each side killed (needs HELIOS_TEST_KAFKA_HOME)', () => {
  it(
    'loses none of 100,000 keyed messages, keeps their order per key, and keeps poison aside',
    { timeout: 600_000 },
    async () => {
      await using folder = await temporaryFolder();
      await using kafka = await startKafka({ home: home ?? '', folder: join(folder.path, 'kafka') });
      const admin = new Admin({ clientId: 'test', bootstrapBrokers: [kafka.broker] });
      await admin.createTopics({ topics: [topic], partitions: 4, replicas: 1 });
      await using log = createKafkaEventLog({
        connection: { brokers: [kafka.broker], clientId: 'test' },
        topicPrefix,
        memberSilenceMaxMs: 6000,
      });
      const seen = new Map<string, Set<number>>();
      const count = (): number => [...seen.values()].reduce((sum, numbers) => sum + numbers.size, 0);
      const done = new AbortController();
      const reading = witness(log, seen, done.signal);
      let program = startProgram(kafka.broker);
      try {
        const sending = sendAll(kafka.broker);
        await expect.poll(count, patience).toBeGreaterThan(total / 5);
        await kill(program);
        program = startProgram(kafka.broker);
        await expect.poll(count, patience).toBeGreaterThan((total * 2) / 5);
        await kafka.kill();
        await kafka.start();
        await sending;
        await expect.poll(count, patience).toBe(total);

        for (const [asset, numbers] of seen) {
          const inOrder = [...numbers].toSorted((a, b) => a - b);
          expect([asset, ...numbers]).toEqual([asset, ...inOrder]);
        }
        const lagOfSource = async (): Promise<number> => {
          const groups = [
            { groupId: `${topicPrefix}source`, topics: [{ name: topic, partitionIndexes: [0, 1, 2, 3] }] },
          ];
          const [group] = await admin.listConsumerGroupOffsets({ groups });
          const parts = [0, 1, 2, 3].map((partitionIndex) => ({ partitionIndex, timestamp: -1n }));
          const [ends] = await admin.listOffsets({ topics: [{ name: topic, partitions: parts }] });
          const committed = group?.topics[0]?.partitions ?? [];
          return (ends?.partitions ?? []).reduce((sum, { partitionIndex, offset }) => {
            const at = committed.find((one) => one.partitionIndex === partitionIndex)?.committedOffset ?? 0n;
            return sum + Number(offset - at);
          }, 0);
        };
        await expect.poll(lagOfSource, patience).toBe(0);
        await expect
          .poll(async () => (await log.lag()).reduce((sum, { lagRecords }) => sum + lagRecords, 0), patience)
          .toBe(0);
        const kept = await log.read(tenantId, 'signals-rejected', { partition: 0, fromOffset: 0, recordsMax: 1000 });
        const byId = new Map(kept.records.map((record) => [record.id, record]));
        const values = [...byId.values()].map(({ value }) => Buffer.from(value).toString());
        expect(values.toSorted()).toEqual(poison.toSorted());
        for (const { headers } of byId.values()) expect(headers?.[rejectedHeaders.reason]).not.toBe('');
      } finally {
        done.abort();
        await kill(program);
        await reading;
        await admin.close();
      }
    },
  );
});
