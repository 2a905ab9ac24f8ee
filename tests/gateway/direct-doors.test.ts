import { request as httpRequest } from 'node:http';
import { HeliosError } from '@heliosiq/model';
import type { DoorAnswer, DoorRequest, HttpDoor } from '@heliosiq/ports';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openGateway } from './open-gateway.ts';
import type { OpenGateway } from './open-gateway.ts';

let doors: OpenGateway;
let seen: DoorRequest[] = [];
let answer: (request: DoorRequest) => Promise<DoorAnswer>;

const taker: HttpDoor = {
  name: 'taker',
  method: 'POST',
  path: '/taker',
  consumes: ['text/plain'],
  handle(request) {
    seen.push(request);
    return answer(request);
  },
};
const ok = async (): Promise<DoorAnswer> => ({ status: 200, mediaType: 'text/plain', body: 'ok' });

beforeAll(async () => {
  doors = await openGateway({ httpDoors: [taker], settings: { bodyBytesMax: 2 ** 16, answerTimeoutMs: 20_000 } });
});
afterAll(() => doors.close());
beforeEach(() => {
  seen = [];
  answer = ok;
});

const post = (
  path: string,
  init: { readonly body?: BodyInit; readonly headers?: Readonly<Record<string, string>> } = {},
) =>
  doors.request(path, {
    method: 'POST',
    body: 'x',
    ...init,
    headers: { 'content-type': 'text/plain', ...init.headers },
  });

/** What a sender sees, without the clock and what is between it and its connection. */
async function seenBySender(response: Response): Promise<unknown> {
  const { date: _, connection: __, 'keep-alive': ___, ...headers } = Object.fromEntries(response.headers);
  return { status: response.status, headers, body: await response.text() };
}

describe('a door that data is sent to', () => {
  // A query takes a request through the framework.
  it.each<[string, () => Promise<DoorAnswer>, Parameters<typeof post>[1]]>([
    ['an answer', ok, {}],
    ['nothing', async () => ({ status: 204 }), {}],
    ['bytes and headers', async () => ({ status: 202, headers: { 'x-written': '3' }, body: Uint8Array.of(1, 2) }), {}],
    [
      'a fault',
      async () => {
        throw new HeliosError('rate-limited', 'Too much', { retryAfterS: 7 });
      },
      {},
    ],
    [
      'a breakdown',
      async () => {
        throw new Error('password=hunter2');
      },
      {},
    ],
    ['an unknown type of content', ok, { headers: { 'content-type': 'image/png' } }],
    ['a body that is too large', ok, { body: 'x'.repeat(2 ** 17) }],
    ['a damaged body', ok, { headers: { 'content-encoding': 'gzip' } }],
    ['no credential', ok, { headers: { authorization: 'Bearer none' } }],
  ])('answers %s in the same way whichever way a request takes', async (_, made, init) => {
    answer = made;
    const headers = { ...init?.headers, 'x-request-id': 'r-1' };
    const straight = await seenBySender(await post('/taker', { ...init, headers }));
    expect(await seenBySender(await post('/taker?way=other', { ...init, headers }))).toEqual(straight);
    expect(JSON.stringify(straight)).not.toContain('hunter2');
  });

  it('gets the same request by either way, but for the query', async () => {
    await post('/taker', { headers: { 'x-scope': 'one' } });
    await post('/taker?way=other', { headers: { 'x-scope': 'one' } });
    const told = seen.map(({ principal, mediaType, contentType, body, headers, query, queryText, pathParts }) => ({
      ...{ principal, mediaType, contentType, query, queryText, pathParts },
      body: body.toString(),
      scope: headers['x-scope'],
    }));
    const { query, queryText, ...straight } = told[0] ?? { query: undefined, queryText: undefined };
    expect([query, queryText]).toEqual([{}, '']);
    expect(told[1]).toEqual({ ...straight, query: { way: 'other' }, queryText: 'way=other' });
  });

  it('answers in pieces, and breaks off where a piece cannot be made', async () => {
    answer = async () => ({
      status: 200,
      mediaType: 'text/plain',
      pieces: (async function* pieces() {
        for (let n = 0; n < 1000; n++) yield `${n},`;
      })(),
    });
    expect((await (await post('/taker')).text()).split(',')).toHaveLength(1001);
    answer = async () => ({
      status: 200,
      mediaType: 'text/plain',
      pieces: (async function* pieces() {
        yield 'begun';
        throw new Error('no more');
      })(),
    });
    await expect(post('/taker').then((response) => response.text())).rejects.toThrow(/terminated|fetch failed/);
  });

  it('is counted once by its name, also when its sender has gone', async () => {
    const counted = (status: string): number =>
      doors.meter.value('heliosiq_http_requests_total', { method: 'POST', route: 'taker', status }) ?? 0;
    const before = counted('200');
    await post('/taker');
    await post('/taker?way=other');
    await expect.poll(() => counted('200')).toBe(before + 2);
    const arrived = Promise.withResolvers<void>();
    answer = () => {
      arrived.resolve();
      return new Promise(() => {});
    };
    const leaving = httpRequest(`${doors.url}/taker`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await doors.keyOf('operator')}`, 'content-type': 'text/plain' },
    });
    leaving.on('error', () => {});
    leaving.end('x');
    await arrived.promise;
    leaving.destroy();
    await expect.poll(() => counted('200')).toBe(before + 3);
  });
});

it('a door at work when the server stops gives its answer, and the connection ends with it', async () => {
  const gate = Promise.withResolvers<DoorAnswer>();
  const arrived = Promise.withResolvers<void>();
  const slow: HttpDoor = {
    ...{ name: 'slow', method: 'POST', path: '/slow' },
    handle() {
      arrived.resolve();
      return gate.promise;
    },
  };
  const stopping = await openGateway({ httpDoors: [slow], settings: { drainMs: 60_000 } });
  const response = stopping.request('/slow', { method: 'POST', body: 'x' });
  await arrived.promise;
  const closed = stopping.gateway.close();
  gate.resolve({ status: 200, body: 'done' });
  expect(await (await response).text()).toBe('done');
  expect((await response).headers.get('connection')).toBe('close');
  await closed;
});
