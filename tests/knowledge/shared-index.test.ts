import { useTestServer } from '@heliosiq/adapters/testing/test-postgres.ts';
import type { TestDatabase } from '@heliosiq/adapters/testing/test-postgres.ts';
import { createMemoryDocumentStore } from '@heliosiq/adapters/memory/document-store.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { openPgvectorSearchIndex } from '@heliosiq/adapters/pgvector/search-index.ts';
import { createClient } from '@heliosiq/api';
import { TenantId } from '@heliosiq/model';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { analyse } from '../../packages/knowledge/src/analyser.ts';
import { createKnowledge } from '../../packages/knowledge/src/knowledge.ts';
import type { Knowledge } from '../../packages/knowledge/src/knowledge.ts';
import { openGateway } from '../gateway/open-gateway.ts';
import { startEmbeddingService } from '../support/embedding-service.ts';
import type { EmbeddingService } from '../support/embedding-service.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const serverUrl = process.env['HELIOS_TEST_PGVECTOR_URL'];
const [acme, other] = [TenantId.parse('acme'), TenantId.parse('other')];
const patience = { timeout: 90_000, interval: 50 };

describe.skipIf(serverUrl === undefined)(
  'documents in a shared pgvector index (needs HELIOS_TEST_PGVECTOR_URL)',
  () => {
    let database: TestDatabase;
    let service: EmbeddingService;
    let running: AsyncDisposableStack;
    beforeAll(async () => {
      service = await startEmbeddingService();
    });
    afterAll(() => service[Symbol.dispose]());
    beforeEach(async () => {
      database = await useTestServer(serverUrl ?? '').createDatabase();
      running = new AsyncDisposableStack();
    });
    afterEach(async () => {
      service.state.isDown = false;
      await running.disposeAsync();
      await database[Symbol.asyncDispose]();
    });

    /** A program's library over the index; with a model, it searches by meaning as well. `stop` is what a restart begins with. */
    async function program(documents: ReturnType<typeof createMemoryDocumentStore>, model?: string) {
      const stack = running.use(new AsyncDisposableStack());
      const sharedIndex = stack.use(await openPgvectorSearchIndex({ url: database.url, terms: analyse }));
      const knowledge = createKnowledge({ documents, state: createMemoryStateStore(), now: () => 0, sharedIndex });
      if (model !== undefined) {
        const stop = new AbortController();
        const embedding = knowledge.embed(
          { embedder: service.embedder(model), logger: createMemoryLogger() },
          stop.signal,
        );
        stack.defer(async () => {
          stop.abort();
          await embedding;
        });
        // Until it has begun.
        await vi.waitFor(async () => expect((await knowledge.figures()).model).toBeDefined(), patience);
      }
      return { knowledge, stop: () => stack.disposeAsync() };
    }

    const note = (name: string, text: string, more: readonly string[] = []) =>
      ({
        source: `${name}.md`,
        format: 'markdown',
        text: `---\n${more.join('\n')}\n---\n# ${name}\n\n${text}`,
      }) as const;

    async function found(knowledge: Knowledge, question: string, tenantId = acme): Promise<readonly string[]> {
      return (await knowledge.search(tenantId, question, { limit: 5 })).map(({ source }) => source);
    }

    it('are added, searched, replaced and removed over HTTP, with scores, sentences and citations as in process', async () => {
      const { knowledge } = await program(createMemoryDocumentStore());
      const nobody = {
        ask: () => Promise.reject(new Error('not asked')),
        rate: () => Promise.resolve(),
        ratings: () => Promise.resolve([]),
      };
      const doors = await openGateway({ knowledge: { library: knowledge, answerer: nobody } });
      running.defer(() => doors.close());
      const client = createClient({ baseUrl: doors.url, token: await doors.keyOf('operator') });
      const add = (text: string) => client.call('addDocument', { body: { source: 'k.md', format: 'markdown', text } });
      const search = async (q: string) =>
        (await client.call('searchPassages', { body: { q, sentences: 2, explain: true } })).passages;

      const { document } = await add('# Loops\n\nKubePodCrashLooping means that a container restarts again and again.');
      const [first] = await search('why is a pod crash looping');
      expect(first).toMatchObject({
        source: 'k.md',
        sentences: [{ text: 'KubePodCrashLooping means that a container restarts again and again.' }],
        why: { coverage: expect.any(Number), lexical: expect.any(Number) },
        validity: { applies: 'yes' },
      });
      expect(first?.why?.coverage).toBeCloseTo(1, 1);
      expect(await add('# Airships\n\nThe zeppelin landed.')).toMatchObject({ outcome: 'replaced' });
      expect(await search('crash looping')).toEqual([]);
      expect((await search('zeppelins'))[0]?.sha256).not.toBe(document.sha256);
      await client.call('removeDocument', { params: { id: document.id } });
      expect(await search('zeppelin')).toEqual([]);
    });

    it('keep to the rules of validity, which are judged before places are given', async () => {
      const { knowledge } = await program(createMemoryDocumentStore());
      for (let at = 0; at < 30; at += 1)
        await knowledge.add(acme, note(`old-${at}`, 'Reset the valve.', ['firmware: 1.x']));
      await knowledge.add(
        acme,
        note('new', 'A long text about many things, of which one is that the valve is reset.', ['firmware: 2.x']),
      );
      const asked = { limit: 3, asset: { version: '2.4' } };
      expect((await knowledge.search(acme, 'reset valve', asked)).map(({ source }) => source)).toEqual(['new.md']);
      const all = await knowledge.search(acme, 'reset valve', { ...asked, limit: 50, showAll: true });
      expect(all.filter(({ validity }) => validity.applies === 'no')).toHaveLength(30);
    });

    it('are found by meaning after a restart without being embedded again', async () => {
      const documents = createMemoryDocumentStore();
      const before = await program(documents, 'm');
      await before.knowledge.add(acme, note('Seals', 'Oil that seeps out of the housing means a worn gasket.'));
      await before.knowledge.add(acme, note('Cooling', 'An overheated bearing wants fresh grease.'));
      await vi.waitFor(async () => expect(await found(before.knowledge, 'drip')).toContain('Seals.md'), patience);
      await vi.waitFor(async () => expect((await before.knowledge.figures()).vectors).toBe(2), patience);
      await before.stop();
      const embedded = service.state.texts.length;
      const after = await program(documents, 'm');
      await vi.waitFor(async () => expect((await found(after.knowledge, 'dripping'))[0]).toBe('Seals.md'), patience);
      expect(await after.knowledge.figures()).toMatchObject({ passages: 2, vectors: 2, bytes: 0 });
      expect(service.state.texts.slice(embedded).join()).not.toMatch(/gasket|bearing/);
    });

    it('answer by words while a changed model fills its vectors, and by its meaning then', async () => {
      const documents = createMemoryDocumentStore();
      const before = await program(documents, 'm');
      await before.knowledge.add(acme, note('Seals', 'Oil that seeps out of the housing means a worn gasket.'));
      await vi.waitFor(async () => expect(await found(before.knowledge, 'drip')).toContain('Seals.md'), patience);
      await before.stop();
      const after = await program(documents, 'wide');
      expect(await found(after.knowledge, 'worn gasket')).toEqual(['Seals.md']);
      await vi.waitFor(async () => {
        expect(await found(after.knowledge, 'worn gasket')).toEqual(['Seals.md']);
        expect(await found(after.knowledge, 'leaking')).toEqual(['Seals.md']);
      }, patience);
      // Taken back, the vectors of the model before are there at once.
      await after.stop();
      const embedded = service.state.texts.length;
      const back = await program(documents, 'm');
      await vi.waitFor(async () => expect(await found(back.knowledge, 'leaks')).toEqual(['Seals.md']), patience);
      expect(service.state.texts.slice(embedded).join()).not.toContain('Oil');
    });

    it('that another program adds, changes or removes are seen at once', async () => {
      const documents = createMemoryDocumentStore();
      const [one, two] = [await program(documents), await program(documents)];
      expect(await found(two.knowledge, 'gasket')).toEqual([]);
      const { document } = await one.knowledge.add(acme, note('Seals', 'The gasket is worn.'));
      expect(await found(two.knowledge, 'gasket')).toEqual(['Seals.md']);
      await one.knowledge.remove(acme, document.id);
      expect(await found(two.knowledge, 'gasket')).toEqual([]);
      expect(await two.knowledge.follow(AbortSignal.timeout(60_000))).toBe(1);
    });

    it('are put there anew when the index was lost, and what nobody stores is removed from it', async () => {
      const documents = createMemoryDocumentStore();
      const first = await program(documents);
      const { document } = await first.knowledge.add(acme, note('Seals', 'The gasket is worn.'));
      const index = await running.use(await openPgvectorSearchIndex({ url: database.url, terms: analyse })).open();
      await index.removeDocument(acme, document.id);
      const row = { key: 'k', document: 'd', version: '1', title: 'Ghost', headings: [], tags: [], text: 'a gasket' };
      await index.put(acme, [row]);
      expect(await first.knowledge.follow(AbortSignal.timeout(60_000))).toBe(2);
      expect(await index.documents(acme)).toMatchObject([{ document: document.id }]);
      expect(await found(first.knowledge, 'gasket')).toEqual(['Seals.md']);
    });

    it('of one tenant are never given to another, by words or by meaning', async () => {
      const { knowledge } = await program(createMemoryDocumentStore(), 'm');
      for (const [tenantId, name] of [
        [acme, 'Ours'],
        [other, 'Theirs'],
      ] as const) {
        await knowledge.add(tenantId, note(name, 'Oil that seeps out of the housing.'));
      }
      await vi.waitFor(async () => expect((await knowledge.figures()).vectors).toBe(2), patience);
      for (const question of ['oil housing', 'drip', 'leaking oil']) {
        // A question whose vector is late is asked by words alone, which find nothing here.
        const sources = (tenantId: TenantId) =>
          vi.waitUntil(async () => {
            const given = await found(knowledge, question, tenantId);
            return given.length > 0 && given;
          }, patience);
        expect(await sources(acme)).toEqual(['Ours.md']);
        expect(await sources(other)).toEqual(['Theirs.md']);
      }
    });
  },
);
