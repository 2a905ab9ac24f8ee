import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { createHttpReranker } from '@heliosiq/adapters/http-reranker/http-reranker.ts';
import { createMemoryDocumentStore } from '@heliosiq/adapters/memory/document-store.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { TenantId } from '@heliosiq/model';
import { afterEach, describe, expect, it } from 'vitest';
import { createKnowledge } from '../../packages/knowledge/src/knowledge.ts';

const acme = TenantId.parse('acme');

type Answer = (response: ServerResponse, documents: readonly string[]) => void;

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Prefers what speaks of a gasket, however often other words stand there. */
const prefersGaskets: Answer = (response, documents) => {
  const results = documents.map((text, index) => ({ index, relevance_score: text.includes('gasket') ? 9.5 : 0.5 }));
  response.end(JSON.stringify({ results }));
};

/** A library of three manuals about leaks, with a reranking service that answers as `state.answer` does. */
async function setting(answer: Answer, patienceMs = 30_000) {
  const state = { answer, asked: [] as (readonly string[])[], nowMs: Date.UTC(2026, 5, 1) };
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      const { documents } = body as { documents: readonly string[] }; // what the reranker sends
      state.asked.push(documents);
      state.answer(response, documents);
    });
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const stop = new AbortController();
  closing.push(() => {
    stop.abort();
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo; // it listens on a port, not on a pipe
  const knowledge = createKnowledge({
    documents: createMemoryDocumentStore(),
    state: createMemoryStateStore(),
    now: () => state.nowMs,
  });
  const logger = createMemoryLogger();
  const reranker = createHttpReranker({ url: `http://127.0.0.1:${port}/v1`, model: 'judge' });
  const running = knowledge.rerank({ reranker, logger, patienceMs }, stop.signal);
  const add = (name: string, text: string, frontMatter = '') =>
    knowledge.add(acme, {
      source: `${name}.md`,
      format: 'markdown',
      text: `---\ntitle: ${name}\n${frontMatter}---\n\n${text}`,
    });
  await add('Often', 'A leak is a leak: report each leak, and the leak of its leak.');
  await add('Once', 'When you see a leak, replace the worn gasket of the housing and refill.');
  await add('Other', 'The lamp is broken.');
  const search = async (mode?: 'lexical') => knowledge.search(acme, 'leak', { limit: 5, ...(mode && { mode }) });
  return { state, knowledge, search, add, stop, running };
}

describe('search with a reranking service', () => {
  it('goes by what the service prefers, says what it gave, and lets it read title and text', async () => {
    const { state, search, stop, running } = await setting(prefersGaskets);
    const plain = await search('lexical');
    expect(plain.map(({ title }) => title)).toEqual(['Often', 'Once']);
    expect(state.asked).toEqual([]);
    const found = await search();
    expect(found.map(({ title, parts }) => [title, parts.reranked])).toEqual([
      ['Once', 9.5],
      ['Often', 0.5],
    ]);
    expect(state.asked[0]?.[0]).toMatch(/^Often\nA leak is a leak/);
    stop.abort();
    await running;
    expect((await search()).map(({ title, parts }) => [title, parts.reranked])).toEqual([
      ['Often', undefined],
      ['Once', undefined],
    ]);
  });

  it.each([
    ['is overloaded', (response) => void response.writeHead(429, { 'retry-after': '60' }).end(), 'status 429'],
    ['is broken', (response) => void response.writeHead(503).end(), 'status 503'],
    [
      'cuts its answer off',
      (response) => {
        response.writeHead(200, { 'content-length': '99' });
        response.write('{"res', () => response.destroy());
      },
      'cannot be reached',
    ],
    ['answers with something else', (response) => void response.end('<html>'), 'no usable JSON'],
    ['leaves passages out', (response) => void response.end('{"results":[]}'), '0 scores for 2 texts'],
    ['refuses the key', (response) => void response.writeHead(401).end(), 'status 401'],
  ] satisfies readonly (readonly [string, Answer, string])[])(
    'keeps its own order when the service %s, and says so with each passage',
    async (_, answer, reason) => {
      const { search } = await setting(answer);
      const found = await search();
      expect(found.map(({ title }) => title)).toEqual(['Often', 'Once']);
      for (const { parts } of found) {
        expect(parts.reranked).toBeUndefined();
        expect(parts.notReranked).toContain(reason);
      }
    },
  );

  it('does not wait for a service that stalls, and leaves it alone for a while', async () => {
    const { state, search } = await setting(() => undefined, 50);
    expect((await search())[0]?.parts.notReranked).toContain('no answer within 50 ms');
    state.answer = prefersGaskets;
    const [first] = await search();
    expect(first?.parts.notReranked).toContain('it rests after a failure');
    expect(first?.parts.reranked).toBeUndefined();
  });

  it('asks again when a failure is past, or as late as the service says', async () => {
    const { state, search } = await setting((response) => void response.writeHead(429, { 'retry-after': '60' }).end());
    await search();
    state.answer = prefersGaskets;
    state.nowMs += 59_000;
    expect((await search())[0]?.title).toBe('Often');
    state.nowMs += 2000;
    expect((await search())[0]?.title).toBe('Once');
    expect(state.asked).toHaveLength(2);
  });

  it('never puts a manual for older versions above the newer one, whatever the service prefers', async () => {
    const { knowledge, add } = await setting(prefersGaskets);
    await add('Old', 'On a leak replace the gasket.', 'product: px\nfirmware: ">=1.0"\n');
    await add('New', 'On a leak press the button.', 'product: px\nfirmware: ">=2.0"\n');
    const found = await knowledge.search(acme, 'leak', { limit: 5, asset: { product: 'px', version: '2.1' } });
    const titles = found.map(({ title }) => title);
    expect(titles.indexOf('New')).toBeLessThan(titles.indexOf('Old'));
    expect(titles).toEqual(expect.arrayContaining(['New', 'Old']));
  });
});
