import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryDocumentStore } from '@heliosiq/adapters/memory/document-store.ts';
import { createMemoryLease } from '@heliosiq/adapters/memory/lease.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { TenantId } from '@heliosiq/model';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createKnowledge } from '../knowledge.ts';
import { createDocumentFeeds } from './document-feeds.ts';
import { refreshClone } from './git-clone.ts';

// Threads and files take their time on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const acme = TenantId.parse('acme');
const patience = { timeout: 90_000, interval: 50 };
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'helios-feeds-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A repository with one file, and a way to commit another version of it. */
async function repository() {
  const path = join(folder, 'origin');
  const git = (...words: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.com', ...words], { stdio: 'pipe' });
  git('init', '--quiet', '--initial-branch', 'main', path);
  const commit = async (text: string): Promise<void> => {
    await writeFile(join(path, 'pump.md'), text);
    git('-C', path, 'add', '-A');
    git('-C', path, 'commit', '--quiet', '-m', 'change');
  };
  return { url: `file://${path}`, commit };
}

describe('document feeds', () => {
  it('follow a folder, a repository and the web until they are stopped, and go on when one of them fails', async () => {
    await using stack = new AsyncDisposableStack();
    const pages: Record<string, string> = { '/': '<a href="page.md">page</a>', '/page.md': 'The page says pong.' };
    const server = createServer((request, response) => response.end(pages[request.url ?? '']));
    server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    stack.defer(() => {
      server.closeAllConnections();
      server.close();
    });
    const { port } = server.address() as AddressInfo; // it listens on a port, not on a pipe
    const origin = await repository();
    await origin.commit('# Pump\n\nThe pump runs at 900 rpm.');
    const notes = join(folder, 'notes');
    await mkdir(notes);
    await writeFile(join(notes, 'note.txt'), 'The note says ping.');
    const logger = createMemoryLogger();
    const meter = createMemoryMeter();
    const states = createMemoryStateStore();
    const library = createKnowledge({ documents: createMemoryDocumentStore(), state: states, now: Date.now });
    const common = { tenantId: acme, everyS: 0.05 };
    const feeds = createDocumentFeeds({
      feeds: [
        { ...common, name: 'notes', folder: notes },
        { ...common, name: 'manuals', git: origin.url, branch: 'main' },
        { ...common, name: 'site', web: `http://127.0.0.1:${port}/`, allowPrivate: true },
        { ...common, name: 'broken', git: `file://${folder}/nowhere` },
      ],
      clonesFolder: join(folder, 'clones'),
      library,
      states,
      lease: createMemoryLease(),
      logger,
      meter,
      now: Date.now,
    });
    const stop = new AbortController();
    const running = feeds.run(stop.signal);
    try {
      const texts = async () => {
        const found = await library.search(acme, 'pump rpm note ping page', { limit: 10 });
        return found.map(({ source, passage }) => `${source}: ${passage.text}`).toSorted();
      };
      await vi.waitFor(
        async () =>
          expect(await texts()).toEqual(
            expect.arrayContaining([
              expect.stringMatching(/^manuals\/pump.md: .*900/),
              'notes/note.txt: The note says ping.',
              'site/page.md: The page says pong.',
            ]),
          ),
        patience,
      );
      await origin.commit('# Pump\n\nThe pump runs at 1200 rpm.');
      await vi.waitFor(async () => expect((await texts()).join()).toMatch(/1200 rpm/), patience);
      await vi.waitFor(
        () =>
          expect(
            meter.value('heliosiq_knowledge_feed_runs_total', { feed: 'broken', outcome: 'failed' }),
          ).toBeGreaterThan(0),
        patience,
      );
    } finally {
      stop.abort();
      await running;
    }
  });

  it('refuses addresses that would be options of Git, and tells no password', async () => {
    const signal = AbortSignal.timeout(60_000);
    await expect(
      refreshClone({ url: '--upload-pack=touch x', folder: join(folder, 'c') }, signal),
    ).rejects.toMatchObject({
      code: 'config-invalid',
    });
    const secret = refreshClone({ url: 'http://user:hunter2@127.0.0.1:9/x.git', folder: join(folder, 'c') }, signal);
    await expect(secret).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.not.stringContaining('hunter2'),
    });
  });
});
