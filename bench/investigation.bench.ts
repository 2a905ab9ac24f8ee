/**
 * How long an investigation takes in a fleet of 1,000 assets with 20 series each, a day of samples, on embedded PostgreSQL, and what it
 * adds to the memory. Assets call each other in a tree; each incident is another asset that became slow with all its callers. Prints one JSON line;
 * exit 1 above the bar (p95 of 3 s, 200 MiB).
 * `node bench/investigation.bench.ts [assets] [seconds between samples] [investigations]` (default: 1,000, 300, 40)
 */
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createPostgresAnomalyStore } from '@heliosiq/adapters/postgres/anomaly-store.ts';
import { openDatabase } from '@heliosiq/adapters/postgres/database.ts';
import { createPostgresDiagnosisStore } from '@heliosiq/adapters/postgres/diagnosis-store.ts';
import { createPostgresIncidentStore } from '@heliosiq/adapters/postgres/incident-store.ts';
import { createPostgresSeriesStore } from '@heliosiq/adapters/postgres/series-store.ts';
import { createPostgresSignalStore } from '@heliosiq/adapters/postgres/signal-store.ts';
import { createPostgresTopologyStore } from '@heliosiq/adapters/postgres/topology-store.ts';
import { createPostgresTraceStore } from '@heliosiq/adapters/postgres/trace-store.ts';
import { startTestServer } from '@heliosiq/adapters/testing/test-postgres.ts';
import { AssetId, Incident, newIncidentId, TenantId, type SampleBlock } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { createPacer } from '@heliosiq/ports';
import { createDiagnose } from '../packages/diagnose/src/diagnose.ts';

const bar = { p95Ms: 3000, growthMib: 200 };
const [assetCount = 1000, stepS = 300, rounds = 40] = process.argv.slice(2).map(Number);
const tenantId = TenantId.parse('bench');
const stepMs = stepS * 1000;
const endAt = Math.floor(Date.now() / stepMs) * stepMs;
const dayMs = 86_400_000;
const faultMs = 3 * stepMs;
const branches = 4;
const names = ['latency_seconds', 'error_rate', 'requests', 'cpu_usage', 'memory_usage'];
const metrics = Array.from({ length: 20 }, (_, index) => ({
  metric: names[index % names.length] ?? '',
  labels: { instance: String(Math.floor(index / names.length)) },
}));

const asset = (index: number): AssetId => AssetId.parse(`service-${index}`);
const callerOf = (index: number): number => Math.floor((index - 1) / branches);
/** Each faulty asset of the lower half, one after the other in the last hours, and with it all its callers. */
const faults = Array.from({ length: rounds }, (_, round) => ({
  index: Math.floor(assetCount * (0.4 + (0.59 * round) / rounds)),
  toMs: endAt - round * 2 * faultMs,
}));
const slowUntil = new Map<number, number[]>();
for (const { index, toMs } of faults)
  for (let at = index; at > 0; at = callerOf(at)) slowUntil.set(at, [...(slowUntil.get(at) ?? []), toMs]);

/** The day of one series; values are sums of slow waves and a little noise of a fixed sequence. */
function blockOf(index: number, which: number): SampleBlock {
  const { metric = '', labels = {} } = metrics[which] ?? {};
  const count = Math.floor(dayMs / stepMs);
  const times = Array.from({ length: count }, (_, step) => endAt - (count - 1 - step) * stepMs);
  const ends = metric === 'latency_seconds' ? (slowUntil.get(index) ?? []) : [];
  const values = times.map((at, step) => {
    const noise = ((step * 7919 + index * 104_729 + which * 1299) % 97) / 97;
    return (
      0.05 +
      0.01 * Math.sin(at / 7e6 + index) +
      0.01 * noise +
      (ends.some((toMs) => at > toMs - faultMs && at <= toMs) ? 0.2 : 0)
    );
  });
  const series = { asset: asset(index), metric, labels };
  return { series: { id: seriesIdOf(tenantId, series), ...series }, times, values };
}

