import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryDocumentStore } from '@heliosiq/adapters/memory/document-store.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { TenantId } from '@heliosiq/model';
import type { Library } from '@heliosiq/ports';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createKnowledge } from '../knowledge.ts';
import { syncFolder } from './folder-sync.ts';

// Threads and files take their time on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const acme = TenantId.parse('acme');
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'helios-folder-'));
});
afterEach(() => rm(folder, { recursive: true }));

function setting() {
  const states = createMemoryStateStore();
  const knowledge = createKnowledge({ documents: createMemoryDocumentStore(), state: states, now: () => 0 });
  const read: string[] = [];
  const library: Pick<Library, 'addFile' | 'remove'> = {
    addFile(tenantId, file) {
      read.push(file.source);
      return knowledge.addFile(tenantId, file);
    },
    remove: knowledge.remove,
  };
  const signal = AbortSignal.timeout(60_000);
  const sync = () => syncFolder({ library, states }, acme, { folder, name: 'manuals', tags: ['product:px-9'], signal });
  const sources = async () => (await knowledge.list(acme, { limit: 100 })).map(({ source }) => source).toSorted();
  return { knowledge, sync, sources, read };
}

const write = (path: string, text: string): Promise<void> => writeFile(join(folder, path), text);

describe('syncFolder', () => {
  it('makes documents what the folder is, and reads only what changed', async () => {
    const { knowledge, sync, sources, read } = setting();
    await mkdir(join(folder, 'pumps/.git'), { recursive: true });
    await write('a.md', '# A\n\nThe seal of pump A is blue.');
    await write('pumps/b.html', '<html><body><h1>B</h1><p>The seal of pump B is green.</p></body></html>');
    await write('pumps/.git/c.md', 'hidden');
    await write('photo.png', 'no document');
    expect(await sync()).toMatchObject({ written: ['manuals/a.md', 'manuals/pumps/b.html'], removed: [], refused: [] });
    expect(await sources()).toEqual(['manuals/a.md', 'manuals/pumps/b.html']);
    expect((await knowledge.search(acme, 'green seal', { limit: 1 }))[0]?.source).toBe('manuals/pumps/b.html');
    expect((await knowledge.list(acme, { limit: 1 }))[0]?.tags).toContain('product:px-9');

    read.length = 0;
    await sync();
    expect(read).toEqual([]);

    await write('a.md', '# A\n\nThe seal of pump A is violet.');
    await rm(join(folder, 'pumps/b.html'));
    expect(await sync()).toMatchObject({ written: ['manuals/a.md'], removed: ['manuals/pumps/b.html'] });
    expect(read).toEqual(['manuals/a.md']);
    expect(await sources()).toEqual(['manuals/a.md']);
  });

  it('reads a file that was only touched, and adds nothing', async () => {
    const { sync, read } = setting();
    await write('a.md', '# A\n\nSome text.');
    await sync();
    await utimes(join(folder, 'a.md'), 1, 1);
    expect(await sync()).toMatchObject({ written: [], removed: [] });
    expect(read).toHaveLength(1);
  });

  it('tells what it refuses once, goes on with the rest, and tries again after a change', async () => {
    const { sync, sources } = setting();
    await write('bad.pdf', '%PDF-1.7 and nothing more');
    await write('good.md', 'Good text.');
    const first = await sync();
    expect(first.refused).toEqual([{ source: 'manuals/bad.pdf', reason: expect.stringContaining('broken PDF') }]);
    expect(await sources()).toEqual(['manuals/good.md']);
    expect((await sync()).refused).toEqual([]);
    await write('bad.pdf', 'Plain words after all.');
    expect(await sync()).toMatchObject({ written: ['manuals/bad.pdf'] });
  });

  it('removes nothing when the folder cannot be read', async () => {
    const { sync, sources } = setting();
    await write('a.md', 'Some text.');
    await sync();
    const kept = folder;
    folder = join(kept, 'gone');
    await expect(sync()).rejects.toMatchObject({ code: 'unavailable' });
    folder = kept;
    expect(await sources()).toEqual(['manuals/a.md']);
  });
});
