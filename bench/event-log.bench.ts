/**
 * The event log on an embedded PostgreSQL: records a second appended and read, and the time from append to delivery
 * at low load. Records have 200 bytes of JSON-like text. Prints one JSON line; exit 1 when a bar is missed.
 * `node bench/event-log.bench.ts [records]`
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startEmbeddedPostgres } from '@heliosiq/adapters/embedded-postgres/embedded-postgres.ts';
import { openDatabase } from '@heliosiq/adapters/postgres/database.ts';
import { createPostgresEventLog } from '@heliosiq/adapters/postgres/event-log.ts';
import { TenantId } from '@heliosiq/model';
import type { EventLog, NewRecord } from '@heliosiq/ports';

const bars = { appendPerS: 100_000, readPerS: 100_000, deliveryP99Ms: 20 };
const recordCount = Number(process.argv[2] ?? 300_000);
const recordsPerAppend = 1000;
const appendsInFlight = 4;
const deliveries = 300;
const tenant = TenantId.parse('bench');

function recordsOf(append: number): readonly NewRecord[] {
  return Array.from({ length: recordsPerAppend }, (_, index) => {
    const id = append * recordsPerAppend + index;
    const head = `{"asset":"host-${id % 500}","metric":"latency","at":${1_700_000_000_000 + id},"value":${Math.sin(id) * 100},"token":"`;
    // Digits that do not repeat keep the value from shrinking to nothing.
    const noise = Array.from({ length: 8 }, (_unused, part) => Math.imul(id + part, 2_654_435_761).toString(36)).join(
      '',
    );
    return {
      key: `host-${id % 500}`,
      id: `record-${id}`,
      value: Buffer.from(`${head}${noise}`.padEnd(198, ' ') + '"}'),
    };
  });
}

async function appendAll(log: EventLog): Promise<number> {
  const appends = Array.from({ length: recordCount / recordsPerAppend }, (_, append) => recordsOf(append));
  const startedAt = performance.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let append = appends[next++]; append !== undefined; append = appends[next++])
      await log.append(tenant, 'signals', append);
  };
  await Promise.all(Array.from({ length: appendsInFlight }, worker));
  return recordCount / ((performance.now() - startedAt) / 1000);
}

async function readAll(log: EventLog): Promise<number> {
  await using consumer = log.consumer({ group: 'bench-read', topics: ['signals'] });
  const done = new AbortController();
  const startedAt = performance.now();
  let seen = 0;
  for await (const batch of consumer.batches(done.signal)) {
    seen += batch.records.length;
    await batch.commit();
    if (seen >= recordCount) done.abort();
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
  await delay(1000);
  for (let index = 0; index < deliveries; index += 1) {
    await log.append(tenant, 'anomalies', [
      { key: `k${index}`, id: String(performance.now()), value: Buffer.alloc(200, 65) },
    ]);
    await delay(10);
  }
  await delay(500);
  done.abort();
  await reading;
  if (times.length !== deliveries) throw new Error(`${times.length} of ${deliveries} records were delivered`);
  return times.toSorted((a, b) => a - b);
}

const folder = await mkdtemp(join(tmpdir(), 'heliosiq-bench-'));
try {
  await using server = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
  await using database = await openDatabase({ url: server.url });
  await using log = createPostgresEventLog({ database });
  const appendPerS = Math.round(await appendAll(log));
  const readPerS = Math.round(await readAll(log));
  const times = await deliveryTimes(log);
  const quantile = (share: number): number => Math.round((times[Math.floor(times.length * share)] ?? NaN) * 10) / 10;
  const measured = { appendPerS, readPerS, deliveryP50Ms: quantile(0.5), deliveryP99Ms: quantile(0.99) };
  const met =
    appendPerS >= bars.appendPerS && readPerS >= bars.readPerS && measured.deliveryP99Ms <= bars.deliveryP99Ms;
  console.log(JSON.stringify({ bench: 'event-log', records: recordCount, ...measured, bars, met }));
  process.exitCode = met ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
