import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryDocumentStore } from '@heliosiq/adapters/memory/document-store.ts';
import { createMemoryStateStore } from '@heliosiq/adapters/memory/state-store.ts';
import { TenantId } from '@heliosiq/model';
import type { DocumentStore } from '@heliosiq/ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKnowledge } from './knowledge.ts';
import { createSnapshotFolder } from './snapshot-folder.ts';

const acme = TenantId.parse('acme');
const globex = TenantId.parse('globex');
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'helios-snapshots-'));
});
afterEach(() => rm(folder, { recursive: true }));

const note = (source: string, text: string) => ({ source, format: 'markdown' as const, text });

function setting() {
  const stored = createMemoryDocumentStore();
  const read: string[] = [];
  const documents: DocumentStore = {
    ...stored,
    passages(tenantId, id) {
      read.push(id);
      return stored.passages(tenantId, id);
    },
  };
  const state = createMemoryStateStore();
  const start = () => createKnowledge({ documents, state, now: () => 0, snapshots: createSnapshotFolder(folder) });
  return { start, read };
}

const found = async (knowledge: ReturnType<typeof createKnowledge>, words: string, tenant = acme) =>
  (await knowledge.search(tenant, words, { limit: 10 })).map(({ source, score }) => [source, score]);

describe('snapshots of indexes', () => {
  it('answer as the index did, and a start reads only what was changed since', async () => {
    const { start, read } = setting();
    const first = start();
    for (let at = 0; at < 20; at += 1)
      await first.add(acme, note(`n${at}.md`, `# Note ${at}\n\nvalve w${at % 7} seal`));
    expect(await first.saveSnapshots()).toBe(1);
    expect(await first.saveSnapshots()).toBe(0);
    await first.add(acme, note('n3.md', '# Note 3\n\nvalve replaced by a flap'));
    await first.add(acme, note('late.md', '# Late\n\nvalve of the late'));
    const { document } = await first.add(acme, note('n5.md', '# Note 5\n\nvalve'));
    await first.remove(acme, document.id);
    const answers = await found(first, 'valve w3 flap late');

    read.length = 0;
    const second = start();
    expect(await found(second, 'flap')).toHaveLength(1);
    // The two that changed; one of them is the answer.
    expect(new Set(read).size).toBe(2);
    const sources = new Set((await found(second, 'valve w3 flap late')).map(([source]) => source));
    expect(sources).toEqual(new Set(answers.map(([source]) => source)));
    await second.add(acme, note('n5.md', '# Note 5\n\nvalve is back'));
    expect((await found(second, 'back'))[0]?.[0]).toBe('n5.md');
  });

  it('that are damaged, or of another tenant, are passed over', async () => {
    const { start } = setting();
    const first = start();
    await first.add(acme, note('a.md', 'The secret of acme.'));
    await first.add(globex, note('g.md', 'The plan of globex.'));
    expect(await first.saveSnapshots()).toBe(2);
    const [one = '', other = ''] = (await readdir(folder)).map((name) => join(folder, name));
    const bytes = await readFile(one);
    await writeFile(one, await readFile(other));
    await writeFile(other, bytes);
    expect(await found(start(), 'secret plan', acme)).toHaveLength(1);
    expect((await found(start(), 'secret plan', globex))[0]?.[0]).toBe('g.md');
    await writeFile(one, bytes.subarray(0, bytes.length / 2));
    await writeFile(other, 'no snapshot');
    expect((await found(start(), 'secret plan', acme))[0]?.[0]).toBe('a.md');
  });

  it('what another program stored is found after following it', async () => {
    const { start } = setting();
    const [one, other] = [start(), start()];
    await one.add(acme, note('a.md', 'valve'));
    expect(await found(other, 'valve')).toHaveLength(1);
    await one.add(acme, note('b.md', 'valve too'));
    const signal = AbortSignal.timeout(60_000);
    expect(await other.follow(signal)).toBe(1);
    expect(await found(other, 'valve')).toHaveLength(2);
    expect(await other.follow(signal)).toBe(0);
  });
});
