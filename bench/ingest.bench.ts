/**
 * How many samples a second are acknowledged, in one run on one machine, by Prometheus (remote-write receiver), InfluxDB 1.x,
 * VictoriaMetrics and HeliosIQ, each started anew, with everything switched on; and whether each acknowledged sample is there
 * exactly once after a kill -9 in the middle; of HeliosIQ also whether its event log holds each. Prints a line a run, the ratio to
 * the better of Prometheus and InfluxDB, and one JSON line; ends with 1 when the log lacks a sample.
 * `node bench/ingest.bench.ts [seconds] [series,series] [name,name]`
 *
 * The load tool rwload comes from HELIOS_BENCH_RWLOAD: build it in the folder of its sources with `go build -o rwload .`. Or give
 * that folder as HELIOS_TEST_RWLOAD_SOURCE to `bash .ci/services start`, which builds it and sets HELIOS_TEST_RWLOAD.
 * Servers that are not on the PATH are left out (Debian: prometheus, influxdb, victoria-metrics).
 */
import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { endServer, peers } from './support/ingest-peers.ts';
import type { Peer } from './support/ingest-peers.ts';
import { missingInLog } from './support/log-completeness.ts';

/** What rwload reports of a load, as far as it is looked at. */
interface LoadReport {
  readonly samples_per_s: number;
  readonly p99_ms: number;
  readonly server_rss_bytes: number;
  readonly server_cpu_s: number;
  readonly other_cpu_s: number;
  readonly total_acked_samples: number;
  readonly rejected_samples: number;
}

/** What rwload found when it read everything back. */
interface Verdict {
  readonly ok: boolean;
  readonly missing_samples: number;
  readonly extra_samples: number;
  readonly took_s: number;
}

interface Result {
  readonly server: string;
  readonly series: number;
  readonly samples_per_s: number;
  readonly p99_ms: number;
  readonly rss_mib: number;
  readonly cpu_s: number;
  /** CPU of everything else: with more than a little of it the figures say nothing. */
  readonly other_cpu_s: number;
  readonly acknowledged: number;
  /** Acknowledged samples that cannot be read back; those of them that the event log lacks, where there is one, are gone for good. */
  readonly lost: number;
  readonly in_log_missing?: number;
  readonly doubled: number;
  readonly restart_s: number;
  /** From then until all of it was readable, while it is asked for all the time; the tool's own reading included. */
  readonly read_back_s: number;
}

const run = promisify(execFile);
const rwload = process.env['HELIOS_BENCH_RWLOAD'] ?? process.env['HELIOS_TEST_RWLOAD'];
const seconds = Number(process.argv[2] ?? 12);
const seriesCounts = (process.argv[3] ?? '10000,100000').split(',').map(Number);
const wanted = process.argv[4]?.split(',');
const connections = 4;

if (rwload === undefined) {
  console.log(
    'left out: the load tool is not there; build rwload with `go build -o rwload .` and set HELIOS_BENCH_RWLOAD to it',
  );
  process.exit(0);
}
const results: Result[] = [];
for (const series of seriesCounts) {
  for (const peer of peers.filter(({ name }) => wanted?.includes(name) ?? true)) {
    if (peer.command !== undefined && spawnSync('which', [peer.command]).status !== 0) {
      console.log(`${peer.name} is left out: ${peer.command} is not on the PATH`);
      continue;
    }
    const result = await measure(peer, series, rwload);
    results.push(result);
    console.log(JSON.stringify(result));
  }
}
const ratios = seriesCounts.map((series) => {
  const rateOf = (name: string): number =>
    results.find((one) => one.server === name && one.series === series)?.samples_per_s ?? 0;
  const better = Math.max(rateOf('prometheus'), rateOf('influxdb'));
  return { series, ratio_to_better: better === 0 ? null : Number((rateOf('heliosiq') / better).toFixed(2)) };
});
console.log(JSON.stringify({ bench: 'ingest', seconds, results, ratios }));
if (results.some((one) => (one.in_log_missing ?? 0) > 0)) process.exitCode = 1;

/** Loads a fresh server, kills it with requests in flight, starts it again and reads everything back. */
async function measure(peer: Peer, series: number, tool: string): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), `heliosiq-bench-${peer.name}-`));
  const ledger = join(folder, 'acknowledged');
  await mkdir(join(folder, 'server'));
  const children = [];
  try {
    const first = await peer.start(join(folder, 'server'));
    children.push(first.child);
    const loaded = await run(tool, [
      ...first.writeFlags,
      ...['-series', String(series), '-conns', String(connections), '-warmup', '4s', '-duration', `${seconds}s`],
      ...['-pid', String(first.child.pid), '-ledger', ledger, '-kill'],
    ]);
    // The tool's own words; a run that ended well has printed one JSON line.
    const report = JSON.parse(loaded.stdout) as LoadReport;
    const restartedAt = performance.now();
    const second = await peer.start(join(folder, 'server'));
    children.push(second.child);
    const restartS = (performance.now() - restartedAt) / 1000;
    // It ends with status 1 where something is missing, which is a result and not a fault.
    const read = await run(tool, ['verify', '-ledger', ledger, '-poll', '300s', ...second.readFlags]).catch(
      (error: unknown) => {
        if (typeof error === 'object' && error !== null && 'stdout' in error && error.stdout !== '')
          return error as { stdout: string };
        throw error;
      },
    );
    const verdict = JSON.parse(read.stdout) as Verdict; // as above
    const { databaseDir } = second;
    return {
      server: peer.name,
      series,
      samples_per_s: Math.round(report.samples_per_s),
      p99_ms: Math.round(report.p99_ms),
      rss_mib: Math.round(report.server_rss_bytes / 2 ** 20),
      cpu_s: report.server_cpu_s,
      other_cpu_s: report.other_cpu_s,
      acknowledged: report.total_acked_samples,
      lost: verdict.missing_samples,
      ...(databaseDir !== undefined && { in_log_missing: await missingInLog(databaseDir, ledger) }),
      doubled: verdict.extra_samples,
      restart_s: Number(restartS.toFixed(1)),
      read_back_s: Math.round(verdict.took_s),
    };
  } finally {
    for (const child of children) await endServer(child);
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 500 });
  }
}