await using server = await startTestServer();
await using testDatabase = await server.createDatabase();
await using database = await openDatabase({ url: testDatabase.url });
const stores = {
  series: createPostgresSeriesStore(database, { pacer: createPacer() }),
  signals: createPostgresSignalStore(database),
  topology: createPostgresTopologyStore(database),
  anomalies: createPostgresAnomalyStore(database),
  incidents: createPostgresIncidentStore(database),
  diagnoses: createPostgresDiagnosisStore(database),
  traces: createPostgresTraceStore(database),
};
const edges = Array.from({ length: assetCount - 1 }, (_, index) => ({
  from: asset(callerOf(index + 1)),
  to: asset(index + 1),
  kind: 'calls' as const,
}));
await stores.topology.put(tenantId, { assets: [], edges });
const loadedFromMs = performance.now();
for (let index = 0; index < assetCount; index += 10) {
  const some = Array.from({ length: Math.min(10, assetCount - index) }, (_, offset) => index + offset);
  await stores.series.append(
    tenantId,
    some.flatMap((one) => metrics.map((_, which) => blockOf(one, which))),
  );
}
const loadS = (performance.now() - loadedFromMs) / 1000;

await using log = createMemoryEventLog();
const diagnose = createDiagnose({
  ...{ ...stores, log, logger: createMemoryLogger(), meter: createMemoryMeter(), now: Date.now },
});
const signal = new AbortController().signal;
const rssMib = (): number => process.memoryUsage().rss / 2 ** 20;

interface Measured {
  readonly ms: number;
  readonly cpuMs: number;
  readonly isFound: boolean;
  readonly isPartial: boolean;
}

async function investigate({ index, toMs }: (typeof faults)[number]): Promise<Measured> {
  const path: AssetId[] = [];
  for (let at = index; at > 0; at = callerOf(at)) path.push(asset(at));
  const startedAt = toMs - faultMs + stepMs;
  const incident = Incident.parse({
    ...{
      id: newIncidentId(),
      tenantId,
      revision: 1,
      title: 'slow',
      status: 'open',
      severity: 'high',
      fingerprint: 'f',
    },
    ...{ startedAt, openedAt: startedAt, updatedAt: toMs, lastSeenAt: toMs, reopenedCount: 0, occurrences: 1 },
    ...{
      assets: path,
      entry: { asset: path.at(-1), metric: 'latency_seconds' },
      anomalyIds: [],
      alertFingerprints: [],
    },
  });
  await stores.incidents.save(tenantId, incident, []);
  const fromMs = performance.now();
  const cpuFrom = process.cpuUsage();
  const { diagnosis } = await diagnose.investigate(tenantId, incident.id, { signal });
  const ms = performance.now() - fromMs;
  const { user, system } = process.cpuUsage(cpuFrom);
  const [kept] = await stores.diagnoses.investigations(tenantId, incident.id, { limit: 1 });
  return {
    ms,
    cpuMs: (user + system) / 1000,
    isFound: diagnosis.hypotheses.slice(0, 3).some((one) => one.asset === asset(index)),
    isPartial: kept?.steps.some(({ outcome }) => outcome === 'failed') ?? true,
  };
}

const [first] = faults;
if (first !== undefined) await investigate(first);
const beforeMib = rssMib();
const found: Measured[] = [];
for (const fault of faults) found.push(await investigate(fault));
const times = found.map(({ ms }) => ms).sort((a, b) => a - b);
const at = (share: number): number =>
  Math.round(times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0);
const result = {
  ...{
    bench: 'investigation',
    assets: assetCount,
    series: assetCount * metrics.length,
    stepS,
    loadS: Math.round(loadS),
  },
  ...{
    p50Ms: at(0.5),
    p95Ms: at(0.95),
    maxMs: at(1),
    cpuMsMean: Math.round(found.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / found.length),
    growthMib: Math.round(rssMib() - beforeMib),
    rssMib: Math.round(rssMib()),
  },
  ...{
    inFirstThree: found.filter(({ isFound }) => isFound).length / found.length,
    failedSources: found.filter(({ isPartial }) => isPartial).length,
  },
};
process.stdout.write(`${JSON.stringify(result)}\n`);
if (result.p95Ms > bar.p95Ms || result.growthMib > bar.growthMib) process.exitCode = 1;
