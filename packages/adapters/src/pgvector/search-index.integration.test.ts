import { CONFORMANCE_DIMENSIONS, searchIndexConformance } from '@heliosiq/ports/conformance/search-index.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useTestServer } from '../testing/test-postgres.ts';
import type { TestDatabase } from '../testing/test-postgres.ts';
import { openPgvectorSearchIndex } from './search-index.ts';
import type { PgvectorSearchIndex } from './search-index.ts';

const serverUrl = process.env['HELIOS_TEST_PGVECTOR_URL'];

describe.skipIf(serverUrl === undefined)('pgvector (needs HELIOS_TEST_PGVECTOR_URL)', () => {
  let database: TestDatabase;
  let index: PgvectorSearchIndex;
  beforeAll(async () => {
    database = await useTestServer(serverUrl ?? '').createDatabase();
    index = await openPgvectorSearchIndex({ url: database.url, dimensions: CONFORMANCE_DIMENSIONS });
  });
  afterAll(async () => {
    await index[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  searchIndexConformance('pgvector', () => index);

  it('opens what is there already, also twice at once', async () => {
    const options = { url: database.url, dimensions: CONFORMANCE_DIMENSIONS };
    const opened = await Promise.all([openPgvectorSearchIndex(options), openPgvectorSearchIndex(options)]);
    for (const each of opened) await each[Symbol.asyncDispose]();
    expect(opened).toHaveLength(2);
  });

  it('says what is missing where it cannot be opened', async () => {
    const nowhere = openPgvectorSearchIndex({ url: 'postgres://127.0.0.1:9/none', dimensions: 4 });
    await expect(nowhere).rejects.toMatchObject({ code: 'unavailable', cure: expect.stringContaining('pgvector') });
    await expect(openPgvectorSearchIndex({ url: database.url, dimensions: 5000 })).rejects.toMatchObject({
      code: 'config-invalid',
    });
  });
});
