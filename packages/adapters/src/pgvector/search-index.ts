/** The search index on PostgreSQL with the pgvector extension: full text search for words, HNSW for vectors. */

import { Pool } from 'pg';
import type { PoolClient } from 'pg';
import { HeliosError } from '@heliosiq/model';
import type { TenantId } from '@heliosiq/model';
import { EXCEPT_DOCUMENTS_MAX, PASSAGES_PER_CALL_MAX } from '@heliosiq/ports';
import type { IndexedDocument, IndexedPassage, PassageVector, SearchIndex, SharedSearchIndex } from '@heliosiq/ports';
import { checkedLimit, checkKeyCount } from '../limits.ts';
import { passageWords } from './passage-words.ts';
import type { Terms } from './passage-words.ts';
import { askedTerms, byVector, byWords } from './passage-ranking.ts';
import { fuseRanks } from './rank-fusion.ts';
import { PASSAGE_TABLE, prepareTables, prepareVectorTable } from './search-tables.ts';
import type { VectorModel, VectorTable } from './search-tables.ts';

export interface PgvectorOptions {
  /** A database whose user may create the extension, or one that has it. */
  readonly url: string;
  /** How texts and questions become terms. */
  readonly terms: Terms;
}

/** An index that holds connections. */
export interface PgvectorSearchIndex extends SharedSearchIndex, AsyncDisposable {}

/** Hits of each ranking that are fused. */
const DEPTH = 200;
const CONNECTIONS_MAX = 4;
const CONNECT_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 30_000;

/**
 * Opens the index and makes its tables where they are missing. Rows of tenants are kept apart by every statement's condition
 * and, for users that are no superuser, by row-level security as well.
 *
 * @throws HeliosError `unavailable` without a connection, `config-invalid` without the extension.
 */
