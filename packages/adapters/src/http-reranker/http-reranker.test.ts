import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpReranker } from './http-reranker.ts';

type Answer = (response: ServerResponse, body: RerankBody) => void;

/** What the reranker under test sends. */
interface RerankBody {
  readonly query: string;
  readonly documents?: readonly string[];
  readonly texts?: readonly string[];
  readonly top_n?: number;
}

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A service that answers so each time; tells what it was sent. */
async function service(answer: Answer) {
  const requests: { url: string; headers: IncomingMessage['headers']; body: RerankBody }[] = [];
  const server = createServer((request, response) => {
    void json(request).then((sent) => {
      const body = sent as RerankBody; // the form that the reranker under test sends
      requests.push({ url: request.url ?? '', headers: request.headers, body });
      answer(response, body);
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo; // it listens on a port, not on a pipe
  return { url: `http://127.0.0.1:${port}/v1/`, requests };
}

const byLength: Answer = (response, { documents = [] }) => {
  const results = documents.map((text, index) => ({ index, relevance_score: text.length / 10 }));
  response.end(JSON.stringify({ results: results.toReversed() }));
};
const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response.writeHead(code, headers).end('{"error":"sk-secret leaked by the service"}');

describe('createHttpReranker', () => {
  it('gives a score a text in order, asks for its model with its key, and says who it is', async () => {
    const { url, requests } = await service(byLength);
    const reranker = createHttpReranker({ url, model: 'rerank-1', key: 'sk-1' });
    expect(await reranker.rerank('why', ['aaa', 'b', ''])).toEqual([0.3, 0.1, 0.1]);
    expect(requests[0]).toMatchObject({
      url: '/v1/rerank',
      headers: { authorization: 'Bearer sk-1' },
      body: { model: 'rerank-1', query: 'why', documents: ['aaa', 'b', '-'], top_n: 3 },
    });
    expect(reranker.label).toMatch(/^rerank-1 \(127\.0\.0\.1:\d+\)$/);
    expect(await reranker.rerank('why', [])).toEqual([]);
    expect(requests).toHaveLength(1);
  });

  it('speaks to Text Embeddings Inference as well', async () => {
    const { url, requests } = await service((response, { texts = [] }) => {
      response.end(JSON.stringify(texts.map((text, index) => ({ index, score: -text.length }))));
    });
    const reranker = createHttpReranker({ url, model: 'm', protocol: 'tei' });
    expect(await reranker.rerank('why', ['aaa', 'b'])).toEqual([-3, -1]);
    expect(requests[0]?.body).toEqual({ query: 'why', texts: ['aaa', 'b'], truncate: true });
    expect(requests[0]?.headers).not.toHaveProperty('authorization');
  });

  it('sends no more of a text than models read, and no more texts than are taken', async () => {
    const { url, requests } = await service(byLength);
    const reranker = createHttpReranker({ url, model: 'm' });
    await reranker.rerank('q', ['y'.repeat(100_000)]);
    expect(requests[0]?.body.documents?.[0]).toHaveLength(4000);
    const many = Array.from({ length: 101 }, () => 'x');
    await expect(reranker.rerank('q', many)).rejects.toMatchObject({ code: 'too-large' });
  });

  it.each([
    ['an overloaded service, for as long as it says', status(429, { 'retry-after': '7' }), { retryAfterS: 7 }],
    ['a broken gateway', status(502), {}],
    ['a connection cut off', (response: ServerResponse) => void response.destroy(), {}],
    [
      'an answer cut off',
      (response: ServerResponse) => {
        response.writeHead(200, { 'content-length': '1000' }).write('{"results":[{"ind');
        response.destroy();
      },
      {},
    ],
    ['half an answer', (response: ServerResponse) => void response.end('{"results":[{"ind'), {}],
    ['another form', (response: ServerResponse) => void response.end('{"data":[]}'), {}],
    ['null', (response: ServerResponse) => void response.end('null'), {}],
  ] satisfies readonly (readonly [string, Answer, object])[])(
    'is unavailable after %s, asked once',
    async (_, answer, more) => {
      const { url, requests } = await service(answer);
      await expect(createHttpReranker({ url, model: 'm' }).rerank('q', ['a'])).rejects.toMatchObject({
        code: 'unavailable',
        ...more,
      });
      expect(requests).toHaveLength(1);
    },
  );

  it.each([401, 403, 404, 400])('says what to check after %i, and never tells the key', async (code) => {
    const { url } = await service(status(code));
    const reranker = createHttpReranker({ url, model: 'm', key: 'sk-secret' });
    const error: unknown = await reranker.rerank('q', ['a']).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'config-invalid', cure: expect.stringMatching(/^check knowledge\.rerank\./) });
    expect(String(error)).not.toContain('sk-secret');
  });

  it('does not follow a redirect, which could carry the key away', async () => {
    const { url: target, requests } = await service(byLength);
    const { url } = await service(status(307, { location: target }));
    const reranker = createHttpReranker({ url, model: 'm', key: 'k' });
    await expect(reranker.rerank('q', ['a'])).rejects.toMatchObject({ code: 'unavailable' });
    expect(requests).toHaveLength(0);
  });

  it('gives up on a service that does not answer in time, and at once when it is told to', async () => {
    const { url } = await service(() => undefined);
    await expect(createHttpReranker({ url, model: 'm', timeoutMs: 20 }).rerank('q', ['a'])).rejects.toMatchObject({
      code: 'timeout',
    });
    const endless = createHttpReranker({ url, model: 'm', timeoutMs: 600_000 });
    await expect(endless.rerank('q', ['a'], AbortSignal.timeout(20))).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('refuses an answer without end', async () => {
    const { url } = await service((response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(' '.repeat(2 ** 20)));
      };
      response.on('drain', more);
      more();
    });
    await expect(createHttpReranker({ url, model: 'm' }).rerank('q', ['a'])).rejects.toThrow(/8 MiB/);
  });

  it('is unavailable where nothing listens', async () => {
    const reranker = createHttpReranker({ url: 'http://127.0.0.1:9/v1', model: 'm' });
    await expect(reranker.rerank('q', ['a'])).rejects.toMatchObject({ code: 'unavailable' });
  });
});
