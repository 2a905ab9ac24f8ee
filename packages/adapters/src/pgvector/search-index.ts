/** The search index on PostgreSQL with the pgvector extension: full text search for words, HNSW for vectors. */

import { Pool } from 'pg';
import type { PoolClient } from 'pg';
import { HeliosError } from '@heliosiq/model';
import type { TenantId } from '@heliosiq/model';
import { PASSAGES_PER_CALL_MAX } from '@heliosiq/ports';
import type { IndexedPassage, IndexHit, IndexQuery, SearchIndex } from '@heliosiq/ports';
import { checkedLimit, checkKeyCount } from '../limits.ts';
import { fuseRanks } from './rank-fusion.ts';

export interface PgvectorOptions {
  /** A database whose user may create the extension, or one that has it. */
  readonly url: string;
  /** The length of vectors; another length takes another table. */
  readonly dimensions: number;
}

/** An index that holds connections. */
export interface PgvectorSearchIndex extends SearchIndex, AsyncDisposable {}

/** Hits of each ranking that are fused. */
const DEPTH = 200;
const CONNECTIONS_MAX = 4;
const STATEMENT_TIMEOUT_MS = 30_000;
const QUESTION_LENGTH_MAX = 4000;
/** What HNSW of pgvector can hold. */
const DIMENSIONS_MAX = 2000;

/**
 * Opens the index and makes its table where it is missing. Rows of tenants are kept apart by every statement's condition
 * and, for users that are no superuser, by row-level security as well.
 *
 * @throws HeliosError `unavailable` without a connection or the extension, `config-invalid` for more than 2,000 dimensions.
 */
export async function openPgvectorSearchIndex({ url, dimensions }: PgvectorOptions): Promise<PgvectorSearchIndex> {
  if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > DIMENSIONS_MAX) {
    throw new HeliosError('config-invalid', `pgvector holds vectors of 1 to ${DIMENSIONS_MAX} dimensions`);
  }
  const pool = new Pool({ connectionString: url, max: CONNECTIONS_MAX, statement_timeout: STATEMENT_TIMEOUT_MS });
  // A connection that breaks while idle is replaced by the pool; the next statement tells.
  pool.on('error', () => undefined);
  const table = `search_passage_${dimensions}`;

  async function asTenant<Result>(tenantId: TenantId, work: (client: PoolClient) => Promise<Result>): Promise<Result> {
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

  async function byWords(client: PoolClient, tenantId: TenantId, query: IndexQuery, limit: number) {
    // Any word may match, as in a ranking; `plainto_tsquery` would ask for all of them.
    const { rows } = await client.query<{ key: string; score: number }>(
      `with question as (select replace(plainto_tsquery('english', $2)::text, '&', '|')::tsquery as words)
       select key, ts_rank_cd(${table}.words, question.words, 1)::float8 as score
         from ${table}, question
        where tenant_id = $1 and ${table}.words @@ question.words and ($3::text[] is null or tags && $3)
        order by score desc, key limit $4`,
      [
        tenantId,
        query.text.slice(0, QUESTION_LENGTH_MAX).replaceAll('\0', ' ').toWellFormed(),
        query.tags ?? null,
        limit,
      ],
    );
    return rows;
  }

  async function byVector(client: PoolClient, tenantId: TenantId, query: IndexQuery, limit: number) {
    const { rows } = await client.query<{ key: string; score: number }>(
      `select key, 1 - (embedding <=> $2::vector)::float8 as score from ${table}
        where tenant_id = $1 and embedding is not null and ($3::text[] is null or tags && $3)
        order by embedding <=> $2::vector, key limit $4`,
      [tenantId, vectorText(query.vector ?? []), query.tags ?? null, limit],
    );
    return rows;
  }

  await prepare(pool, table, dimensions);
  return {
    async put(tenantId, passages) {
      checkKeyCount(passages, PASSAGES_PER_CALL_MAX, 'passages');
      checkVectors(passages, dimensions);
      if (passages.length === 0) return;
      // The last of several with one key counts; a statement may touch a row only once.
      const last = [...new Map(passages.map((passage) => [passage.key, passage])).values()];
      await asTenant(tenantId, (client) =>
        client.query(
          `insert into ${table} (tenant_id, key, tags, words, embedding)
           select $1, key, array(select jsonb_array_elements_text(tags::jsonb)),
                  setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', headings), 'B') || to_tsvector('english', body),
                  embedding::vector
             from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) as news(key, tags, title, headings, body, embedding)
           on conflict (tenant_id, key) do update
              set tags = excluded.tags, words = excluded.words, embedding = excluded.embedding`,
          [
            tenantId,
            last.map(({ key }) => key),
            last.map(({ tags }) => JSON.stringify(tags)),
            last.map(({ title }) => storable(title)),
            last.map(({ headings }) => storable(headings.join('\n'))),
            last.map(({ text }) => storable(text)),
            last.map(({ vector }) => (vector === undefined ? null : vectorText(vector))),
          ],
        ),
      );
    },
    async remove(tenantId, keys) {
      checkKeyCount(keys, PASSAGES_PER_CALL_MAX, 'keys');
      const { rowCount } = await asTenant(tenantId, (client) =>
        client.query(`delete from ${table} where tenant_id = $1 and key = any($2)`, [tenantId, keys]),
      );
      return rowCount ?? 0;
    },
    async search(tenantId, query) {
      const limit = checkedLimit(query.limit, 1000);
      const hasVector = query.vector !== undefined && Array.from(query.vector).some((part) => part !== 0);
      return asTenant(tenantId, async (client): Promise<readonly IndexHit[]> => {
        if (query.mode === 'lexical' || !hasVector) {
          const words = await byWords(client, tenantId, query, limit);
          return words.map(({ key, score }) => ({ key, score, lexical: score }));
        }
        const near = await byVector(client, tenantId, query, query.mode === 'dense' ? limit : Math.max(limit, DEPTH));
        if (query.mode === 'dense') return near.map(({ key, score }) => ({ key, score, dense: score }));
        const words = await byWords(client, tenantId, query, Math.max(limit, DEPTH));
        return fuseRanks(words, near).slice(0, limit);
      });
    },
    async size(tenantId) {
      const { rows } = await asTenant(tenantId, (client) =>
        client.query<{ count: number }>(`select count(*)::int as count from ${table} where tenant_id = $1`, [tenantId]),
      );
      return rows[0]?.count ?? 0;
    },
    [Symbol.asyncDispose]: () => pool.end(),
  };
}

