/**
 * Questions to a week of samples at 15 s: all samples of one series, the samples of 500 series over 24 hours, and the panel
 * `sum by (zone) (rate(...))` of them at a step of a minute. The samples are counters and gauges with jittered times, stored and
 * sealed as in a running program. With a folder the data stay there for further runs, and Prometheus and VictoriaMetrics, where
 * they are installed, answer the same questions about the same samples over HTTP. Prints one JSON line; exit 1 when a bar is missed.
 * `node bench/lake-read.bench.ts [series] [folder]` (default: 2,500, which is 100 million samples; a temporary folder)
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { startEmbeddedPostgres } from '@heliosiq/adapters/embedded-postgres/embedded-postgres.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { openDatabase, type Database } from '@heliosiq/adapters/postgres/database.ts';
import { createSeriesMerger } from '@heliosiq/adapters/postgres/series-merger.ts';
import { createPostgresSeriesStore } from '@heliosiq/adapters/postgres/series-store.ts';
import { createUnpackingThread } from '@heliosiq/adapters/postgres/unpacking-thread.ts';
import { openTestDatabase } from '@heliosiq/adapters/testing/test-postgres.ts';
import type { SampleBlock } from '@heliosiq/model';
import { createMetricQuery } from '../packages/lake/src/promql/metric-query.ts';
import { clusterCpuSeconds } from './support/cluster-cpu.ts';
import { lakePeers, type LakePeer } from './support/lake-peers.ts';
import { stepMs, weekMs, weekParts, weekSeries, weekStartAt, weekTenantId } from './support/week-of-samples.ts';

const bars = { weekP95Ms: 20, panelP95Ms: 300 };
const dayMs = 86_400_000;
const panelSeries = 500;
const panelStepMs = 60_000;
const turns = { warm: 5, week: 40, panel: 20 } as const;
/** Series of one request to a peer: an hour of each. */
const requestSeries = 100;
const panelQuery = 'sum by (zone) (rate(requests_0[5m]))';

const [, , seriesText = '2500', folder] = process.argv;
const series = weekSeries(Number(seriesText));
const samples = series.length * (weekMs / stepMs);
const figures: Record<string, unknown> = { bench: 'lake-read', series: series.length, samples };
await measureOwn();
if (folder !== undefined) {
  for (const [name, start] of lakePeers()) {
    await using peer = await start(join(resolve(folder), name));
    await fillOnce(join(resolve(folder), `${name}.json`), { write: (blocks) => writeInParts(peer, blocks) });
    figures[name] = await measurePeer(peer.url);
  }
}
console.log(JSON.stringify(figures));
const own = figures['heliosiq'] as { week_p95_ms: number; panel_p95_ms: number }; // as measured above
process.exitCode = own.week_p95_ms <= bars.weekP95Ms && own.panel_p95_ms <= bars.panelP95Ms ? 0 : 1;

async function measureOwn(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(
    folder === undefined
      ? await openTestDatabase()
      : await startEmbeddedPostgres({ dataDir: join(resolve(folder), 'heliosiq') }),
  );
  const database = stack.use(await openDatabase({ url: server.url }));
  const store = createPostgresSeriesStore(database, { thread: stack.use(createUnpackingThread()) });
  const merger = createSeriesMerger({ database, logger: createMemoryLogger(), meter: createMemoryMeter() });
  let parts = 0;
  const filled = await fillOnce(folder === undefined ? undefined : join(resolve(folder), 'heliosiq.json'), {
    async write(blocks) {
      await store.append(weekTenantId, blocks);
      // As the service would, which works all the time.
      parts += 1;
      if (parts % 8 === 0) await merger.mergeAll();
    },
    finish: () => merger.mergeAll({ isFinal: true }),
  });
  const query = createMetricQuery({ series: store });
  const week = await measure(turns.week, (turn) => {
    const one = series[(turn * 977) % series.length];
    const range = { from: weekStartAt, to: weekStartAt + weekMs };
    return store.range(weekTenantId, { ids: one === undefined ? [] : [one.id] }, range);
  });
  const read = await measure(turns.panel, (turn) =>
    store.range(weekTenantId, { metric: 'requests_0' }, dayOf(turn), { seriesMax: panelSeries }),
  );
  const serverBefore = await clusterCpuSeconds(database);
  const panel = await measure(turns.panel, (turn) =>
    query.range(weekTenantId, { query: panelQuery, ...dayOf(turn), stepMs: panelStepMs }),
  );
  const serverCpu = (await clusterCpuSeconds(database)) - serverBefore;
  figures['postgres'] = database.serverVersion;
  figures['heliosiq'] = {
    ...filled,
    bytes_per_sample: round((await storedBytes(database)) / samples),
    week_samples: week.last[0]?.times.length,
    ...named('week', week),
    read_samples: read.last.reduce((sum, { times }) => sum + times.length, 0),
    ...named('read', read),
    ...named('panel', panel),
    panel_server_cpu_ms: round((serverCpu * 1000) / (turns.panel + turns.warm)),
    panel_total: totalOf(panel.last.data.result as readonly { readonly values: Float64Array }[]), // a range has a matrix
  };
}

