/**
 * How fast data comes in over HTTP. First samples: sender and doors in one process, batches of 5,000, four at a time,
 * into a log in memory. Then what the server itself costs for protocols of others: a process of its own with a door
 * that does nothing, 64 connections, authenticated; and the same of a bare Node server that only reads the body, to
 * compare. Prints one JSON line. `node bench/http-intake.bench.ts [seconds]`
 */
import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createMeter } from '../packages/observe/src/observe.ts';
import { openGateway } from '../tests/gateway/open-gateway.ts';

const samplesPerRequest = 5000;
const senders = 4;
const connections = 64;

/** What a server process tells when it is asked. */
interface Figures {
  readonly requests: number;
  readonly cpuMicroseconds: number;
}
interface Opened {
  readonly port: number;
  readonly authorization: string;
}
let requests = 0;

async function openDoor(): Promise<Opened> {
  const door = {
    name: 'nothing',
    method: 'POST',
    path: '/door',
    async handle() {
      requests++;
      return { status: 204 };
    },
  } as const;
  const doors = await openGateway({ meter: createMeter(), httpDoors: [door], settings: { requestsPerMinute: 1e9 } });
  return { port: Number(new URL(doors.url).port), authorization: `Bearer ${await doors.keyOf('operator')}` };
}

async function openBare(): Promise<Opened> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      requests++;
      response.writeHead(204).end();
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  // The cast holds for a TCP listener.
  return { port: (server.address() as AddressInfo).port, authorization: 'none' };
}

async function serve(kind: string): Promise<void> {
  const opened = kind === 'door' ? await openDoor() : await openBare();
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ requests, cpuMicroseconds: user + system } satisfies Figures);
  });
  process.on('disconnect', () => process.exit());
  process.send?.(opened);
}

interface Load {
  readonly body: Buffer;
  readonly encoding: 'identity' | 'gzip';
  readonly durationMs: number;
}

async function costOf(kind: 'door' | 'bare', { body, encoding, durationMs }: Load) {
  const server = fork(import.meta.filename, [kind]);
  const told = <Message>() => new Promise<Message>((resolve) => server.once('message', resolve));
  const { port, authorization } = await told<Opened>();
  const head = [
    'POST /door HTTP/1.1',
    'host: bench',
    `authorization: ${authorization}`,
    'content-type: application/x-protobuf',
    `content-encoding: ${encoding}`,
    `content-length: ${body.length}`,
  ];
  const request = Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
  let failed: string | undefined;
  const sockets = Array.from({ length: connections }, () => {
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    socket.on('data', (answer) => {
      if (!answer.subarray(0, 12).equals(Buffer.from('HTTP/1.1 204'))) failed = answer.toString('latin1').slice(0, 200);
      socket.write(request);
    });
    socket.write(request);
    return socket;
  });
  const figures = async (afterMs: number): Promise<Figures> => {
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    const answer = told<Figures>();
    server.send('figures');
    return answer;
  };
  const from = await figures(durationMs / 2);
  const to = await figures(durationMs);
  for (const socket of sockets) socket.destroy();
  server.disconnect();
  if (failed !== undefined) throw new Error(`answered ${failed}`);
  const count = to.requests - from.requests;
  return {
    requests_per_s: Math.round((count / durationMs) * 1000),
    cpu_us_per_request: Math.round((to.cpuMicroseconds - from.cpuMicroseconds) / count),
  };
}

async function sampleRates(durationMs: number) {
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
  const rates = {
    samples_per_s: Math.round((accepted / (performance.now() - startedAt)) * 1000),
    samples_per_cpu_s: Math.round((accepted / (user + system)) * 1e6),
    rss_mib: Math.round(process.memoryUsage().rss / 2 ** 20),
  };
  await doors.close();
  return rates;
}

async function bench(durationMs: number): Promise<void> {
  const samples = await sampleRates(durationMs);
  const text = Buffer.from(JSON.stringify(Array.from({ length: 4000 }, (_, n) => ({ n, value: Math.sin(n) }))));
  const small: Load = { body: text.subarray(0, 4096), encoding: 'identity', durationMs };
  const large: Load = { body: text.subarray(0, 60_000), encoding: 'identity', durationMs };
  const zipped: Load = { body: gzipSync(text.subarray(0, 60_000)), encoding: 'gzip', durationMs };
  console.log(
    JSON.stringify({
      bench: 'http-intake',
      ...samples,
      bare_4_kb: await costOf('bare', small),
      door_4_kb: await costOf('door', small),
      bare_60_kb: await costOf('bare', large),
      door_60_kb: await costOf('door', large),
      door_60_kb_gzip: await costOf('door', zipped),
    }),
  );
}

const [word = '3'] = process.argv.slice(2);
if (word === 'door' || word === 'bare') await serve(word);
else await bench(Number(word) * 1000);