export async function openPgvectorSearchIndex({ url, terms }: PgvectorOptions): Promise<PgvectorSearchIndex> {
  const pool = new Pool({
    connectionString: url,
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
  });
  // A connection that breaks while idle is replaced by the pool; the next statement tells.
  pool.on('error', () => undefined);
  try {
    await prepareTables(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return {
    open: async (model) => indexOver(pool, { terms, model, vectors: model && (await prepareVectorTable(pool, model)) }),
    [Symbol.asyncDispose]: () => pool.end(),
  };
}

interface IndexOptions {
  readonly terms: Terms;
  readonly model: VectorModel | undefined;
  readonly vectors: VectorTable | undefined;
}

function indexOver(pool: Pool, { terms, model, vectors }: IndexOptions): SearchIndex {
  async function writeVectors(client: PoolClient, tenantId: TenantId, given: readonly PassageVector[]): Promise<void> {
    const pointing = [...new Map(given.map((each) => [each.key, each])).values()].filter(({ vector }) =>
      isPointing(vector),
    );
    if (vectors === undefined || pointing.length === 0) return;
    await client.query(
      `insert into ${vectors.name} (tenant_id, key, embedding)
       select $1, p.key, embedding::${vectors.type}
         from unnest($2::text[], $3::text[], $4::text[]) as news(key, version, embedding)
         join ${PASSAGE_TABLE} p on p.tenant_id = $1 and p.key = news.key and p.version = news.version
       on conflict (tenant_id, key) do update set embedding = excluded.embedding`,
      [
        tenantId,
        pointing.map(({ key }) => key),
        pointing.map(({ version }) => version),
        pointing.map(({ vector }) => vectorText(vector)),
      ],
    );
  }

  return {
    async put(tenantId, passages) {
      checkKeyCount(passages, PASSAGES_PER_CALL_MAX, 'passages');
      checkVectors(passages, model?.dimensions);
      if (passages.length === 0) return;
      // The last of several with one key counts.
      const last = [...new Map(passages.map((passage) => [passage.key, passage])).values()];
      await asTenant(pool, tenantId, async (client) => {
        // Programs that put the same passages at once take turns.
        await client.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [
          `heliosiq search index ${tenantId}`,
        ]);
        // With the old rows go their vectors of every model.
        await client.query(`delete from ${PASSAGE_TABLE} where tenant_id = $1 and key = any($2)`, [
          tenantId,
          last.map(({ key }) => key),
        ]);
        await client.query(
          `insert into ${PASSAGE_TABLE} (tenant_id, key, document, version, tags, words)
           select $1, key, document, version, array(select jsonb_array_elements_text(tags::jsonb)), words::tsvector
             from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) as news(key, document, version, tags, words)`,
          [
            tenantId,
            last.map(({ key }) => key),
            last.map(({ document }) => document),
            last.map(({ version }) => version),
            last.map(({ tags }) => JSON.stringify(tags)),
            last.map((passage) => passageWords(passage, terms)),
          ],
        );
        await writeVectors(
          client,
          tenantId,
          last.flatMap(({ key, version, vector }) => (vector === undefined ? [] : [{ key, version, vector }])),
        );
      });
    },
    async setVectors(tenantId, given) {
      checkKeyCount(given, PASSAGES_PER_CALL_MAX, 'vectors');
      checkVectors(given, model?.dimensions);
      if (given.length > 0) await asTenant(pool, tenantId, (client) => writeVectors(client, tenantId, given));
    },
    async remove(tenantId, keys) {
      checkKeyCount(keys, PASSAGES_PER_CALL_MAX, 'keys');
      const { rowCount } = await asTenant(pool, tenantId, (client) =>
        client.query(`delete from ${PASSAGE_TABLE} where tenant_id = $1 and key = any($2)`, [tenantId, keys]),
      );
      return rowCount ?? 0;
    },
    async removeDocument(tenantId, document) {
      const { rowCount } = await asTenant(pool, tenantId, (client) =>
        client.query(`delete from ${PASSAGE_TABLE} where tenant_id = $1 and document = $2`, [tenantId, document]),
      );
      return rowCount ?? 0;
    },
    async search(tenantId, query) {
      const limit = checkedLimit(query.limit, 1000);
      checkKeyCount(query.exceptDocuments ?? [], EXCEPT_DOCUMENTS_MAX, 'documents');
      const { vector } = query;
      return asTenant(pool, tenantId, async (client) => {
        const asked = await askedTerms(client, tenantId, terms(query.text));
        const narrowed = { tenantId, asked, tags: query.tags ?? null, except: query.exceptDocuments ?? [] };
        if (query.mode === 'lexical' || vectors === undefined || vector === undefined || !isPointing(vector)) {
          return byWords(client, { ...narrowed, limit });
        }
        const near = { ...narrowed, vectors, vector: vectorText(vector) };
        if (query.mode === 'dense') return byVector(client, { ...near, limit });
        const depth = Math.max(limit, DEPTH);
        const dense = await byVector(client, { ...near, limit: depth });
        return fuseRanks(await byWords(client, { ...narrowed, limit: depth }), dense).slice(0, limit);
      });
    },
    async weights(tenantId, text) {
      const asked = await asTenant(pool, tenantId, (client) => askedTerms(client, tenantId, terms(text)));
      return new Map(asked.map(({ term, weight }) => [term, weight]));
    },
    async documents(tenantId) {
      const counted =
        vectors === undefined
          ? { count: '0', join: '' }
          : { count: 'count(v.key)', join: `left join ${vectors.name} v using (tenant_id, key)` };
      const { rows } = await asTenant(pool, tenantId, (client) =>
        client.query<{ document: string; version: string; passages: number; vectors: number }>(
          `select document, case when min(version) = max(version) then min(version) else '' end as version,
                  count(*)::int as passages, (${counted.count})::int as vectors
             from ${PASSAGE_TABLE} p ${counted.join} where p.tenant_id = $1 group by document order by document`,
          [tenantId],
        ),
      );
      return rows satisfies readonly IndexedDocument[];
    },
    async size(tenantId) {
      const { rows } = await asTenant(pool, tenantId, (client) =>
        client.query<{ count: number }>(`select count(*)::int as count from ${PASSAGE_TABLE} where tenant_id = $1`, [
          tenantId,
        ]),
      );
      return rows[0]?.count ?? 0;
    },
  };
}

async function asTenant<Result>(
  pool: Pool,
  tenantId: TenantId,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect().catch((cause: unknown) => {
    throw new HeliosError('unavailable', 'the search index cannot be reached', { cause });
  });
  let broken: Error | undefined;
  try {
    await client.query('begin');
    await client.query(`select set_config('helios.tenant', $1, true)`, [tenantId]);
    // With a filter the graph is walked on until enough rows pass it.
    await client.query(`set local hnsw.iterative_scan = strict_order`);
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((cause: unknown) => {
      broken = cause instanceof Error ? cause : new Error(String(cause));
    });
    throw error instanceof HeliosError
      ? error
      : new HeliosError('unavailable', 'the search index failed', { cause: error });
  } finally {
    client.release(broken);
  }
}

function checkVectors(passages: readonly (IndexedPassage | PassageVector)[], dimensions: number | undefined): void {
  for (const { key, vector } of passages) {
    if (vector !== undefined && vector.length !== dimensions) {
      throw new HeliosError(
        'invalid-request',
        `the vector of ${key} does not have ${dimensions ?? 'any of 0'} dimensions`,
      );
    }
  }
}

/** A vector of zeros has no direction, and no cosine with any other. */
function isPointing(vector: ArrayLike<number>): boolean {
  return Array.from(vector).some((part) => part !== 0);
}

function vectorText(vector: ArrayLike<number>): string {
  return `[${Array.from(vector).join(',')}]`;
}
