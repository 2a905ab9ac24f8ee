/**
 * What a power cut costs under the load tool at full rate: acknowledged samples that are gone or there twice, and the time until
 * the program takes requests again. The data folder lies on a file system of its own, which is shut off while the load goes on, so
 * that nothing more reaches its device; then the program is killed, the file system is mounted, the program is started again, and every
 * acknowledged sample is read back. Prints a line a round, the last one JSON; ends with 1 when a sample is lost or doubled or a
 * start takes longer than five seconds. `node bench/power-cut.bench.ts [seconds] [series] [rounds]`
 *
 * Needs root for the mount, and the load tool where `ingest.bench.ts` has it (HELIOS_BENCH_RWLOAD).
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { mountCutOffDisk, whyNoCutOffDisk } from '../tests/support/cut-off-disk.ts';
import { postgresServersBelow } from '../tests/support/server-processes.ts';
import { startShipped } from './support/shipped-program.ts';

/** What the load tool reports of a load, as far as it is looked at. */
interface LoadReport {
  readonly samples_per_s: number;
  readonly total_acked_samples: number;
}

/** What it found when it read everything back. */
interface Verdict {
  readonly missing_samples: number;
  readonly extra_samples: number;
}

interface Round {
  readonly acknowledged: number;
  readonly samples_per_s: number;
  readonly lost: number;
  readonly doubled: number;
  /** From the start of the process to its ready line. */
  readonly startMs: number;
  /** Of it, the time in which PostgreSQL worked off its log, and how much of that there was. */
  readonly redoMs: number;
  readonly redoMebibytes: number;
}

const run = promisify(execFile);
const rwload = process.env['HELIOS_BENCH_RWLOAD'] ?? process.env['HELIOS_TEST_RWLOAD'];
const seconds = Number(process.argv[2] ?? 10);
const series = Number(process.argv[3] ?? 10_000);
const rounds = Number(process.argv[4] ?? 1);
/** The load goes on for so long after the cut: what were acknowledged then would be lost. */
const afterCutSeconds = 3;
const startBarMs = 5000;
const diskMebibytes = 6144;

const missing =
  rwload === undefined
    ? 'the load tool is not there; build rwload with `go build -o rwload .` and set HELIOS_BENCH_RWLOAD to it'
    : whyNoCutOffDisk();
if (rwload === undefined || missing !== undefined) {
  console.log(`left out: ${missing}`);
  process.exit(0);
}
const results: Round[] = [];
for (let round = 1; round <= rounds; round += 1) {
  const result = await measure(rwload);
  results.push(result);
  console.log(JSON.stringify({ round, ...result }));
}
const isMet = results.every(({ lost, doubled, startMs }) => lost === 0 && doubled === 0 && startMs <= startBarMs);
console.log(JSON.stringify({ bench: 'power-cut', seconds, series, results, isMet }));
process.exitCode = isMet ? 0 : 1;

/** Loads a fresh program, cuts its power, starts it again on what reached the device, and reads everything back. */
async function measure(tool: string): Promise<Round> {
  const folder = await mkdtemp(join(tmpdir(), 'heliosiq-power-cut-'));
  const ledger = join(folder, 'acknowledged');
  await using disk = await mountCutOffDisk(diskMebibytes);
  const dataDir = join(disk.path, 'data');
  await mkdir(dataDir, { mode: 0o755 });
  const start = () => startShipped(dataDir);
  let program = await start();
  const header = ['-header', `Authorization: Bearer ${program.adminKey ?? ''}`];
  try {
    const loading = outputOf(tool, [
      ...['-url', `${program.url}/api/v1/write`, ...header, '-series', String(series), '-conns', '4'],
      ...['-duration', `${seconds + afterCutSeconds}s`, '-timeout', '2s', '-ledger', ledger],
    ]);
    await pause(seconds * 1000);
    disk.cutPower();
    const report = JSON.parse(await loading) as LoadReport; // the tool's own words
    await program.end('SIGKILL');
    await serversEnded(disk.path);
    disk.powerOn();
    program = await start();
    const verdict = await readBack(tool, ['-ledger', ledger, '-poll', '120s', '-query', program.url, ...header]);
    return {
      acknowledged: report.total_acked_samples,
      samples_per_s: Math.round(report.total_acked_samples / seconds),
      lost: verdict.missing_samples,
      doubled: verdict.extra_samples,
      startMs: Math.round(program.readyMs),
      ...(await redoOf(join(dataDir, 'postgres', 'postgres.log'))),
    };
  } finally {
    await program.end('SIGKILL');
    await serversEnded(disk.path);
    await rm(folder, { recursive: true, force: true });
  }
}

/** The tool gives up when one question takes too long, as on a busy machine while the program catches up: then it asks once more. */
async function readBack(tool: string, args: readonly string[], triesLeft = 5): Promise<Verdict> {
  try {
    return JSON.parse(await outputOf(tool, ['verify', ...args])) as Verdict; // the tool's own words
  } catch (error) {
    if (triesLeft === 0) throw error;
    return readBack(tool, args, triesLeft - 1);
  }
}

/** What the tool prints. It ends with a status of its own where requests failed or samples are missing: a result, and no fault. */
async function outputOf(tool: string, args: readonly string[]): Promise<string> {
  const result: unknown = await run(tool, args).catch((error: unknown) => error);
  if (typeof result === 'object' && result !== null && 'stdout' in result && typeof result.stdout === 'string') {
    if (result.stdout !== '') return result.stdout;
  }
  throw new Error('the load tool printed nothing', { cause: result });
}

/** The embedded server ends with its program; the disk can be unmounted when it has. */
async function serversEnded(path: string): Promise<void> {
  const until = performance.now() + 120_000;
  for (;;) {
    const pids = postgresServersBelow(path);
    if (pids.length === 0) return;
    if (performance.now() > until) throw new Error(`PostgreSQL (${pids.join(', ')}) does not end`);
    await pause(50);
  }
}

/** The last recovery by the server's own log; nothing when it had nothing to work off. */
async function redoOf(logFile: string): Promise<Pick<Round, 'redoMs' | 'redoMebibytes'>> {
  const log = await readFile(logFile, 'utf8');
  const [, from = '0/0'] = [...log.matchAll(/redo starts at ([\dA-F]+\/[\dA-F]+)/g)].at(-1) ?? [];
  const [, to = from, elapsed] =
    [...log.matchAll(/redo done at ([\dA-F]+\/[\dA-F]+) .* elapsed: ([\d.]+) s/g)].at(-1) ?? [];
  return {
    redoMs: Math.round(1000 * Number(elapsed ?? 0)),
    redoMebibytes: Math.round((positionOf(to) - positionOf(from)) / 2 ** 20),
  };
}

/** A place in the server's log, written as two halves of 32 bits, in bytes. */
function positionOf(place: string): number {
  const [high = '0', low = '0'] = place.split('/');
  return Number.parseInt(high, 16) * 2 ** 32 + Number.parseInt(low, 16);
}
