import { CONFORMANCE_DIMENSIONS, searchIndexConformance } from '@heliosiq/ports/conformance/search-index.ts';
import { freshTenant } from '@heliosiq/ports/conformance/fresh-tenant.ts';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestDatabase, useTestServer } from '../testing/test-postgres.ts';
import type { TestDatabase } from '../testing/test-postgres.ts';
import { openPgvectorSearchIndex } from './search-index.ts';
import type { PgvectorSearchIndex } from './search-index.ts';

const serverUrl = process.env['HELIOS_TEST_PGVECTOR_URL'];

/** Words without their commonest endings: enough English for these tests. */
function terms(text: string): readonly string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.map((word) => word.replace(/(?<=\w{3})(?:ing|s)$/, ''));
}

const model = { id: 'm', dimensions: CONFORMANCE_DIMENSIONS };

describe.skipIf(serverUrl === undefined)('pgvector (needs HELIOS_TEST_PGVECTOR_URL)', () => {
  let database: TestDatabase;
  let shared: PgvectorSearchIndex;
  beforeAll(async () => {
    database = await useTestServer(serverUrl ?? '').createDatabase();
    shared = await openPgvectorSearchIndex({ url: database.url, terms });
  });
  afterAll(async () => {
    await shared[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  async function tablesOfVectors(): Promise<number> {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const { rowCount } = await client.query(`select 1 from pg_tables where tablename like 'helios_search_vector_%'`);
    await client.end();
    return rowCount ?? 0;
  }

  searchIndexConformance('pgvector', () => shared.open(model));

  it('opens what is there already, also twice at once', async () => {
    const opened = await Promise.all([1, 2].map(() => openPgvectorSearchIndex({ url: database.url, terms })));
    await Promise.all(opened.map((each) => each.open(model)));
    for (const each of opened) await each[Symbol.asyncDispose]();
    expect(opened).toHaveLength(2);
  });

  it('keeps words where the model changes, sees only its own vectors, and drops those of the model before the last', async () => {
    const tenant = freshTenant();
    const passage = {
      key: 'k',
      document: 'd',
      version: '1',
      title: 'Pump',
      headings: [],
      tags: [],
      text: 'a seal leaks',
    };
    const byMeaning = { text: 'zebra', vector: [1, 0, 0, 0], mode: 'dense' as const, limit: 5 };
    const first = await shared.open(model);
    await first.put(tenant, [{ ...passage, vector: [1, 0, 0, 0] }]);
    const wordsOnly = await shared.open();
    expect(await wordsOnly.search(tenant, { ...byMeaning, text: 'seal' })).toMatchObject([{ key: 'k' }]);
    const second = await shared.open({ id: 'other', dimensions: 3000 });
    expect(await second.search(tenant, { text: 'seal', mode: 'hybrid', limit: 5 })).toMatchObject([{ key: 'k' }]);
    const long = Array.from({ length: 3000 }, (_, at) => (at === 7 ? 1 : 0));
    expect(await second.search(tenant, { ...byMeaning, vector: long })).toEqual([]);
    await second.put(tenant, [{ ...passage, vector: long }]);
    expect(await second.search(tenant, { ...byMeaning, vector: long })).toMatchObject([{ key: 'k' }]);
    // The passage was replaced as a whole: its vector of the first model went with it.
    expect(await first.search(tenant, byMeaning)).toEqual([]);
    await shared.open({ id: 'third', dimensions: 4 });
    expect(await tablesOfVectors()).toBe(2);
    await shared.open(model);
  });

  it('says what is missing where it cannot be opened', async () => {
    const nowhere = openPgvectorSearchIndex({ url: 'postgres://127.0.0.1:9/none', terms });
    await expect(nowhere).rejects.toMatchObject({ code: 'unavailable', cure: expect.stringContaining('pgvector') });
    await expect(shared.open({ id: 'm', dimensions: 5000 })).rejects.toMatchObject({ code: 'config-invalid' });
  });
});

describe('a PostgreSQL without pgvector', () => {
  it('is refused with what to install', async () => {
    await using database = await openTestDatabase();
    await expect(openPgvectorSearchIndex({ url: database.url, terms })).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining('does not have the extension pgvector'),
      cure: expect.stringContaining('knowledge.index to local'),
    });
  });
});
