import { sql } from 'kysely';
import type { LogPatternStore, StoredLogPattern } from '@heliosiq/ports';
import { checkKeyCount, checkedLimit } from '../limits.ts';
import type { Database } from './database.ts';
import { columnText } from './json-column.ts';

const columns = sql`id, template, skeleton, to_json(places) as places, former_ids, first_at, last_at, example`;
/** Ids that lead to one pattern, and places of one, at most. */
const listMax = 500;

/** A catalogue of log patterns on PostgreSQL: one row a pattern. */
export function createPostgresLogPatternStore(database: Database): LogPatternStore {
  return {
    async put(tenantId, patterns) {
      if (patterns.length === 0) return;
      const news = [...new Map(patterns.map((pattern) => [pattern.id, pattern])).values()].toSorted(byId);
      const rows = JSON.stringify(news.map(rowOf));
      await database.asTenant(tenantId, async (transaction) => {
        await sql`
          insert into log_pattern as known
            (tenant_id, id, template, skeleton, places, former_ids, first_at, last_at, example)
          select ${tenantId}, id, template, skeleton::json,
                 array(select json_array_elements_text(places)::bigint),
                 array(select json_array_elements_text(former_ids)), first_at, last_at, example::json
            from json_to_recordset(${rows}::json) as news(
              id text, template text, skeleton text, places json, former_ids json, first_at bigint, last_at bigint,
              example text)
          on conflict (tenant_id, id) do update set
            template = excluded.template,
            skeleton = excluded.skeleton,
            places = (array(select distinct unnest(known.places || excluded.places)))[1:${sql.lit(listMax)}],
            former_ids = (array(select distinct unnest(known.former_ids || excluded.former_ids)))[1:${sql.lit(listMax)}],
            first_at = least(known.first_at, excluded.first_at),
            last_at = greatest(known.last_at, excluded.last_at)`.execute(transaction);
      });
    },

    async remove(tenantId, ids) {
      if (ids.length === 0) return;
      await database.asTenant(tenantId, async (transaction) => {
        await sql`
          delete from log_pattern
           where tenant_id = ${tenantId} and id = any(${[...ids]}::text[])`.execute(transaction);
      });
    },

    async list(tenantId, { limit }) {
      checkedLimit(limit, 20_000);
      const { rows } = await database.asTenant(tenantId, (transaction) =>
        sql<Row>`
          select ${columns} from log_pattern where tenant_id = ${tenantId}
           order by last_at desc, id limit ${limit}`.execute(transaction),
      );
      return rows.map(patternOf);
    },

    async find(tenantId, ids) {
      checkKeyCount(ids, 2000, 'patterns');
      if (ids.length === 0) return [];
      const { rows } = await database.asTenant(tenantId, (transaction) =>
        sql<Row>`
          select ${columns} from log_pattern
           where tenant_id = ${tenantId}
             and (id = any(${[...ids]}::text[]) or former_ids && ${[...ids]}::text[])
           order by id`.execute(transaction),
      );
      return rows.map(patternOf);
    },
  };
}

interface Row {
  readonly id: string;
  readonly template: string;
  readonly skeleton: StoredLogPattern['skeleton'];
  readonly places: readonly number[];
  readonly former_ids: readonly string[];
  readonly first_at: number;
  readonly last_at: number;
  readonly example: StoredLogPattern['example'];
}

/** Skeleton and example go as text: `json` inside `json` would be parsed, and lines hold what PostgreSQL's parser refuses. */
function rowOf(pattern: StoredLogPattern) {
  return {
    id: pattern.id,
    template: columnText(pattern.template),
    skeleton: JSON.stringify(pattern.skeleton.map((word) => (typeof word === 'string' ? columnText(word) : word))),
    places: pattern.places,
    former_ids: pattern.formerIds,
    first_at: pattern.firstAt,
    last_at: pattern.lastAt,
    example: JSON.stringify({ ...pattern.example, body: columnText(pattern.example.body) }),
  };
}

function patternOf(row: Row): StoredLogPattern {
  return {
    id: row.id,
    template: row.template,
    skeleton: row.skeleton,
    places: row.places,
    formerIds: row.former_ids,
    firstAt: row.first_at,
    lastAt: row.last_at,
    example: row.example,
  };
}

/** Rows are written in one order by every writer, so that two cannot deadlock. */
function byId(a: StoredLogPattern, b: StoredLogPattern): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
