/** The two rankings of the search index on PostgreSQL: by words weighted by rarity, and by vectors. */

import type { PoolClient } from 'pg';
import type { TenantId } from '@heliosiq/model';
import type { IndexHit } from '@heliosiq/ports';
import { quoted } from './passage-words.ts';
import { PASSAGE_TABLE } from './search-tables.ts';
import type { VectorTable } from './search-tables.ts';

/** A term of a question. */
export interface AskedTerm {
  readonly term: string;
  /** By rarity, greater than 0. */
  readonly weight: number;
  /** Passages that have it, counted up to `COUNTED_MAX`. */
  readonly found: number;
}

export interface RankingQuery {
  readonly tenantId: TenantId;
  readonly asked: readonly AskedTerm[];
  readonly tags: readonly string[] | null;
  /** Documents that are left out. */
  readonly except: readonly string[];
  readonly limit: number;
}

const TERMS_MAX = 64;
/** A term in more passages than this is common, however many there are. */
const COUNTED_MAX = 5000;
const TOTAL_COUNTED_MAX = 20_000;
/** In a small library every term is rare; its size says little about how much a term tells. */
const TOTAL_MIN = 1000;
/** What `ts_rank` gives a term in the body, in headings, and in the title. */
const FIELD_WEIGHTS = '{0.5, 0.6, 0.8, 1}';
/** How much a longer passage counts less for the same words; chosen on the development halves of the board `retrieval`. */
const LENGTH_SHARE = 0.3;

/** The distinct terms of a question with the weight of BM25: log(1 + (N - n + 0.5) / (n + 0.5)). */
export async function askedTerms(
  client: PoolClient,
  tenantId: TenantId,
  terms: readonly string[],
): Promise<readonly AskedTerm[]> {
  const distinct = [...new Set(terms)].slice(0, TERMS_MAX);
  if (distinct.length === 0) return [];
  const { rows } = await client.query<{ found: number; total: number }>(
    `select (select count(*) from (select 1 from ${PASSAGE_TABLE} where tenant_id = $1 and words @@ asked.query::tsquery
                                    limit ${COUNTED_MAX}) counted)::int as found,
            (select count(*) from (select 1 from ${PASSAGE_TABLE} where tenant_id = $1 limit ${TOTAL_COUNTED_MAX}) counted)::int as total
       from unnest($2::text[]) with ordinality as asked(query, place) order by place`,
    [tenantId, distinct.map(quoted)],
  );
  return distinct.map((term, at) => {
    const { found = 0, total = 0 } = rows[at] ?? {};
    return { term, found, weight: Math.log(1 + (Math.max(total, TOTAL_MIN) - found + 0.5) / (found + 0.5)) };
  });
}

/**
 * Passages that share a term with the question, by the sum of what `ts_rank` gives each term times its weight. Common terms
 * count where rarer ones are met, and alone only when the question has no other.
 */
export async function byWords(client: PoolClient, query: RankingQuery): Promise<readonly IndexHit[]> {
  const { asked, limit } = query;
  const met = asked.filter(({ found }) => found > 0);
  const rare = met.filter(({ found }) => found < COUNTED_MAX);
  const matching = rare.length > 0 ? rare : met;
  if (matching.length === 0) return [];
  const { rows } = await client.query<Row>(
    `with asked as materialized (${ASKED}), hit as (
       select p.key, p.document, p.version, p.words,
              (select sum(asked.weight * ts_rank('${FIELD_WEIGHTS}', p.words, asked.query)) from asked)
                / (1 + ${LENGTH_SHARE} * ln(1 + length(p.words))) as score
         from ${PASSAGE_TABLE} p
        where p.tenant_id = $1 and p.words @@ $6::tsquery and ${NARROWED}
        order by score desc, p.key limit $7)
     select key, document, version, score, ${COVERED} as covered from hit order by score desc, key`,
    [...parameters(query), matching.map(({ term }) => quoted(term)).join(' | '), limit],
  );
  const hits = rows.map((row) => hitOf(row, asked));
  return hits.map((hit) => ({ ...hit, lexical: hit.score }));
}

/** Passages by the cosine of their vector and the question's. */
export async function byVector(
  client: PoolClient,
  query: RankingQuery & { readonly vectors: VectorTable; readonly vector: string },
): Promise<readonly IndexHit[]> {
  const { vectors, vector, limit, asked } = query;
  const distance = `v.embedding <=> $6::${vectors.type}`;
  const { rows } = await client.query<Row>(
    `with asked as materialized (${ASKED}), hit as (
       select p.key, p.document, p.version, p.words, 1 - (${distance})::float8 as score
         from ${vectors.name} v join ${PASSAGE_TABLE} p using (tenant_id, key)
        where v.tenant_id = $1 and ${NARROWED}
        order by ${distance}, v.key limit $7)
     select key, document, version, score, ${COVERED} as covered from hit order by score desc, key`,
    [...parameters(query), vector, limit],
  );
  const hits = rows.map((row) => hitOf(row, asked));
  return hits.map((hit) => ({ ...hit, dense: hit.score }));
}

interface Row {
  readonly key: string;
  readonly document: string;
  readonly version: string;
  readonly score: number;
  readonly covered: number | null;
}

const ASKED = 'select query::tsquery as query, weight from unnest($2::text[], $3::float8[]) as given(query, weight)';
const NARROWED = '($4::text[] is null or p.tags && $4) and p.document <> all($5::text[])';
const COVERED = '(select sum(asked.weight) from asked where hit.words @@ asked.query)::float8';

function parameters({ tenantId, asked, tags, except }: RankingQuery): unknown[] {
  return [tenantId, asked.map(({ term }) => quoted(term)), asked.map(({ weight }) => weight), tags, except];
}

function hitOf({ key, document, version, score, covered }: Row, asked: readonly AskedTerm[]): IndexHit {
  const total = asked.reduce((sum, { weight }) => sum + weight, 0);
  return { key, document, version, score, coverage: total === 0 ? 0 : Math.min(1, (covered ?? 0) / total) };
}
