/**
 * The event log on Kafka beside the one on an embedded PostgreSQL: requests of 16 records of 500 bytes a second from 32
 * senders at once (what a door appends for a batch of samples), all of them read again, and the time from append to
 * delivery at low load. The broker is the one of `.ci/services start`. Prints one JSON line.
 * `node bench/kafka-log.bench.ts [requests]`
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startEmbeddedPostgres } from '@heliosiq/adapters/embedded-postgres/embedded-postgres.ts';
import { createKafkaEventLog } from '@heliosiq/adapters/kafka/event-log.ts';
import { openDatabase } from '@heliosiq/adapters/postgres/database.ts';
import { createPostgresEventLog } from '@heliosiq/adapters/postgres/event-log.ts';
import { TenantId } from '@heliosiq/model';
import type { EventLog, NewRecord } from '@heliosiq/ports';

const requestCount = Number(process.argv[2] ?? 6000);
const recordsPerRequest = 16;
const senders = 32;
const deliveries = 200;
const tenant = TenantId.parse('bench');
/** Half of each value is noise, as the low bits of samples are. */
const noise = randomBytes(1_000_000);

function requestOf(request: number): readonly NewRecord[] {
  return Array.from({ length: recordsPerRequest }, (_, lane) => {
    const at = (request * 4793 + lane * 257) % (noise.length - 250);
    const value = Buffer.concat([Buffer.alloc(250, lane), noise.subarray(at, at + 250)]);
    return { key: `bench/${lane}`, id: `${request}-${lane}`, value };
  });
}

async function appendAll(log: EventLog): Promise<number> {
  const requests = Array.from({ length: requestCount }, (_, request) => requestOf(request));
  const startedAt = performance.now();
  let next = 0;
  const sender = async (): Promise<void> => {
    for (let request = requests[next++]; request !== undefined; request = requests[next++])
      await log.append(tenant, 'signals', request);
  };
  await Promise.all(Array.from({ length: senders }, sender));
  return requestCount / ((performance.now() - startedAt) / 1000);
}

async function readAll(log: EventLog): Promise<number> {
  await using consumer = log.consumer({ group: 'bench-read', topics: ['signals'] });
  const done = new AbortController();
  const startedAt = performance.now();
  let seen = 0;
  for await (const batch of consumer.batches(done.signal)) {
    seen += batch.records.length;
    await batch.commit();
    if (seen >= requestCount * recordsPerRequest) done.abort();
  }
  return seen / ((performance.now() - startedAt) / 1000);
}

async function deliveryTimes(log: EventLog): Promise<readonly number[]> {
  await using consumer = log.consumer({ group: 'bench-delivery', topics: ['anomalies'], startAt: 'latest' });
  const done = new AbortController();
  const times: number[] = [];
  const reading = (async (): Promise<void> => {
    for await (const batch of consumer.batches(done.signal)) {
      const now = performance.now();
      for (const record of batch.records) times.push(now - Number(record.id));
      await batch.commit();
    }
  })();
  await delay(2000);
  for (let index = 0; index < deliveries; index += 1) {
    await log.append(tenant, 'anomalies', [
      { key: `k${index}`, id: String(performance.now()), value: Buffer.alloc(200, 65) },
    ]);
    await delay(10);
  }
  await delay(1000);
  done.abort();
  await reading;
  if (times.length !== deliveries) throw new Error(`${times.length} of ${deliveries} records were delivered`);
  return times.toSorted((a, b) => a - b);
}

async function measure(log: EventLog) {
  await log.append(tenant, 'incidents', requestOf(0));
  const requestsPerS = Math.round(await appendAll(log));
  const recordsReadPerS = Math.round(await readAll(log));
  const times = await deliveryTimes(log);
  const quantile = (share: number): number => Math.round((times[Math.floor(times.length * share)] ?? NaN) * 10) / 10;
  return { requestsPerS, recordsReadPerS, deliveryP50Ms: quantile(0.5), deliveryP99Ms: quantile(0.99) };
}

const broker = process.env['HELIOS_TEST_KAFKA'];
if (broker === undefined)
  throw new Error('HELIOS_TEST_KAFKA is not set: bash .ci/services start, source .ci/.services.env');
const folder = await mkdtemp(join(tmpdir(), 'heliosiq-bench-'));
try {
  await using server = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
  await using database = await openDatabase({ url: server.url });
  await using postgresLog = createPostgresEventLog({ database });
  const postgres = await measure(postgresLog);
  await using kafkaLog = createKafkaEventLog({
    connection: { brokers: [broker], clientId: 'heliosiq-bench' },
    topicPrefix: `bench-${randomUUID()}.`,
  });
  const kafka = await measure(kafkaLog);
  console.log(JSON.stringify({ bench: 'kafka-log', requests: requestCount, recordsPerRequest, postgres, kafka }));
} finally {
  await rm(folder, { recursive: true, force: true });
}
