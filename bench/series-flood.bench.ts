/**
 * What becomes of a flood of series: the whole program as a process of its own on embedded PostgreSQL with its shipped flags.
 * First a thousand known series send; then so many new ones send one sample each by remote write, spread over a minute; then
 * the known ones send again. Prints one JSON line; exit 1 when the program ended, when clearly more series are known than its
 * limit allows, when nobody was told of the others, or when a known series lost a sample.
 * `node bench/series-flood.bench.ts [series] [limit of series] [seconds]`
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { residentMib } from '@heliosiq/heliosiq/demo/process-memory.ts';
import { waitUntilSettled } from '@heliosiq/heliosiq/demo/settle.ts';
import { AssetId, SeriesId } from '@heliosiq/model';
import { sendByRemoteWrite } from './support/remote-write-sender.ts';
import { startShipped } from './support/shipped-program.ts';

const seriesCount = Number(process.argv[2] ?? 1_000_000);
const limit = Number(process.argv[3] ?? 1_000_000);
const seconds = Number(process.argv[4] ?? 60);
const knownCount = 1000;
const perRequest = 2000;
const senders = 4;

const blockOf = (asset: string, metric: string, at: number) => ({
  series: { id: SeriesId.parse('0'.repeat(32)), asset: AssetId.parse(asset), metric, labels: {} },
  times: Float64Array.of(at),
  values: Float64Array.of(1 + (at % 7)),
});

async function main(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'heliosiq-bench-'));
  stack.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  const program = await startShipped(folder, { HELIOS_LIMITS_SERIES_MAX: String(limit) });
  stack.defer(async () => void (await program.end('SIGTERM')));
  const key = program.adminKey ?? '';
  const client = program.client(key);
  const answers = new Map<number, number>();
  let longestMs = 0;

  async function send(blocks: readonly ReturnType<typeof blockOf>[]): Promise<void> {
    for (const { status, tookMs } of await sendByRemoteWrite(program, blocks, { mayRefuse: true })) {
      longestMs = Math.max(longestMs, tookMs);
      answers.set(status, (answers.get(status) ?? 0) + 1);
    }
  }

  const known = (at: number) =>
    Array.from({ length: knownCount }, (_, one) => blockOf(`host-${one % 100}`, `metric_${Math.floor(one / 100)}`, at));
  const firstAt = Date.now() - 600_000;
  await send(known(firstAt));

  let rssMib = 0;
  const watch = setInterval(() => (rssMib = Math.max(rssMib, residentMib([program.child.pid ?? 0]))), 1000);
  stack.defer(() => clearInterval(watch));
  const beganAt = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: senders }, async () => {
      while (next < seriesCount) {
        const from = next;
        next += perRequest;
        await wait(Math.max(0, (from / seriesCount) * seconds * 1000 - (performance.now() - beganAt)));
        const count = Math.min(perRequest, seriesCount - from);
        await send(Array.from({ length: count }, (_, one) => blockOf(`pod-${from + one}`, 'requests', firstAt)));
      }
    }),
  );
  const sentS = (performance.now() - beganAt) / 1000;
  await send(known(firstAt + 60_000));
  await waitUntilSettled(client, { signal: AbortSignal.timeout(1_800_000), timeoutMs: 1_800_000 });
  const workedOffS = (performance.now() - beganAt) / 1000;
  clearInterval(watch);

  const { series } = await client.call('listSeries', { query: { asset: 'host-7', limit: '100' } });
  const whole = series.filter(({ samples }) => samples === 2).length;
  const { total } = await client.call('readCardinality', { query: { limit: '1' } }).then(
    (found) => ({ total: found.series }),
    () => ({ total: Number.NaN }),
  );
  const metrics = await fetch(`${program.url}/metrics`, { headers: { authorization: `Bearer ${key}` } });
  const refused = Number(
    /heliosiq_ingest_refused_total\{[^}]*reason="series-max"[^}]*\} (\d+)/.exec(await metrics.text())?.[1] ?? 0,
  );
  console.log(
    JSON.stringify({
      bench: 'series-flood',
      series: seriesCount,
      limit,
      sent_s: Math.round(sentS),
      worked_off_s: Math.round(workedOffS),
      answers: Object.fromEntries(answers),
      longest_answer_ms: Math.round(longestMs),
      known_series_whole: whole,
      series_known: total,
      samples_refused: refused,
      rss_mib_peak: rssMib,
    }),
  );
  const isOver = seriesCount + knownCount > limit;
  // What requests of the same moment let in is counted after them.
  const isBounded = total <= limit + senders * perRequest;
  if (program.child.exitCode !== null || whole !== 10 || !isBounded || (isOver && refused === 0)) process.exitCode = 1;
}

await main();
