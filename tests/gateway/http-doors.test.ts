import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { HeliosError } from '@heliosiq/model';
import type { DoorAnswer, DoorRequest, HttpDoor } from '@heliosiq/ports';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { acme, openGateway, problemIn } from './open-gateway.ts';
import type { OpenGateway } from './open-gateway.ts';

type Seen = Omit<DoorRequest, 'body'> & { readonly body: string };

let doors: OpenGateway;
let seen: Seen[] = [];
let answer: () => Promise<DoorAnswer>;

const handle = (request: DoorRequest): Promise<DoorAnswer> => {
  seen.push({ ...request, body: request.body.toString('latin1') });
  return answer();
};
const writer: HttpDoor = {
  name: 'line-writer',
  method: 'POST',
  path: '/lines',
  consumes: ['text/plain'],
  decodes: ['snappy'],
  handle,
  describeFault: ({ code, message }, { contentType }) => ({
    status: 299,
    mediaType: 'text/x-fault',
    headers: { 'x-fault': code, 'retry-after': '777' },
    body: `${message} (${contentType})`,
  }),
};
const taker: HttpDoor = { name: 'taker', method: 'POST', path: '/anything', handle };
const reader: HttpDoor = { name: 'reader', method: 'GET', path: '/lines', handle };
const asker: HttpDoor = { name: 'asker', method: 'POST', path: '/ask', role: 'viewer', handle };

beforeAll(async () => {
  doors = await openGateway({
    httpDoors: [writer, taker, reader, asker],
    settings: { wireBytesMax: 2 ** 20, bodyBytesMax: 2 ** 20, answerTimeoutMs: 6000 },
  });
});
afterAll(() => doors.close());
beforeEach(() => {
  seen = [];
  answer = async () => ({ status: 204 });
});

const post = (path: string, body: BodyInit, headers: Readonly<Record<string, string>> = {}, token?: string) =>
  doors.request(path, { method: 'POST', body, headers: { 'content-type': 'text/plain', ...headers } }, token);

