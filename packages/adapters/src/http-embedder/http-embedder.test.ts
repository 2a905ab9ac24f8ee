import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { createGeminiEmbedder } from './gemini-embedder.ts';
import { createOpenAiEmbedder } from './openai-embedder.ts';

type Answer = (response: ServerResponse, body: unknown, request: IncomingMessage) => void;

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A service that gives the answers one after the other, the last again and again; tells what it was sent. */
async function service(...answers: readonly Answer[]) {
  const requests: { url: string; headers: IncomingMessage['headers']; body: unknown }[] = [];
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      const answer = answers[Math.min(requests.length, answers.length - 1)];
      requests.push({ url: request.url ?? '', headers: request.headers, body });
      answer?.(response, body, request);
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

function inputsOf(body: unknown): readonly string[] {
  return (body as { input: string[] }).input; // what the embedder under test sends
}

const embedding: Answer = (response, body) => {
  const data = inputsOf(body).map((text, index) => ({ index, embedding: [text.length, 1, 0] }));
  response.end(JSON.stringify({ data: data.toReversed() }));
};
const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response.writeHead(code, headers).end('{"error":"sk-secret leaked by the service"}');
const says =
  (text: string): Answer =>
  (response) =>
    void response.end(text);

const cutsOff: Answer = (response) => void response.destroy();

const fast = { retryPauseMs: 1 };

describe('createOpenAiEmbedder', () => {
  it('gives a vector a text in order, asks for its model with its key, and learns the length by asking', async () => {
    const { url, requests } = await service(embedding);
    const embedder = createOpenAiEmbedder({ url, model: 'small', key: 'sk-1', ...fast });
    expect(await embedder.model()).toMatchObject({ dimensions: 3, label: expect.stringContaining('small') });
    const texts = Array.from({ length: 130 }, (_, at) => 'x'.repeat(at + 1));
    const vectors = await embedder.embed(texts, { purpose: 'passage' });
    expect(vectors.map((vector) => vector[0])).toEqual(texts.map((text) => text.length));
    expect(requests).toHaveLength(1 + 3);
    expect(requests[1]).toMatchObject({
      url: '/v1/embeddings',
      headers: { authorization: 'Bearer sk-1' },
      body: { model: 'small' },
    });
    expect(await embedder.embed([], { purpose: 'passage' })).toEqual([]);
  });

  it('sends no more of a text than models read, and never an empty one', async () => {
    const { url, requests } = await service(embedding);
    await createOpenAiEmbedder({ url, model: 'm', ...fast }).embed(['  ', 'y'.repeat(100_000)], { purpose: 'passage' });
    expect(inputsOf(requests[0]?.body).map((text) => text.length)).toEqual([1, 8000]);
  });

  it.each([
    ['an overloaded service', status(429, { 'retry-after': '0' })],
    ['a broken gateway', status(502)],
    ['a connection cut off', cutsOff],
    ['half an answer', says('{"data":[{"emb')],
  ])('tries again after %s', async (_, trouble) => {
    const { url, requests } = await service(trouble, trouble, embedding);
    const [vector] = await createOpenAiEmbedder({ url, model: 'm', ...fast }).embed(['abc'], { purpose: 'question' });
    expect(vector?.[0]).toBe(3);
    expect(requests).toHaveLength(3);
  });

  it.each([
    ['too few vectors', '{"data":[]}'],
    ['a vector with words in it', '{"data":[{"embedding":[1,"2",3]}]}'],
    ['a vector with nothing in it', '{"data":[{"embedding":[]}]}'],
    ['numbers that JSON has no word for', '{"data":[{"embedding":[1e999,1]}]}'],
    ['something else', '[]'],
    ['null', 'null'],
  ])('refuses %s', async (_, text) => {
    const { url } = await service(says(text));
    await expect(
      createOpenAiEmbedder({ url, model: 'm', ...fast }).embed(['a'], { purpose: 'passage' }),
    ).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  it('refuses vectors of another length than before', async () => {
    const { url } = await service(embedding, says('{"data":[{"embedding":[1,2]}]}'));
    const embedder = createOpenAiEmbedder({ url, model: 'm', ...fast });
    await embedder.model();
    await expect(embedder.embed(['a'], { purpose: 'passage' })).rejects.toThrow(/2 dimensions instead of 3/);
  });

  it.each([401, 403, 404, 400])(
    'does not ask again after %i, says what to check, and never tells the key',
    async (code) => {
      const { url, requests } = await service(status(code));
      const embedder = createOpenAiEmbedder({ url, model: 'm', key: 'sk-secret', ...fast });
      const error: unknown = await embedder.embed(['a'], { purpose: 'passage' }).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'config-invalid', cure: expect.stringMatching(/^check embedding\./) });
      expect(String(error)).not.toContain('sk-secret');
      expect(requests).toHaveLength(1);
    },
  );

  it('does not follow a redirect, which could carry the key away', async () => {
    const { url: target, requests } = await service(embedding);
    const { url } = await service(status(307, { location: target }));
    await expect(
      createOpenAiEmbedder({ url, model: 'm', key: 'k', ...fast }).embed(['a'], { purpose: 'passage' }),
    ).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(requests).toHaveLength(0);
  });

  it('gives up on a service that does not answer in time, and at once when it is told to', async () => {
    const { url } = await service(() => undefined);
    const patient = createOpenAiEmbedder({ url, model: 'm', timeoutMs: 20, ...fast });
    await expect(patient.embed(['a'], { purpose: 'question' })).rejects.toMatchObject({ code: 'timeout' });
    const signal = AbortSignal.timeout(20);
    const endless = createOpenAiEmbedder({ url, model: 'm', timeoutMs: 600_000 });
    await expect(endless.embed(['a'], { purpose: 'question', signal })).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('refuses an answer without end', async () => {
    const flood: Answer = (response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(' '.repeat(2 ** 20)));
      };
      response.on('drain', more);
      more();
    };
    const { url } = await service(flood);
    await expect(
      createOpenAiEmbedder({ url, model: 'm', ...fast }).embed(['a'], { purpose: 'passage' }),
    ).rejects.toThrow(/32 MiB/);
  });

  it('is unavailable where nothing listens', async () => {
    const embedder = createOpenAiEmbedder({ url: 'http://127.0.0.1:9/v1', model: 'm', ...fast });
    await expect(embedder.model()).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('createGeminiEmbedder', () => {
  it('asks by what the text is for, with the key in a header', async () => {
    const { url, requests } = await service(says('{"embeddings":[{"values":[0.5,0.5]}]}'));
    const embedder = createGeminiEmbedder({ url, model: 'embed-1', key: 'g-1', ...fast });
    expect(await embedder.embed(['why'], { purpose: 'question' })).toEqual([Float32Array.from([0.5, 0.5])]);
    await embedder.embed(['because'], { purpose: 'passage' });
    expect(requests[0]).toMatchObject({
      url: '/v1/models/embed-1:batchEmbedContents',
      headers: { 'x-goog-api-key': 'g-1' },
      body: { requests: [{ taskType: 'RETRIEVAL_QUERY', content: { parts: [{ text: 'why' }] } }] },
    });
    expect(requests[1]).toMatchObject({ body: { requests: [{ taskType: 'RETRIEVAL_DOCUMENT' }] } });
  });
});
