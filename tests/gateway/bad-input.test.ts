import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyLibrary, openGateway, problemIn, sample } from './open-gateway.ts';
import type { OpenGateway } from './open-gateway.ts';

let doors: OpenGateway;

beforeAll(async () => {
  doors = await openGateway();
});
afterAll(() => doors.close());

const mebibyte = 2 ** 20;
const dayMs = 86_400_000;
const brotli = (bytes: Uint8Array | string): Buffer =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } });

describe('a batch with bad records', () => {
  it.each([
    ['a text for a number', 'value', sample({ value: 'high' })],
    ['NaN as a text', 'value', sample({ value: 'NaN' })],
    ['a 10-year-old time', 'at', sample({ at: Date.now() - 3650 * dayMs })],
    ['a time in the future', 'at', sample({ at: Date.now() + dayMs })],
    ['a number for a name', 'asset', sample({ asset: 5 })],
    ['an unknown field', 'colour', sample({ colour: 'red' })],
    ['U+0000 in a name', 'metric', sample({ metric: 'a\0' })],
  ])('keeps the rest when one has %s', async (_what, field, bad) => {
    const before = (await doors.stored()).length;
    const { status, body } = await doors.send([sample(), bad, sample({ asset: 'db' })]);
    expect(status).toBe(202);
    expect(body).toMatchObject({
      accepted: 2,
      rejectedTotal: 1,
      rejected: [{ index: 1, field, cure: expect.any(String) }],
    });
    expect((await doors.stored()).length).toBe(before + 2);
  });

  it.each(['NaN', 'Infinity', '-Infinity', '1e999'])('keeps the rest when one has the bare value %s', async (word) => {
    const text = JSON.stringify([sample(), sample({ value: 0.25 })]).replace('0.25', word);
    const { status, body } = await doors.send(text);
    expect([status, body]).toMatchObject([202, { accepted: 1, rejected: [{ index: 1, field: 'value' }] }]);
  });

  it('is unprocessable when no record is good, and lists the records', async () => {
    const { status, body, headers } = await doors.send([sample({ value: null })]);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect([status, body]).toMatchObject([
      422,
      { code: 'unprocessable', field: '[0].value', cure: expect.any(String), rejected: [{ index: 0 }] },
    ]);
  });
});

describe('a body that cannot be told apart', () => {
  it.each([
    ['broken JSON', 400, 'invalid-json', '[{"kind":"sample",}]', {}],
    ['nothing', 400, 'invalid-json', '', { 'content-type': 'application/json' }],
    ['1,000 levels', 400, 'too-deep', `${'['.repeat(1000)}1${']'.repeat(1000)}`, {}],
    ['another media type', 415, 'unsupported-media-type', 'a,b', { 'content-type': 'text/csv' }],
    ['an unknown encoding', 415, 'unsupported-media-type', 'x', { 'content-encoding': 'compress' }],
    ['damaged gzip', 400, 'invalid-request', 'not gzip', { 'content-encoding': 'gzip' }],
    ['an unusable idempotency key', 400, 'invalid-request', '[]', { 'idempotency-key': 'a b' }],
    ['too many records', 413, 'too-large', `[${'1,'.repeat(60_000)}1]`, {}],
  ] as const)('with %s is refused with field and cure', async (_what, status, code, body, headers) => {
    const response = await doors.request('/api/v1/signals', { method: 'POST', body, headers });
    const problem = await problemIn(response);
    expect(problem).toMatchObject({
      status,
      code,
      cure: expect.any(String),
      requestId: response.headers.get('x-request-id'),
    });
  });

  it('of 50 MB is refused by its announced length', async () => {
    const response = await doors.request('/api/v1/signals', { method: 'POST', body: Buffer.alloc(50_000_000, 0x20) });
    expect(await problemIn(response)).toMatchObject({ status: 413, field: 'content-length', cure: expect.any(String) });
  });

  it('of 50 MB without an announced length is refused while it streams, and memory stays flat', async () => {
    const chunk = Buffer.alloc(mebibyte, 0x20);
    let sent = 0;
    const body = new ReadableStream({
      pull(controller) {
        if (sent++ < 50) controller.enqueue(chunk);
        else controller.close();
      },
    });
    const before = process.memoryUsage().rss;
    const { status } = await doors.send(body);
    expect(status).toBe(413);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * mebibyte);
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotli],
    ['zstd', zstdCompressSync],
  ] as const)('that is a %s bomb is refused, and memory stays flat', async (encoding, compress) => {
    const bomb = compress(Buffer.alloc(200 * mebibyte, 0x5b));
    expect(bomb.length).toBeLessThan(mebibyte);
    global.gc?.();
    const before = process.memoryUsage().rss;
    const { status, body } = await doors.send(bomb, { 'content-encoding': encoding });
    expect([status, body.code]).toEqual([413, 'too-large']);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * mebibyte);
  });

  it('leaves the doors working', async () => {
    expect(await doors.send([sample()])).toMatchObject({ status: 202, body: { accepted: 1 } });
  });
});

