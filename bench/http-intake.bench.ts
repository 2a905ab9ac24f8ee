/**
 * How fast samples come in over HTTP, sender and doors on one core's worth of one process each way: batches of 5,000,
 * four at a time, into a log in memory. Prints one JSON line. `node bench/http-intake.bench.ts [seconds]`
 */
import { openGateway } from '../tests/gateway/open-gateway.ts';

const durationMs = Number(process.argv[2] ?? 3) * 1000;
const samplesPerRequest = 5000;
const senders = 4;
const doors = await openGateway();
const start = Date.now() - 60_000;
const body = JSON.stringify(
  Array.from({ length: samplesPerRequest }, (_, index) => ({
    kind: 'sample',
    asset: `host-${index % 100}`,
    metric: ['cpu', 'memory', 'disk', 'network', 'latency'][Math.floor(index / 100) % 5],
    at: start + Math.floor(index / 500) * 1000,
    value: Math.sin(index) * 100,
  })),
);

let accepted = 0;
const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
async function keepSending(): Promise<void> {
  while (performance.now() - startedAt < durationMs) {
    const answer = await doors.send(body);
    if (answer.status !== 202) throw new Error(`answered ${answer.status}`);
    accepted += samplesPerRequest;
  }
}
await Promise.all(Array.from({ length: senders }, keepSending));
const { user, system } = process.cpuUsage(cpuBefore);
console.log(
  JSON.stringify({
    bench: 'http-intake',
    samples_per_s: Math.round((accepted / (performance.now() - startedAt)) * 1000),
    samples_per_cpu_s: Math.round((accepted / (user + system)) * 1e6),
    rss_mib: Math.round(process.memoryUsage().rss / 2 ** 20),
  }),
);
await doors.close();
