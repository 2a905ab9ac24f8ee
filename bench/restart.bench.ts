/**
 * How soon the program serves again after `kill -9` in the middle of remote writes, on its own embedded PostgreSQL,
 * and how soon it has drained and ended when it is asked to. Prints one JSON line; exit 1 over the bars.
 * `node bench/restart.bench.ts [rounds]`
 */
import { freePort } from '../tests/support/free-port.ts';
import { startProcess } from '../tests/support/program-process.ts';
import { remoteWriteBody } from '../tests/support/remote-write-body.ts';
import { temporaryFolder } from '../tests/support/temporary-folder.ts';

const barStartMs = 5_000;
const barStopMs = 10_000;
const requestsPerRound = 100;
const seriesPerRequest = 500;
const rounds = Number(process.argv[2] ?? 10);

const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

await using folder = await temporaryFolder();
const environment = { HELIOS_PORT: String(await freePort()) };
let program = await startProcess(folder.path, environment);
const key = program.adminKey ?? '';

/** Sends requests until one finds nobody; true when all were taken. */
async function send(from: number): Promise<boolean> {
  for (let request = 0; request < requestsPerRound; request += 1) {
    const at = Date.now() - 3_600_000 + from + request;
    const series = Array.from({ length: seriesPerRequest }, (_, index) => ({
      labels: { __name__: 'load', instance: `host-${index}` },
      samples: [[at, Math.sin(index + request)] as const],
    }));
    const response = await fetch(`${program.url}/api/v1/write`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/x-protobuf',
        'content-encoding': 'snappy',
      },
      body: new Uint8Array(remoteWriteBody(series)),
    }).catch(() => undefined);
    if (response === undefined) return false;
    await response.arrayBuffer();
  }
  return true;
}

const starts: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  await send(round * 1000);
  const sending = send(round * 1000 + 500);
  await program.end('SIGKILL');
  await sending;
  program = await startProcess(folder.path, environment);
  starts.push(Math.round(program.readyMs));
}
const stoppingAt = performance.now();
await program.end('SIGTERM');
const stopMs = Math.round(performance.now() - stoppingAt);
const startMs = { median: middle(starts), most: Math.max(...starts) };
console.log(JSON.stringify({ rounds, startMs, stopMs, barStartMs, barStopMs }));
if (startMs.most > barStartMs || stopMs > barStopMs) process.exitCode = 1;