describe('a compressed batch', () => {
  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotli],
    ['zstd', zstdCompressSync],
  ] as const)('in %s is taken', async (encoding, compress) => {
    const { status, body } = await doors.send(compress(JSON.stringify([sample()])), { 'content-encoding': encoding });
    expect([status, body.accepted]).toEqual([202, 1]);
  });
});

describe('a bad request elsewhere', () => {
  it.each([
    ['GET', '/api/v1/nothing', undefined, 404, 'not-found', undefined],
    ['PUT', '/api/v1/signals', '[]', 405, 'method-not-allowed', 'method'],
    ['GET', '/api/v1/signals?from=1&to=soon', undefined, 400, 'invalid-request', 'from'],
    ['GET', '/api/v1/incidents?limit=5000', undefined, 400, 'invalid-request', 'limit'],
    ['GET', '/api/v1/incidents?asset=%00', undefined, 400, 'invalid-request', 'asset'],
    ['GET', '/api/v1/incidents?colour=red', undefined, 400, 'invalid-request', 'colour'],
    ['GET', '/api/v1/incidents/x', undefined, 400, 'invalid-request', 'id'],
    ['GET', '/api/v1/incidents/%zz', undefined, 400, 'invalid-request', undefined],
    ['GET', '/api/v1/series?from=1767225600000&to=1767225500000', undefined, 400, 'invalid-request', 'to'],
    [
      'POST',
      '/api/v1/topology',
      '{"edges":[{"from":"a","to":"b","kind":"likes"}]}',
      400,
      'invalid-request',
      'edges[0].kind',
    ],
    ['POST', '/api/v1/topology', '{"assets":[{"id":"a\\u0000"}]}', 400, 'invalid-request', 'assets[0].id'],
    ['POST', '/api/v1/topology', '{"assets":', 400, 'invalid-json', 'line 1, column 11'],
    ['POST', '/api/v1/topology', `{"assets":${'['.repeat(1000)}`, 400, 'too-deep', undefined],
    ['POST', '/api/v1/ask', '{"question":" "}', 400, 'invalid-request', 'question'],
    ['POST', '/api/v1/ask', '"why?"', 400, 'invalid-request', 'body'],
  ] as const)('%s %s is answered with a problem', async (method, path, body, status, code, field) => {
    const response = await doors.request(path, body === undefined ? { method } : { method, body });
    const problem = await problemIn(response);
    expect([problem.status, problem.code, problem.field]).toEqual([status, code, field]);
    expect(problem.cure).toBeTruthy();
  });

  it('that breaks something inside says nothing about it, and the log does', async () => {
    const broken = await openGateway({
      knowledge: {
        library: emptyLibrary,
        answerer: {
          ask: async () => {
            throw new Error('password=hunter2');
          },
          rate: async () => undefined,
          ratings: async () => [],
        },
      },
    });
    try {
      const response = await broken.request('/api/v1/ask', { method: 'POST', body: '{"question":"why?"}' });
      const problem = await problemIn(response);
      expect(problem).toMatchObject({ status: 500, code: 'internal' });
      expect(JSON.stringify(problem)).not.toContain('hunter2');
      expect(broken.logger.lines.at(-1)).toMatchObject({ level: 'error', fields: { requestId: problem.requestId } });
    } finally {
      await broken.close();
    }
  });
});
