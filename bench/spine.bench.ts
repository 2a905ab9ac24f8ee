/**
 * The way of samples through one process, without a protocol in front: batches of 2,000 samples, each of another series, four
 * at a time in a closed loop into the intake, with the stages that read `signals` (lake, detect, incident) beside it.
 * `acked` is what was durable in the log per second while sending, `lake_through` and `detect_through` what each stage
 * had worked off per second from the first sample to lag zero. Prints one JSON line.
 * `node bench/spine.bench.ts [series] [seconds] [stages] [drain seconds] [milliseconds of work per request]`
 * (default: 10,000, 10, lake,detect,incident, 300, 2: what reading a request of 2,000 samples costs a door)
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createPostgresAnomalyStore } from '@heliosiq/adapters/postgres/anomaly-store.ts';
import { openDatabase } from '@heliosiq/adapters/postgres/database.ts';
import { createPostgresEventLog } from '@heliosiq/adapters/postgres/event-log.ts';
import { createPostgresIncidentStore } from '@heliosiq/adapters/postgres/incident-store.ts';
import { createPostgresSeriesRegistry } from '@heliosiq/adapters/postgres/series-registry.ts';
import { createPostgresSeriesStore } from '@heliosiq/adapters/postgres/series-store.ts';
import { createPostgresSignalStore } from '@heliosiq/adapters/postgres/signal-store.ts';
import { createPostgresStateStore } from '@heliosiq/adapters/postgres/state-store.ts';
import { createPostgresTopologyStore } from '@heliosiq/adapters/postgres/topology-store.ts';
import { startTestServer } from '@heliosiq/adapters/testing/test-postgres.ts';
import { TenantId } from '@heliosiq/model';
import { createPacer, type Service } from '@heliosiq/ports';
import { createDetect } from '../packages/detect/src/detect.ts';
import { createIncident } from '../packages/incident/src/incident.ts';
import { createLake } from '../packages/lake/src/lake.ts';
import { createScrapes } from './support/backlog.ts';

const tenantId = TenantId.parse('bench');
const [seriesCount = 10_000, seconds = 10] = process.argv.slice(2, 4).map(Number);
const stages = (process.argv[4] ?? 'lake,detect,incident').split(',');
const drainMs = Number(process.argv[5] ?? 300) * 1000;

await using server = await startTestServer();
await using testDatabase = await server.createDatabase();
await using database = await openDatabase({ url: testDatabase.url });
const pacer = createPacer();
await using log = createPostgresEventLog({ database, pacer });
const meter = createMemoryMeter();
const deps = {
  ...{ log, pacer, meter, logger: createMemoryLogger(), now: Date.now },
  registry: createPostgresSeriesRegistry(database),
  series: createPostgresSeriesStore(database, { pacer }),
  signals: createPostgresSignalStore(database),
  topology: createPostgresTopologyStore(database),
  anomalies: createPostgresAnomalyStore(database),
  incidents: createPostgresIncidentStore(database),
  states: createPostgresStateStore(database),
};
const services: Readonly<Record<string, () => readonly Service[]>> = {
  lake: () => [createLake(deps)],
  detect: () => [createDetect(deps)],
  incident: () => createIncident(deps).services,
};
const stop = new AbortController();
const running = stages.flatMap((name) => services[name]?.() ?? []).map((service) => service.run(stop.signal));
const dead = Promise.race(running.map((run) => run.then(() => Promise.reject(new Error('a service ended')))));
dead.catch(() => undefined);

const scrapes = createScrapes({ ...deps, tenantId, seriesCount, doorMs: Number(process.argv[6] ?? 2) });
const loop = monitorEventLoopDelay({ resolution: 5 });
let rssMax = 0;
const watching = setInterval(() => (rssMax = Math.max(rssMax, process.memoryUsage.rss())), 50);
for (let request = 0; request < scrapes.requestsPerRound; request += 1) await scrapes.send();
const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
loop.enable();
const before = scrapes.sent();
const sender = async (): Promise<void> => {
  while (performance.now() - startedAt < seconds * 1000) await scrapes.send();
};
await Promise.race([dead, Promise.all(Array.from({ length: 4 }, sender))]);
const ackedSeconds = (performance.now() - startedAt) / 1000;
const acked = scrapes.sent() - before;
loop.disable();
const cpu = process.cpuUsage(cpuBefore);
const total = scrapes.sent();
const done: Record<string, number> = {};
const whileSending = {
  lake: meter.value('heliosiq_lake_samples_total'),
  detect: meter.value('heliosiq_detect_samples_total'),
};
const counters = { lake: 'heliosiq_lake_samples_total', detect: 'heliosiq_detect_samples_total' } as const;
const wanted = (['lake', 'detect'] as const).filter((stage) => stages.includes(stage));
while (Object.keys(done).length < wanted.length && performance.now() - startedAt < seconds * 1000 + drainMs) {
  for (const stage of wanted) {
    if (done[stage] === undefined && meter.value(counters[stage]) >= total) {
      done[stage] = Math.round(total / ((performance.now() - startedAt) / 1000));
    }
  }
  await Promise.race([dead, delay(50)]);
}
const drained = { lake: meter.value(counters.lake), detect: meter.value(counters.detect) };
clearInterval(watching);
console.log(
  JSON.stringify({
    bench: 'spine',
    series: seriesCount,
    stages: stages.join(),
    samples: total,
    acked_per_s: Math.round(acked / ackedSeconds),
    cpu_us_per_acked: Math.round(((cpu.user + cpu.system) / acked) * 100) / 100,
    while_sending: whileSending,
    lake_through_per_s: done['lake'],
    detect_through_per_s: done['detect'],
    drained,
    loop_delay_ms: { p50: ms(loop.percentile(50)), p99: ms(loop.percentile(99)), max: ms(loop.max) },
    rss_max_mib: Math.round(rssMax / 2 ** 20),
    memory_mib: Object.fromEntries(
      Object.entries(process.memoryUsage()).map(([name, bytes]) => [name, Math.round(bytes / 2 ** 20)]),
    ),
  }),
);
stop.abort();
await Promise.all(running);

function ms(nanoseconds: number): number {
  return Math.round(nanoseconds / 1e5) / 10;
}
