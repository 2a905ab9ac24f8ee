import { createMemoryDocumentStore } from '@heliosiq/adapters/memory/document-store.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { TenantId } from '@heliosiq/model';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createKnowledge } from '../../packages/knowledge/src/knowledge.ts';
import { startEmbeddingService } from '../support/embedding-service.ts';

const acme = TenantId.parse('acme');
const patience = { timeout: 50_000, interval: 20 };

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function setting() {
  const service = await startEmbeddingService();
  closing.push(() => service[Symbol.dispose]());
  const documents = createMemoryDocumentStore();
  const knowledge = createKnowledge({ documents, state: createMemoryStateStore(), now: Date.now });
  const stop = new AbortController();
  closing.push(() => stop.abort());
  const start = () => knowledge.embed({ embedder: service.embedder(), logger: createMemoryLogger() }, stop.signal);
  const add = (name: string, text: string) =>
    knowledge.add(acme, { source: `${name}.md`, format: 'markdown', text: `# ${name}\n\n${text}` });
  return { state: service.state, knowledge, stop, start, add };
}

describe('search by meaning', () => {
  it('finds what shares no word with the question, as soon as passages have their vectors', async () => {
    const { knowledge, start, stop, add } = await setting();
    await add('Seals', 'Oil that seeps out of the housing means a worn gasket.');
    await add('Cooling', 'An overheated bearing wants fresh grease.');
    expect(await knowledge.search(acme, 'drip', { limit: 5 })).toEqual([]);
    const running = start();
    await vi.waitFor(async () => {
      const [first] = await knowledge.search(acme, 'drip', { limit: 5 });
      expect(first?.title).toBe('Seals');
      expect(first?.parts.dense).toBeGreaterThan(0.9);
      expect(first?.parts.lexical).toBeUndefined();
    }, patience);
    expect(await knowledge.search(acme, 'drip', { limit: 5, mode: 'lexical' })).toEqual([]);
    await add('Late', 'The pump lags behind its set point.');
    await vi.waitFor(async () => {
      const [first] = await knowledge.search(acme, 'latency', { limit: 1 });
      expect(first?.title).toBe('Late');
    }, patience);
    expect(await knowledge.figures()).toMatchObject({ passages: 3, vectors: 3, model: { dimensions: 4 } });
    stop.abort();
    await running;
    expect(await knowledge.search(acme, 'drip', { limit: 5 })).toEqual([]);
  });

  it('goes by words while the service is down, and by meaning when it is back', async () => {
    const { knowledge, state, start, add } = await setting();
    await add('Seals', 'Oil that seeps out of the housing means a worn gasket.');
    const running = start();
    await vi.waitFor(async () => expect(await knowledge.search(acme, 'drip', { limit: 1 })).toHaveLength(1), patience);
    state.isDown = true;
    expect(await knowledge.search(acme, 'leaking', { limit: 1 })).toEqual([]);
    const [found] = await knowledge.search(acme, 'gasket', { limit: 1 });
    expect(found?.title).toBe('Seals');
    state.isDown = false;
    expect(await knowledge.search(acme, 'leaking', { limit: 1 })).toHaveLength(1);
    void running;
  });

  it('never mixes tenants, also by meaning', async () => {
    const { knowledge, start, add } = await setting();
    const globex = TenantId.parse('globex');
    await add('Seals', 'Oil that seeps out of the housing.');
    await knowledge.add(globex, { source: 'x.md', format: 'markdown', text: '# Other\n\nA dripping tap.' });
    void start();
    await vi.waitFor(async () => {
      const [ours, theirs] = await Promise.all([acme, globex].map((id) => knowledge.search(id, 'leak', { limit: 9 })));
      expect(ours?.map(({ title }) => title)).toEqual(['Seals']);
      expect(theirs?.map(({ title }) => title)).toEqual(['Other']);
    }, patience);
  });
});

describe('tenants', () => {
  it('never see a passage of another in 10,000 searches over 20 tenants', async () => {
    const knowledge = createKnowledge({
      documents: createMemoryDocumentStore(),
      state: createMemoryStateStore(),
      now: Date.now,
      tenantsInMemoryMax: 7,
    });
    const words = ['pump', 'valve', 'seal', 'motor', 'queue', 'latency', 'disk', 'sensor', 'leak', 'restart'];
    const tenants = Array.from({ length: 20 }, (_, at) => TenantId.parse(`tenant-${at}`));
    const word = (at: number): string => words[at % words.length] ?? '';
    for (const [at, tenantId] of tenants.entries()) {
      for (let document = 0; document < 3; document++) {
        const text = `# ${word(at + document)}\n\nOnly ${tenantId} knows the ${word(at)} ${word(document)} secret.`;
        await knowledge.add(tenantId, { source: `d${document}.md`, format: 'markdown', text });
      }
    }
    let passages = 0;
    for (let search = 0; search < 10_000; search++) {
      // Runs of searches of a few tenants at once, so that indexes are let go and loaded while others search.
      const tenantId = tenants[(Math.floor(search / 25) * 7 + (search % 5)) % tenants.length];
      if (tenantId === undefined) continue;
      const found = await knowledge.search(tenantId, `${word(search)} ${word(search * 3)} secret tenant`, { limit: 5 });
      for (const { passage } of found) {
        passages += 1;
        if (!passage.text.includes(`Only ${tenantId} knows`)) expect(passage.text).toContain(tenantId);
      }
    }
    expect(passages).toBeGreaterThan(10_000);
  }, 120_000);
});
