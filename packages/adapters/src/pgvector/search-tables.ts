/** The tables of the search index on PostgreSQL: passages with their words, and for each embedding model its vectors. */

import type { Pool, PoolClient } from 'pg';
import { HeliosError } from '@heliosiq/model';
import { sha256Hex } from '@heliosiq/model/content-id.ts';

/** An embedding model as far as tables depend on it. */
export interface VectorModel {
  readonly id: string;
  readonly dimensions: number;
}

/** A table of vectors and the type of its column. */
export interface VectorTable {
  readonly name: string;
  readonly type: 'vector' | 'halfvec';
}

export const PASSAGE_TABLE = 'helios_search_passage';
const MODEL_TABLE = 'helios_search_model';
/** The model in use, and the one before it, so that a change can be taken back without embedding everything again. */
const MODELS_MAX = 2;
/** What HNSW of pgvector can hold in full and in half precision. */
const FULL_DIMENSIONS_MAX = 2000;
const DIMENSIONS_MAX = 4000;
const VERSION_MIN = [0, 8] as const;
const CURE_INSTALL =
  'install pgvector 0.8 or newer on that server (Debian: postgresql-18-pgvector), or set knowledge.index to local';

/**
 * Makes what is missing: the extension, the table of passages and that of models.
 *
 * @throws HeliosError `unavailable` without a connection, `config-invalid` where the extension is missing, too old, or may
 * not be created by this user; each with its cure.
 */
export async function prepareTables(pool: Pool): Promise<void> {
  await inTurn(pool, async (client) => {
    await prepareExtension(client);
    if (await isThere(client, PASSAGE_TABLE)) return;
    await client.query(`
      create table ${PASSAGE_TABLE} (
        tenant_id text not null,
        key text not null check (length(key) between 1 and 200),
        document text not null check (length(document) between 1 and 200),
        version text not null,
        tags text[] not null,
        words tsvector not null,
        primary key (tenant_id, key)
      );
      create index ${PASSAGE_TABLE}_document on ${PASSAGE_TABLE} (tenant_id, document);
      create index ${PASSAGE_TABLE}_words on ${PASSAGE_TABLE} using gin (words);
      ${rowSecurity(PASSAGE_TABLE)}
      create table ${MODEL_TABLE} (
        table_name text primary key,
        model_id text not null,
        dimensions int not null,
        used_at timestamptz not null
      );`);
  });
}

/** Makes the table of a model's vectors where it is missing, and drops those of models before the last two. */
export async function prepareVectorTable(pool: Pool, { id, dimensions }: VectorModel): Promise<VectorTable> {
  if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > DIMENSIONS_MAX) {
    throw new HeliosError('config-invalid', `pgvector searches vectors of 1 to ${DIMENSIONS_MAX} dimensions`, {
      cure: 'take an embedding model with shorter vectors, or set knowledge.index to local',
    });
  }
  const type = dimensions > FULL_DIMENSIONS_MAX ? 'halfvec' : 'vector';
  const name = `helios_search_vector_${sha256Hex(`${id}\n${dimensions}`).slice(0, 16)}`;
  await inTurn(pool, async (client) => {
    if (!(await isThere(client, name))) {
      await client.query(`
        create table ${name} (
          tenant_id text not null,
          key text not null,
          embedding ${type}(${dimensions}) not null,
          primary key (tenant_id, key),
          foreign key (tenant_id, key) references ${PASSAGE_TABLE} on delete cascade
        );
        create index on ${name} using hnsw (embedding ${type}_cosine_ops);
        ${rowSecurity(name)}`);
    }
    await client.query(
      `insert into ${MODEL_TABLE} values ($1, $2, $3, clock_timestamp()) on conflict (table_name) do update set used_at = excluded.used_at`,
      [name, id, dimensions],
    );
    const { rows } = await client.query<{ table_name: string }>(
      `delete from ${MODEL_TABLE} where table_name not in
         (select table_name from ${MODEL_TABLE} order by used_at desc limit ${MODELS_MAX}) returning table_name`,
    );
    for (const { table_name: old } of rows) await client.query(`drop table if exists ${client.escapeIdentifier(old)}`);
  });
  return { name, type };
}

/** Programs that start at once take turns: creating the same thing twice at a time is an error. */
async function inTurn(pool: Pool, work: (client: PoolClient) => Promise<void>): Promise<void> {
  const client = await pool.connect().catch((cause: unknown) => {
    throw new HeliosError('unavailable', 'the search index on PostgreSQL cannot be reached', {
      cause,
      cure: 'check knowledge.index-url, and that a PostgreSQL with pgvector listens there',
    });
  });
  let broken: Error | undefined;
  try {
    await client.query('begin');
    await client.query(`select pg_advisory_xact_lock(hashtext('heliosiq search index'))`);
    await work(client);
    await client.query('commit');
  } catch (cause) {
    await client.query('rollback').catch((error: unknown) => {
      broken = error instanceof Error ? error : new Error(String(error));
    });
    if (cause instanceof HeliosError) throw cause;
    throw new HeliosError('unavailable', 'the search index on PostgreSQL cannot be prepared', { cause });
  } finally {
    client.release(broken);
  }
}

async function prepareExtension(client: PoolClient): Promise<void> {
  const version = async (): Promise<string | undefined> => {
    const { rows } = await client.query<{ extversion: string }>(
      `select extversion from pg_extension where extname = 'vector'`,
    );
    return rows[0]?.extversion;
  };
  if ((await version()) === undefined) {
    const { rows } = await client.query(`select 1 from pg_available_extensions where name = 'vector'`);
    if (rows.length === 0) {
      throw new HeliosError(
        'config-invalid',
        'the PostgreSQL of the search index does not have the extension pgvector',
        {
          cure: CURE_INSTALL,
        },
      );
    }
    await client.query('create extension if not exists vector').catch((cause: unknown) => {
      throw new HeliosError('config-invalid', 'the extension pgvector is there but could not be created', {
        cause,
        cure: 'have a superuser run `create extension vector` in that database',
      });
    });
  }
  const present = (await version()) ?? '';
  const [major = 0, minor = 0] = present.split('.').map(Number);
  if (major < VERSION_MIN[0] || (major === VERSION_MIN[0] && minor < VERSION_MIN[1])) {
    throw new HeliosError('config-invalid', `the extension pgvector is of version ${present}, which is too old`, {
      cure: `${CURE_INSTALL}; after an upgrade run \`alter extension vector update\``,
    });
  }
}

async function isThere(client: PoolClient, table: string): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>('select to_regclass($1) is not null as there', [table]);
  return rows[0]?.there === true;
}

function rowSecurity(table: string): string {
  return `
    alter table ${table} enable row level security;
    alter table ${table} force row level security;
    create policy of_tenant on ${table} using (tenant_id = current_setting('helios.tenant', true));`;
}
