import type { HttpDoor } from '@heliosiq/ports';
import { connect } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { openGateway } from './open-gateway.ts';

setFlagsFromString('--expose-gc');
// The cast holds: the flag puts this function into new contexts.
const collectGarbage = runInNewContext('gc') as () => void;

const requestsTotal = 10_000;
const senders = 32;
const mebibyte = 2 ** 20;

/** A small generator with a seed (xorshift32): a failure can be had again. */
function randomFrom(seed: number) {
  let state = seed;
  return (below: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const text = Buffer.from(JSON.stringify(Array.from({ length: 200 }, (_, n) => ({ n, at: n * 7, text: `value ${n}` }))));
const bodies = [
  { encoding: 'gzip', bytes: gzipSync(text) },
  { encoding: 'zstd', bytes: zstdCompressSync(text) },
  { encoding: 'snappy', bytes: text },
  { encoding: 'identity', bytes: text },
];
const oddHeaders = [
  'content-encoding: gzip, gzip',
  'content-encoding: \u0001',
  'content-type: ;;;',
  'content-type: text/plain; charset="',
  'content-length: 18446744073709551616',
  'content-length: -1',
  'content-length: 5, 6',
  'transfer-encoding: chunked',
  'transfer-encoding: gzip, chunked',
  'expect: 100-continue',
  'expect: the-unexpected',
  'connection: upgrade',
  'upgrade: websocket',
  'authorization: Basic ====',
  'host: \u00ff',
  'x-request-id: \u007f',
  `x-long: ${'a'.repeat(20_000)}`,
  'no colon here',
  ' folded: line',
  'idempotency-key: a',
  'idempotency-key: ',
];
const targets = [
  '/door',
  '/door?a=%zz',
  '/door?a=1&a=2&__proto__=x',
  '/door/',
  '//door',
  '/d%6For',
  '*',
  '/door#x',
  '',
];
const methods = ['POST', 'PUT', 'GET', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT', 'QUERY', 'post', 'PO ST'];

/** A request to the door that something is wrong with: in its line, its headers, its length, its encoding or its bytes. */
function mutated(random: (below: number) => number, authorization: string): Buffer {
  const pick = <Item>(items: readonly Item[]): Item => items[random(items.length)] as Item;
  const { encoding, bytes } = pick(bodies);
  let body = Buffer.from(bytes);
  for (let flips = random(4); flips > 0; flips--) {
    const at = random(body.length);
    body[at] = (body[at] ?? 0) ^ (1 << random(8));
  }
  if (random(4) === 0) body = body.subarray(0, random(body.length));
  if (random(8) === 0) body = Buffer.concat([body, Buffer.from(Array.from({ length: random(64) }, () => random(256)))]);
  const lengthOf = random(6) === 0 ? body.length + random(100) - 50 : body.length;
  const headers = [
    'host: localhost',
    ...(random(20) === 0 ? [] : [`authorization: ${authorization}`]),
    'content-type: application/x-protobuf',
    `content-encoding: ${random(5) === 0 ? pick(bodies).encoding : encoding}`,
    ...(random(20) === 0 ? [] : [`content-length: ${lengthOf}`]),
    ...(random(3) === 0 ? [pick(oddHeaders)] : []),
  ];
  const line = `${random(10) === 0 ? pick(methods) : 'POST'} ${random(10) === 0 ? pick(targets) : '/door'} HTTP/1.${random(30) === 0 ? random(10) : 1}`;
  const head = Buffer.from(`${line}\r\n${headers.join('\r\n')}\r\n\r\n`, 'latin1');
  if (random(10) === 0) head[random(head.length)] = random(256);
  return Buffer.concat([head, body]);
}

/** The status lines that came back before the other side, or both, hung up. */
function exchange(port: number, bytes: Buffer): Promise<readonly number[]> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
    socket.on('data', (chunk) => chunks.push(chunk));
    // A reset is as good an ending as any here.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      const answer = Buffer.concat(chunks).toString('latin1');
      resolve([...answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status)));
    });
  });
}

// The bar is on memory that stays: what is garbage is collected before it is measured.
it('10,000 mutated requests break nothing: no answer from 500 on, no memory lost, and good requests are taken as before', async () => {
  let taken = 0;
  const door: HttpDoor = {
    name: 'fuzzed',
    method: 'POST',
    path: '/door',
    decodes: ['snappy'],
    async handle({ body }) {
      taken += body.length > 0 ? 1 : 0;
      return { status: 204 };
    },
  };
  const doors = await openGateway({
    httpDoors: [door],
    settings: { headersTimeoutMs: 2000, requestTimeoutMs: 4000, bodiesHeldBytesMax: 4 * mebibyte },
  });
  try {
    const port = Number(new URL(doors.url).port);
    const authorization = `Bearer ${await doors.keyOf('operator')}`;
    const random = randomFrom(20_260_101);
    const counts = new Map<number, number>();
    const held: number[] = [];
    let sent = 0;
    const keepSending = async (): Promise<void> => {
      while (sent < requestsTotal) {
        if (++sent % 1000 === 0) {
          collectGarbage();
          held.push(process.memoryUsage().rss);
        }
        const statuses = await exchange(port, mutated(random, authorization));
        for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: senders }, keepSending));
    expect([...counts.keys()].filter((status) => status >= 500)).toEqual([]);
    for (const status of [204, 400, 401, 404, 405, 415]) expect([status, counts.has(status)]).toEqual([status, true]);
    expect(taken).toBeGreaterThan(requestsTotal / 4);
    expect((held.at(-1) ?? 0) - (held[4] ?? 0)).toBeLessThan(64 * mebibyte);
    expect(doors.logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
    for (const { encoding, bytes } of bodies) {
      const headers = { authorization, 'content-encoding': encoding };
      expect((await fetch(`${doors.url}/door`, { method: 'POST', headers, body: bytes })).status).toBe(204);
    }
  } finally {
    await doors.close();
  }
}, 480_000);