async function prepare(pool: Pool, table: string, dimensions: number): Promise<void> {
  try {
    // Programs that start at once take turns: creating the same thing twice at a time is an error.
    await pool.query(`
      begin;
      select pg_advisory_xact_lock(hashtext('heliosiq search index'));
      create extension if not exists vector;
      create table if not exists ${table} (
        tenant_id text not null,
        key text not null check (length(key) between 1 and 200),
        tags text[] not null,
        words tsvector not null,
        embedding vector(${dimensions}),
        primary key (tenant_id, key)
      );
      create index if not exists ${table}_words on ${table} using gin (words);
      create index if not exists ${table}_embedding on ${table} using hnsw (embedding vector_cosine_ops);
      alter table ${table} enable row level security;
      alter table ${table} force row level security;
      drop policy if exists of_tenant on ${table};
      create policy of_tenant on ${table} using (tenant_id = current_setting('helios.tenant', true));
      commit;`);
  } catch (cause) {
    await pool.end();
    throw new HeliosError('unavailable', 'the search index on PostgreSQL cannot be opened', {
      cause,
      cure: 'check the address, and that the pgvector extension (0.8 or newer) is installed there',
    });
  }
}

function checkVectors(passages: readonly IndexedPassage[], dimensions: number): void {
  for (const { key, vector } of passages) {
    if (vector !== undefined && vector.length !== dimensions) {
      throw new HeliosError('invalid-request', `the vector of ${key} does not have ${dimensions} dimensions`);
    }
  }
}

function vectorText(vector: ArrayLike<number>): string {
  return `[${Array.from(vector).join(',')}]`;
}

/** PostgreSQL keeps no NUL and no half of a surrogate pair. */
function storable(text: string): string {
  return text.replaceAll('\0', ' ').toWellFormed();
}