describe('a door of another protocol', () => {
  it('gets who sent what, and its answer goes out as it is', async () => {
    answer = async () => ({ status: 202, mediaType: 'application/x-note', headers: { 'x-written': '3' }, body: 'ok' });
    const response = await post('/lines?a=1&a=2&b=', 'three', {
      'content-type': 'Text/Plain; Charset=UTF-8',
      'x-request-id': 'r-1',
      'x-scope': 'one',
    });
    expect([response.status, await response.text()]).toEqual([202, 'ok']);
    expect(response.headers.get('content-type')).toBe('application/x-note');
    expect(response.headers.get('x-written')).toBe('3');
    expect(seen).toMatchObject([
      {
        principal: { tenantId: acme, role: 'operator' },
        headers: { 'x-scope': 'one' },
        query: { a: '2', b: '' },
        mediaType: 'text/plain',
        contentType: 'Text/Plain; Charset=UTF-8',
        body: 'three',
        requestId: 'r-1',
      },
    ]);
  });

  it('answers bytes, nothing, and pieces', async () => {
    answer = async () => ({ status: 200, mediaType: 'application/octet-stream', body: Uint8Array.of(0, 255, 7) });
    expect([...new Uint8Array(await (await post('/lines', 'x')).arrayBuffer())]).toEqual([0, 255, 7]);
    answer = async () => ({ status: 204 });
    expect((await post('/lines', 'x')).status).toBe(204);
    answer = async () => ({
      status: 200,
      mediaType: 'application/json',
      pieces: (async function* pieces() {
        for (let n = 0; n < 1000; n++) yield `${n},`;
      })(),
    });
    const response = await doors.request('/lines');
    expect((await response.text()).split(',')).toHaveLength(1001);
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ] as const)('gets bodies in %s decompressed', async (encoding, compress) => {
    for (const text of ['', 'short', 'long '.repeat(100_000)]) {
      expect((await post('/lines', compress(text), { 'content-encoding': encoding })).status).toBe(204);
      expect(seen.at(-1)?.body).toBe(text);
    }
  });

  it('gets an encoding that it decodes itself as it was sent; others are refused', async () => {
    expect((await post('/lines', 'raw', { 'content-encoding': 'Snappy' })).status).toBe(204);
    expect(seen.at(-1)?.body).toBe('raw');
    expect((await post('/lines', 'raw', { 'content-encoding': 'lz4' })).status).toBe(415);
    expect((await post('/anything', 'raw', { 'content-encoding': 'snappy' })).status).toBe(415);
    expect(seen).toHaveLength(1);
  });

  it('takes its media types, or any when it names none, and bodies without a type or none at all', async () => {
    expect((await post('/lines', '{}', { 'content-type': 'application/json' })).status).toBe(415);
    expect((await post('/anything', '{}', { 'content-type': 'application/x-protobuf;proto=a.B' })).status).toBe(204);
    const token = await doors.keyOf('operator');
    const bare = { method: 'POST', headers: { authorization: `Bearer ${token}` } };
    expect((await fetch(`${doors.url}/anything`, bare)).status).toBe(204);
    expect((await fetch(`${doors.url}/anything`, { ...bare, body: Buffer.from('typeless') })).status).toBe(204);
    expect(seen.map(({ body }) => body)).toEqual(['{}', '', 'typeless']);
  });

  it('is written to by operators and read by viewers, unless it says otherwise', async () => {
    const viewer = await doors.keyOf('viewer');
    expect((await post('/lines', 'x', {}, viewer)).status).toBe(403);
    expect((await post('/lines', 'x', {}, '')).status).toBe(401);
    expect((await doors.request('/lines', {}, viewer)).status).toBe(204);
    expect((await post('/ask', 'x', {}, viewer)).status).toBe(204);
    expect(seen).toHaveLength(2);
  });

  it('tells faults in its own words, with the status and the Retry-After of the server', async () => {
    answer = async () => {
      throw new HeliosError('rate-limited', 'Too many samples', { retryAfterS: 7 });
    };
    const response = await post('/lines', 'x');
    expect([response.status, await response.text()]).toEqual([429, 'Too many samples (text/plain)']);
    expect(response.headers.get('retry-after')).toBe('7');
    expect(response.headers.get('x-fault')).toBe('rate-limited');
    expect(response.headers.get('content-type')).toBe('text/x-fault');
    const unread = await post('/lines', 'x', { 'content-encoding': 'lz4' });
    expect([unread.status, unread.headers.get('x-fault')]).toEqual([415, 'unsupported-media-type']);
    const unknown = await post('/lines', 'x', {}, '');
    expect([unknown.status, unknown.headers.get('x-fault')]).toEqual([401, 'unauthenticated']);
    answer = async () => {
      throw new HeliosError('rate-limited', 'Too many samples', { retryAfterS: 7 });
    };
    expect(await problemIn(await post('/anything', 'x'))).toMatchObject({ status: 429, code: 'rate-limited' });
  });

  it('keeps the words of its own breakdowns inside', async () => {
    answer = async () => {
      throw new Error('password=hunter2');
    };
    const response = await post('/lines', 'x');
    expect([response.status, await response.text()]).toEqual([500, 'Something went wrong inside (text/plain)']);
    expect(JSON.stringify(await problemIn(await post('/anything', 'x')))).not.toContain('hunter2');
  });

  it('fills no log while everything fails: some of each second, and how many more there were', async () => {
    answer = async () => {
      throw new HeliosError('unavailable', 'The store is down');
    };
    const failures = () => doors.logger.lines.filter(({ fields }) => fields['code'] === 'unavailable');
    const unlogged = () => failures().map(({ fields }) => Number(fields['unloggedBefore'] ?? 0));
    let sent = 0;
    while (Math.max(0, ...unlogged()) === 0) {
      const responses = await Promise.all(Array.from({ length: 50 }, () => post('/anything', 'x')));
      expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([503]));
      sent += responses.length;
    }
    expect(failures().length + unlogged().reduce((sum, count) => sum + count)).toBeLessThanOrEqual(sent);
    expect(failures().length).toBeLessThan(sent);
  });

  it('that does not answer is given up, and the bytes that it holds stay counted until it lets go', async () => {
    const gate = Promise.withResolvers<DoorAnswer>();
    answer = () => gate.promise;
    expect((await post('/lines', 'x')).status).toBe(504);
    gate.resolve({ status: 204 });
    answer = async () => ({ status: 204 });
    expect((await post('/lines', 'x')).status).toBe(204);
  });

  it('answers HEAD where it answers GET, and says which methods there are', async () => {
    answer = async () => ({ status: 200, mediaType: 'text/plain', body: 'body' });
    const head = await doors.request('/lines', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    const options = await doors.request('/lines', { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'POST, GET, HEAD, OPTIONS']);
    const wrong = await doors.request('/anything', { method: 'PUT', body: 'x' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
    expect((await doors.request('/anything', { method: 'HEAD' })).status).toBe(405);
  });

  it('is counted by its name', async () => {
    const labels = { method: 'POST', route: 'taker', status: '204' };
    const before = doors.meter.value('heliosiq_http_requests_total', labels);
    await post('/anything', 'x');
    await expect.poll(() => doors.meter.value('heliosiq_http_requests_total', labels)).toBe(before + 1);
  });

  it('refuses too large bodies, compressed or not', async () => {
    const large = Buffer.alloc(2 ** 20 + 1, 0x20);
    expect((await post('/lines', large)).status).toBe(413);
    expect((await post('/lines', gzipSync(large), { 'content-encoding': 'gzip' })).status).toBe(413);
    expect((await post('/lines', large, { 'content-encoding': 'snappy' })).status).toBe(413);
    expect(seen).toHaveLength(0);
  });
});
