/**
 * A day of samples is rebuilt from bronze and compared while live traffic goes on: the whole program as a process of its own on
 * embedded PostgreSQL with its shipped flags, the last whole day (UTC) of some series at 15 s taken in, of which some depart from
 * their course at noon, then as many other series that send once a second. Live lag is how long records wait for the slowest stage, first without a replay, then beside it. Prints one JSON
 * line; exit 1 when something differs or the lag reaches five seconds. `node bench/replay-beside-live.bench.ts [series]`
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { LakeProofAnswer } from '@heliosiq/api';
import { residentMib } from '@heliosiq/heliosiq/demo/process-memory.ts';
import { waitUntilSettled } from '@heliosiq/heliosiq/demo/settle.ts';
import { AssetId, SeriesId } from '@heliosiq/model';
import { type ProgramProcess, runCommand } from '../tests/support/program-process.ts';
import { watchLag } from './support/lag-watch.ts';
import { sendByRemoteWrite } from './support/remote-write-sender.ts';
import { startShipped } from './support/shipped-program.ts';

const barMs = 5000;
const seriesCount = Number(process.argv[2] ?? 1000);
const stepMs = 15_000;
const momentsPerBody = 20;
const aloneMs = 20_000;
const dayMs = 86_400_000;
const startAt = Math.floor(Date.now() / dayMs - 1) * dayMs;
const dayMoments = dayMs / stepMs;
const noonAt = startAt + dayMs / 2;
const departureMs = 600_000;

const seriesOf = (name: string, first: number) =>
  Array.from({ length: seriesCount }, (_, index) => ({
    id: SeriesId.parse((first + index).toString(16).padStart(32, '0')),
    asset: AssetId.parse(`${name}-${Math.floor(index / 10)}`),
    metric: `metric_${index % 10}`,
    labels: {},
  }));
const past = seriesOf('past', 0);
const live = seriesOf('live', seriesCount);

function valueAt(one: number, atMs: number): number {
  const noise = Math.sin(one * 12.9898 + (atMs / 1000) * 78.233) * 43_758.5453;
  const isAway = one % 25 === 0 && atMs >= noonAt && atMs < noonAt + departureMs;
  const usual = 50 + 5 * Math.sin(atMs / 3_600_000 + one) + noise - Math.floor(noise);
  return Math.round(100 * (usual + (isAway ? 30 : 0))) / 100;
}

type NamedSeries = (typeof past)[number];

async function send(program: ProgramProcess, series: readonly NamedSeries[], times: Float64Array): Promise<void> {
  await sendByRemoteWrite(
    program,
    series.map((named, one) => ({ series: named, times, values: times.map((atMs) => valueAt(one, atMs)) })),
  );
}

/** Sends the live series once a second until it is stopped; how many samples went out. */
function sendLive(program: ProgramProcess): { stop(): Promise<number> } {
  let isOver = false;
  let moments = 0;
  const firstAt = Math.floor(Date.now() / 1000) * 1000;
  const beganAt = performance.now();
  const sending = (async () => {
    for (; !isOver; moments += 1) {
      await wait(Math.max(0, moments * 1000 - (performance.now() - beganAt)));
      await send(program, live, Float64Array.of(firstAt + moments * 1000));
    }
  })();
  return {
    async stop() {
      isOver = true;
      await sending;
      return moments * seriesCount;
    },
  };
}

async function main(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'heliosiq-bench-'));
  stack.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
  const program = await startShipped(folder);
  stack.defer(async () => void (await program.end('SIGTERM')));
  const client = program.client(program.adminKey ?? '');
  for (let moment = 0; moment < dayMoments; moment += momentsPerBody) {
    const times = Float64Array.from({ length: momentsPerBody }, (_, index) => startAt + (moment + index) * stepMs);
    await send(program, past, times);
  }
  await waitUntilSettled(client, { signal: AbortSignal.timeout(1_800_000), timeoutMs: 1_800_000 });

  const sending = sendLive(program);
  await wait(5000);
  const alone = watchLag(client);
  await wait(aloneMs);
  const lagAlone = await alone.end();

  const beside = watchLag(client);
  const replayedFrom = performance.now();
  const since = new Date(startAt).toISOString();
  const key = program.adminKey ?? '';
  const run = await runCommand(['replay', '--since', since, '--url', program.url, '--key', key, '--json']);
  const replayS = (performance.now() - replayedFrom) / 1000;
  const lagBeside = await beside.end();
  const liveSamples = await sending.stop();
  const { state, reason, stages } = JSON.parse(run.stdout) as LakeProofAnswer; // what the command prints

  console.log(
    JSON.stringify({
      bench: 'replay-beside-live',
      samples_of_the_day: seriesCount * dayMoments,
      live_samples_per_s: seriesCount,
      live_samples: liveSamples,
      replay_s: Math.round(replayS),
      state,
      ...(reason === undefined ? {} : { reason }),
      stages: stages.map(({ stage, isEqual, items, rebuilt, stored }) => ({ stage, isEqual, items, rebuilt, stored })),
      lag_ms_alone: lagAlone,
      lag_ms_beside_replay: lagBeside,
      rss_mib_total: residentMib([program.child.pid ?? 0]),
    }),
  );
  if (run.code !== 0 || lagBeside.max >= barMs) process.exitCode = 1;
}

await main();
