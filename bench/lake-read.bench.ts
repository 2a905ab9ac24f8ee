/**
 * Questions to a week of samples at 15 s: all samples of one series, and the samples from which a panel such as
 * `sum by (x) (rate(...))` over 500 series and 24 hours is drawn; with what decoding alone takes. The samples are counters and
 * gauges with jittered times, stored and sealed as in a running program. Prints one JSON line; exit 1 when the bar is missed.
 * `node bench/lake-read.bench.ts [series] [URL of a PostgreSQL server]` (default: 2,500, which is 100 million samples)
 */
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { openDatabase } from '@heliosiq/adapters/postgres/database.ts';
import { createSeriesMerger } from '@heliosiq/adapters/postgres/series-merger.ts';
import { createPostgresSeriesStore } from '@heliosiq/adapters/postgres/series-store.ts';
import { startTestServer, useTestServer } from '@heliosiq/adapters/testing/test-postgres.ts';
import { AssetId, TenantId, type SampleBlock, type SeriesRef } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { clusterCpuSeconds } from './support/cluster-cpu.ts';

const bars = { weekP95Ms: 20, decodedPerS: 20_000_000 };
const tenantId = TenantId.parse('bench');
const stepMs = 15_000;
const weekMs = 7 * 86_400_000;
const dayMs = 86_400_000;
const stepsPerAppend = 240;
const startAt = Math.floor(Date.UTC(2026, 5, 1) / weekMs) * weekMs + dayMs / 2;
const panelSeries = 500;

const [, , seriesText = '2500', url] = process.argv;
const seriesCount = Number(seriesText);
await using server = url === undefined ? await startTestServer() : useTestServer(url);
await using testDatabase = await server.createDatabase();
await using database = await openDatabase({ url: testDatabase.url });
const store = createPostgresSeriesStore(database);
const merger = createSeriesMerger({ database, logger: createMemoryLogger(), meter: createMemoryMeter() });

const series = Array.from({ length: seriesCount }, (_, index) => seriesOf(index));
const state = Float64Array.from({ length: seriesCount }, (_, index) => index * 1000);
const fillBefore = process.cpuUsage();
const fillStartedAt = performance.now();
for (let step = 0; step < weekMs / stepMs; step += stepsPerAppend) {
  await store.append(
    tenantId,
    series.map((one, index) => blockOf(one, index, step)),
  );
  // As the service would, which works all the time.
  if (step % (stepsPerAppend * 8) === 0) await merger.mergeAll();
}
await merger.mergeAll({ isFinal: true });
const fillSeconds = (performance.now() - fillStartedAt) / 1000;
const fillCpu = process.cpuUsage(fillBefore);

const week = await measure(40, (turn) => {
  const one = series[(turn * 977) % seriesCount];
  return store.range(tenantId, { ids: one === undefined ? [] : [one.id] }, { from: startAt, to: startAt + weekMs });
});
const panel = await measure(10, (turn) => {
  const from = startAt + ((turn * 7) % 6) * dayMs;
  return store.range(tenantId, { metric: 'requests_0' }, { from, to: from + dayMs }, { seriesMax: panelSeries });
});
const bytes = await storedBytes();
const samples = seriesCount * (weekMs / stepMs);
const figures = {
  bench: 'lake-read',
  postgres: database.serverVersion,
  series: seriesCount,
  samples,
  fill_s: round(fillSeconds),
  fill_cpu_s_per_million: round((((fillCpu.user + fillCpu.system) / 1e6) * 1e6) / samples),
  bytes_per_sample: round(bytes / samples),
  week_samples: week.samples,
  week_p50_ms: week.p50Ms,
  week_p95_ms: week.p95Ms,
  week_cpu_ms: week.cpuMs,
  panel_series: panel.series,
  panel_samples: panel.samples,
  panel_p50_ms: panel.p50Ms,
  panel_p95_ms: panel.p95Ms,
  panel_cpu_ms: panel.cpuMs,
  panel_server_cpu_ms: panel.serverCpuMs,
  panel_samples_per_cpu_s: Math.round(panel.samples / (panel.cpuMs / 1000)),
};
console.log(JSON.stringify(figures));
process.exitCode = figures.week_p95_ms <= bars.weekP95Ms && figures.panel_samples_per_cpu_s >= bars.decodedPerS ? 0 : 1;

interface Measured {
  readonly series: number;
  /** Samples of the last answer. */
  readonly samples: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** Of this process, per question. */
  readonly cpuMs: number;
  readonly serverCpuMs: number;
}

/** Asks a few times for nothing, so that code and pages are warm as in a running program, then measures. */
async function measure(
  turns: number,
  ask: (turn: number) => Promise<readonly { readonly times: Float64Array }[]>,
): Promise<Measured> {
  for (let turn = 0; turn < 5; turn += 1) await ask(turn);
  const tookMs: number[] = [];
  let last: readonly { readonly times: Float64Array }[] = [];
  const serverBefore = await clusterCpuSeconds(database);
  const before = process.cpuUsage();
  for (let turn = 0; turn < turns; turn += 1) {
    const startedAt = performance.now();
    last = await ask(turn);
    tookMs.push(performance.now() - startedAt);
  }
  const cpu = process.cpuUsage(before);
  const serverCpu = (await clusterCpuSeconds(database)) - serverBefore;
  tookMs.sort((a, b) => a - b);
  return {
    series: last.length,
    samples: last.reduce((sum, { times }) => sum + times.length, 0),
    p50Ms: round(tookMs[Math.floor(turns / 2)] ?? Infinity),
    p95Ms: round(tookMs[Math.ceil(turns * 0.95) - 1] ?? Infinity),
    cpuMs: round((cpu.user + cpu.system) / 1000 / turns),
    serverCpuMs: round((serverCpu * 1000) / turns),
  };
}

function seriesOf(index: number): SeriesRef {
  // Series of one metric lie far apart, as where each target brings all of its metrics.
  const named = {
    asset: AssetId.parse(`web-${Math.floor(index / 5)}`),
    metric: `requests_${index % 5}`,
    labels: { zone: `z${index % 3}`, job: 'web' },
  };
  return { id: seriesIdOf(tenantId, named), ...named };
}

function blockOf(one: SeriesRef, index: number, step: number): SampleBlock {
  const times = new Float64Array(stepsPerAppend);
  const values = new Float64Array(stepsPerAppend);
  for (let row = 0; row < stepsPerAppend; row += 1) {
    // The series of one target are scraped together, a few milliseconds off the beat.
    const target = Math.floor(index / 5);
    times[row] = startAt + (step + row) * stepMs + (target % 97) * 100 + (((step + row) * 7919 + target * 104_729) % 5);
    const before = state[index] ?? 0;
    const value =
      index % 2 === 0
        ? before + Math.floor(Math.random() * 400)
        : Math.round(before + (Math.random() - 0.5) * 90) + 0.25;
    state[index] = value;
    values[row] = value;
  }
  return { series: one, times, values };
}

async function storedBytes(): Promise<number> {
  await database.withClient('*', (client) => client.query('select 1'));
  const found = await database.withClient('*', (client) =>
    client.query<{ bytes: number }>(
      `select sum(pg_total_relation_size(oid))::bigint as bytes from pg_class
        where relkind = 'r' and relname ~ '^(series|sample)(_|$)'`,
    ),
  );
  return found.rows[0]?.bytes ?? Infinity;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
