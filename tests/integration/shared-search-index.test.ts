import { openTestDatabase, useTestServer } from '@heliosiq/adapters/testing/test-postgres.ts';
import { openPgvectorSearchIndex } from '@heliosiq/adapters/pgvector/search-index.ts';
import { TenantId } from '@heliosiq/model';
import { describe, expect, it, vi } from 'vitest';
import { runCommand, startProcess } from '../support/program-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// Two starts of the program, on a busy machine.
vi.setConfig({ testTimeout: 400_000 });

const serverUrl = process.env['HELIOS_TEST_PGVECTOR_URL'];

describe.skipIf(serverUrl === undefined)(
  'a program on a shared pgvector index (needs HELIOS_TEST_PGVECTOR_URL)',
  () => {
    it('puts documents there, finds them there, and finds them again after a restart', async () => {
      await using folder = await temporaryFolder();
      await using database = await useTestServer(serverUrl ?? '').createDatabase();
      const environment = { HELIOS_KNOWLEDGE_INDEX: 'pgvector', HELIOS_KNOWLEDGE_INDEX_URL: database.url };
      await using reader = await openPgvectorSearchIndex({ url: database.url, terms: () => [] });
      const index = await reader.open();
      const passagesOf = async (id: string): Promise<number> =>
        (await index.documents(TenantId.parse('default'))).find((each) => each.document === id)?.passages ?? 0;

      const first = await startProcess(folder.path, environment);
      const key = first.adminKey ?? '';
      const body = {
        source: 'gasket.md',
        format: 'markdown',
        text: '# Gasket G7\n\nThe zirconium gasket is worn.',
      } as const;
      const { document } = await first.client(key).call('addDocument', { body });
      const search = async (program: typeof first) =>
        (await program.client(key).call('search', { query: { q: 'worn zirconium gaskets', limit: '3' } })).passages;
      expect((await search(first))[0]?.source).toBe('gasket.md');
      expect(await passagesOf(document.id)).toBe(1);
      expect(await first.end('SIGTERM')).toBe(0);

      const second = await startProcess(folder.path, environment);
      expect((await search(second))[0]?.source).toBe('gasket.md');
      await second.client(key).call('removeDocument', { params: { id: document.id } });
      expect((await search(second)).map(({ source }) => source)).not.toContain('gasket.md');
      expect(await passagesOf(document.id)).toBe(0);
      expect(await second.end('SIGTERM')).toBe(0);
    });
  },
);

describe('a shared pgvector index that cannot be', () => {
  it('is told at the start with what to do: no database, or one without the extension', async () => {
    await using folder = await temporaryFolder();
    const start = (environment: Readonly<Record<string, string>>) =>
      runCommand(['start', '--data', folder.path, '--port', '0'], {
        HELIOS_KNOWLEDGE_INDEX: 'pgvector',
        ...environment,
      });
    const nowhere = await start({});
    expect(nowhere.code).toBe(1);
    expect(nowhere.stderr).toContain('HELIOS_KNOWLEDGE_INDEX_URL');
    await using plain = await openTestDatabase();
    const lacking = await start({ HELIOS_KNOWLEDGE_INDEX_URL: plain.url });
    expect(lacking.code).toBe(1);
    expect(lacking.stderr).toContain('does not have the extension pgvector');
    expect(lacking.stderr).toContain('knowledge.index to local');
  });
});
