/**
 * How fast samples come in over HTTP when an acknowledgement means stored and detection runs: the whole program as a
 * process of its own on embedded PostgreSQL with its shipped flags, batches of 5,000 samples over 500 series, four at a time. `acked` is
 * what was acknowledged per second while sending, `through` what every stage had worked off per second, to lag zero.
 * `baseline` is a bare HTTP server in a process of its own that only parses the same bodies. Prints one JSON line; exit 1 under the bar.
 * `node bench/pipeline.bench.ts [seconds]`
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { residentMib } from '@heliosiq/heliosiq/demo/process-memory.ts';
import { waitUntilSettled } from '@heliosiq/heliosiq/demo/settle.ts';
import { temporaryFolder } from '../tests/support/temporary-folder.ts';
import { startShipped } from './support/shipped-program.ts';

const barSamplesPerS = 20_000;
const samplesPerRequest = 5000;
const series = 500;
const senders = 4;

interface Rate {
  readonly samples: number;
  readonly seconds: number;
}

let nextRow = 0;
const firstAt = Date.now() - 3_600_000 * 20;

/** Each body holds ten new moments of every series. */
function nextBody(): string {
  const rows = samplesPerRequest / series;
  const from = nextRow;
  nextRow += rows;
  return JSON.stringify(
    Array.from({ length: samplesPerRequest }, (_, index) => {
      const row = from + Math.floor(index / series);
      const one = index % series;
      return {
        kind: 'sample',
        asset: `host-${one % 100}`,
        metric: ['cpu', 'memory', 'disk', 'network', 'latency'][Math.floor(one / 100)],
        at: firstAt + row * 1000,
        value: Math.round(1000 * (50 + 10 * Math.sin(row / 50 + one) + 3 * Math.sin(row * one))) / 1000,
      };
    }),
  );
}

/** Sends for a while, `senders` at a time, and says how much was acknowledged. */
async function measure(url: string, headers: Record<string, string>, seconds: number): Promise<Rate> {
  const startedAt = performance.now();
  let samples = 0;
  await Promise.all(
    Array.from({ length: senders }, async () => {
      while (performance.now() - startedAt < seconds * 1000) {
        const response = await fetch(url, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: nextBody(),
        });
        await response.text();
        if (response.status !== 202) throw new Error(`answered ${response.status}`);
        samples += samplesPerRequest;
      }
    }),
  );
  return { samples, seconds: (performance.now() - startedAt) / 1000 };
}

/** The bare server: reads, parses, answers. */
function serveBaseline(): void {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const accepted = (JSON.parse(Buffer.concat(chunks).toString()) as unknown[]).length; // its own sender's arrays
      response.writeHead(202).end(JSON.stringify({ accepted }));
    });
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port)); // a TCP listener
}

async function main(seconds: number): Promise<void> {
  const baselineServer = fork(import.meta.filename, ['baseline']);
  const [port] = (await once(baselineServer, 'message')) as [number]; // what serveBaseline sends
  const baseline = await measure(`http://127.0.0.1:${port}/`, {}, 3);
  baselineServer.kill();
  nextRow = 0;

  await using folder = await temporaryFolder();
  const program = await startShipped(folder.path);
  const key = program.adminKey ?? '';
  const startedAt = performance.now();
  const acked = await measure(`${program.url}/api/v1/signals`, { authorization: `Bearer ${key}` }, seconds);
  await waitUntilSettled(program.client(key), { signal: AbortSignal.timeout(300_000), timeoutMs: 300_000 });
  const through = acked.samples / ((performance.now() - startedAt) / 1000);
  const rssMib = residentMib([program.child.pid ?? 0]);
  await program.end('SIGTERM');
  const perSecond = ({ samples, seconds: lasted }: Rate): number => Math.round(samples / lasted);
  console.log(
    JSON.stringify({
      bench: 'pipeline',
      acked_samples_per_s: perSecond(acked),
      through_samples_per_s: Math.round(through),
      baseline_samples_per_s: perSecond(baseline),
      ratio_to_baseline: Math.round((100 * perSecond(acked)) / perSecond(baseline)) / 100,
      rss_mib_total: rssMib,
    }),
  );
  if (perSecond(acked) < barSamplesPerS || through < barSamplesPerS) process.exitCode = 1;
}

if (process.argv[2] === 'baseline') serveBaseline();
else await main(Number(process.argv[2] ?? 10));
