/**
 * From a sample at the door to its anomaly at the API: the whole program as a process of its own on embedded PostgreSQL with
 * its shipped flags, a steady rate of samples by remote write, in which every second a few series depart from their usual
 * course for some samples. A departure's time runs from the moment at which the request that holds its first sample is sent
 * to the moment at which a reader of the anomalies, who asks again 50 ms after each answer, sees it. With `apart` the stages have
 * a process of their own. Prints one JSON line; exit 1 over the bar.
 * `node bench/received-to-readable.bench.ts [samples a second] [seconds] [series] [apart]`
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { residentMib } from '@heliosiq/heliosiq/demo/process-memory.ts';
import { waitUntilSettled } from '@heliosiq/heliosiq/demo/settle.ts';
import { AssetId, SeriesId } from '@heliosiq/model';
import { processCpuSeconds } from './support/process-cpu-seconds.ts';
import { sendByRemoteWrite } from './support/remote-write-sender.ts';
import { startShipped } from './support/shipped-program.ts';

const barMs = 1000;
const samplesPerS = Number(process.argv[2] ?? 50_000);
const seconds = Number(process.argv[3] ?? 30);
const seriesCount = Number(process.argv[4] ?? 5000);
const stagesApart = process.argv[5] === 'apart' ? 'on' : 'off';
const stepMs = 60_000;
const warmMoments = 200;
const departuresPerS = 2;
const departureMoments = 6;
const metricsPerAsset = 10;

const series = Array.from({ length: seriesCount }, (_, index) => ({
  id: SeriesId.parse(index.toString(16).padStart(32, '0')),
  asset: AssetId.parse(`host-${Math.floor(index / metricsPerAsset)}`),
  metric: `metric_${index % metricsPerAsset}`,
  labels: {},
}));
const momentsPerS = samplesPerS / seriesCount;
const startMs = Math.floor(Date.now() / stepMs) * stepMs - (warmMoments + (seconds + 2) * momentsPerS + 10) * stepMs;

/** Moments at which a series departs, by its number. */
const departsAt = new Map<number, number>();
/** When the first sample of a departure was sent, by the name of the series; then how long it took. */
const sentAt = new Map<string, number>();
const latencies: number[] = [];
let lateSends = 0;

function valueOf(one: number, moment: number): number {
  const since = moment - (departsAt.get(one) ?? Number.POSITIVE_INFINITY);
  const noise = Math.sin(one * 12.9898 + moment * 78.233) * 43_758.5453;
  return 50 + 2 * (noise - Math.floor(noise)) + (since >= 0 && since < departureMoments ? 500 : 0);
}

const nameOf = (one: number): string => `${series[one]?.asset}/${series[one]?.metric}`;

async function main(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'heliosiq-bench-'));
  stack.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
  const program = await startShipped(folder, { HELIOS_STAGES_APART: stagesApart });
  stack.defer(async () => void (await program.end('SIGTERM')));
  const key = program.adminKey ?? '';
  async function send(moment: number, moments: number): Promise<void> {
    const times = Float64Array.from({ length: moments }, (_, index) => startMs + (moment + index) * stepMs);
    const blocks = series.map((named, one) => {
      const values = new Float64Array(moments);
      for (let index = 0; index < moments; index += 1) values[index] = valueOf(one, moment + index);
      return { series: named, times, values };
    });
    for (const [one, at] of departsAt) {
      const isNow = at >= moment && at < moment + moments;
      if (isNow && !sentAt.has(nameOf(one))) sentAt.set(nameOf(one), performance.now());
    }
    await sendByRemoteWrite(program, blocks);
  }

  for (let moment = 0; moment < warmMoments; moment += 10) await send(moment, 10);
  const limits = { signal: AbortSignal.timeout(600_000), timeoutMs: 600_000 };
  await waitUntilSettled(program.client(key), limits);

  const stop = new AbortController();
  const client = program.client(key);
  const seen = new Set<string>();
  async function read(): Promise<void> {
    while (!stop.signal.aborted) {
      const from = new Date(startMs + warmMoments * stepMs).toISOString();
      const { anomalies } = await client.call('listAnomalies', { query: { from, limit: '100' } });
      for (const { series: of } of anomalies) {
        const name = `${of.asset}/${of.metric}`;
        const sent = sentAt.get(name);
        if (sent === undefined || seen.has(name)) continue;
        seen.add(name);
        latencies.push(performance.now() - sent);
      }
      await wait(50);
    }
  }
  const reader = read();

  const beganAt = performance.now();
  const cpuBefore = await processCpuSeconds(program.child.pid ?? 0);
  const open: Promise<void>[] = [];
  for (let index = 0; index < seconds * momentsPerS; index += 1) {
    const dueMs = (index / momentsPerS) * 1000;
    const restMs = dueMs - (performance.now() - beganAt);
    if (restMs > 0) await wait(restMs);
    else if (restMs < -500) lateSends += 1;
    const moment = warmMoments + index;
    const isStart = index % Math.max(1, Math.floor(momentsPerS / departuresPerS)) === 0;
    if (isStart) departsAt.set((departsAt.size * 7919) % seriesCount, moment);
    open.push(send(moment, 1));
    if (open.length >= 4) await open.shift();
  }
  await Promise.all(open);
  const sentS = (performance.now() - beganAt) / 1000;
  const settledFrom = performance.now();
  await waitUntilSettled(client, limits);
  const behindS = (performance.now() - settledFrom) / 1000;
  const cpuAfter = await processCpuSeconds(program.child.pid ?? 0);
  const cpuUs = (one: 'own' | 'descendants'): number =>
    Math.round(((cpuAfter[one] - cpuBefore[one]) / (seconds * samplesPerS)) * 1e7) / 10;
  await wait(200);
  stop.abort();
  await reader;

  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN);
  console.log(
    JSON.stringify({
      bench: 'received-to-readable',
      series: seriesCount,
      stages_apart: stagesApart,
      asked_samples_per_s: samplesPerS,
      sent_samples_per_s: Math.round((seconds * samplesPerS) / sentS),
      late_sends: lateSends,
      departures: departsAt.size,
      found: latencies.length,
      ms_p50: at(0.5),
      ms_p90: at(0.9),
      ms_p99: at(0.99),
      ms_max: at(1),
      cpu_us_per_sample: cpuUs('own'),
      cpu_us_per_sample_of_children: cpuUs('descendants'),
      behind_s: Math.round(10 * behindS) / 10,
      rss_mib_total: residentMib([program.child.pid ?? 0]),
    }),
  );
  if (!(at(0.99) <= barMs) || latencies.length < departsAt.size * 0.9) process.exitCode = 1;
}

await main();