/** The 24 hours that a panel shows at a turn. */
function dayOf(turn: number): { readonly from: number; readonly to: number } {
  const from = weekStartAt + ((turn * 7) % 6) * dayMs;
  return { from, to: from + dayMs };
}

interface Measured<Answer> {
  readonly last: Answer;
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** Of this process, per question. */
  readonly cpuMs: number;
}

function named(name: string, { p50Ms, p95Ms, cpuMs }: Measured<unknown>): Record<string, number> {
  return { [`${name}_p50_ms`]: p50Ms, [`${name}_p95_ms`]: p95Ms, [`${name}_cpu_ms`]: cpuMs };
}

/** Asks a few times for nothing, so that code and pages are warm as in a running program, then measures. */
async function measure<Answer>(count: number, ask: (turn: number) => Promise<Answer>): Promise<Measured<Answer>> {
  let last = await ask(0);
  for (let turn = 1; turn < turns.warm; turn += 1) last = await ask(turn);
  const tookMs: number[] = [];
  const before = process.cpuUsage();
  for (let turn = 0; turn < count; turn += 1) {
    const startedAt = performance.now();
    last = await ask(turn);
    tookMs.push(performance.now() - startedAt);
  }
  const cpu = process.cpuUsage(before);
  tookMs.sort((a, b) => a - b);
  return {
    last,
    p50Ms: round(tookMs[Math.floor(count / 2)] ?? Infinity),
    p95Ms: round(tookMs[Math.ceil(count * 0.95) - 1] ?? Infinity),
    cpuMs: round((cpu.user + cpu.system) / 1000 / count),
  };
}

interface Filling {
  readonly write: (blocks: readonly SampleBlock[]) => Promise<void>;
  readonly finish?: () => Promise<unknown>;
}

/** Fills a store with the week unless the note says that it holds it; returns what that took. */
async function fillOnce(note: string | undefined, { write, finish }: Filling): Promise<object> {
  const known = note === undefined ? undefined : await readFile(note, 'utf8').catch(() => undefined);
  if (known !== undefined) {
    // The file is this bench's own note.
    const { series: count, ...took } = JSON.parse(known) as { readonly series: number };
    if (count !== series.length) throw new Error(`${note} tells of ${count} series: take another folder`);
    return took;
  }
  const before = process.cpuUsage();
  const startedAt = performance.now();
  for (const { blocks } of weekParts(series)) await write(blocks);
  await finish?.();
  const cpu = process.cpuUsage(before);
  const took = {
    fill_s: round((performance.now() - startedAt) / 1000),
    fill_cpu_s_per_million: round((cpu.user + cpu.system) / samples),
  };
  if (note !== undefined) await writeFile(note, JSON.stringify({ series: series.length, ...took }));
  return took;
}

async function writeInParts(peer: LakePeer, blocks: readonly SampleBlock[]): Promise<void> {
  for (let from = 0; from < blocks.length; from += requestSeries) {
    await peer.write(blocks.slice(from, from + requestSeries));
  }
}

async function measurePeer(url: string): Promise<object> {
  const week = await measure(turns.week, async (turn) => {
    const one = series[(turn * 977) % series.length];
    const selector = `${one?.metric}{instance="${one?.asset}"}[7d]`;
    const answer = await ask(url, 'query', { query: selector, time: (weekStartAt + weekMs) / 1000 });
    return answer.result[0]?.values.length ?? 0;
  });
  const panel = await measure(turns.panel, async (turn) => {
    const { from, to } = dayOf(turn);
    const answer = await ask(url, 'query_range', {
      query: panelQuery,
      start: from / 1000,
      end: to / 1000,
      step: panelStepMs / 1000,
    });
    return totalOf(answer.result.map(({ values }) => ({ values: values.map(([, value]) => Number(value)) })));
  });
  return { week_samples: week.last, ...named('week', week), ...named('panel', panel), panel_total: panel.last };
}

interface PeerAnswer {
  readonly result: readonly { readonly values: readonly (readonly [number, string])[] }[];
}

async function ask(url: string, path: string, parameters: Readonly<Record<string, string | number>>) {
  const query = new URLSearchParams(Object.entries(parameters).map(([name, value]) => [name, String(value)]));
  const response = await fetch(`${url}/api/v1/${path}?${query.toString()}`);
  if (!response.ok) throw new Error(`${path} answers ${response.status}: ${await response.text()}`);
  // The answer of Prometheus' API to a range.
  return ((await response.json()) as { readonly data: PeerAnswer }).data;
}

/** The sum of all values, by which answers are compared. */
function totalOf(result: readonly { readonly values: Float64Array | readonly number[] }[]): number {
  let total = 0;
  for (const { values } of result) for (const value of values) total += value;
  return Number(total.toPrecision(10));
}

async function storedBytes(database: Database): Promise<number> {
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
