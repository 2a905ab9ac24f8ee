import { sql } from 'kysely';
import { SeriesId } from '@heliosiq/model';
import type { RollupResolution, RollupStore, RollupWrite, StoredRollupPage } from '@heliosiq/ports';
import { checkKeyCount } from '../limits.ts';
import { arrayLiteral } from './array-literal.ts';
import type { Database } from './database.ts';
import { forgetRows } from './forget-rows.ts';
import { createMonthPartitions } from './month-partitions.ts';
import { timeBound } from './time-bound.ts';

const resolutions = ['minute', 'hour', 'day'] as const satisfies readonly RollupResolution[];

/** Thrown to undo a transaction in which a page was not at the revision that its write named. */
class Overtaken extends Error {}

/** A rollup store on PostgreSQL: one row a page, in a table a resolution, in monthly partitions. */
export function createPostgresRollupStore(database: Database): RollupStore {
  const partitions = {
    minute: createMonthPartitions(database, 'rollup_minute'),
    hour: createMonthPartitions(database, 'rollup_hour'),
    day: createMonthPartitions(database, 'rollup_day'),
  };

  return {
    async put(tenantId, pages) {
      const groups = resolutions
        .map((resolution) => ({ resolution, writes: pages.filter((page) => page.resolution === resolution) }))
        .filter(({ writes }) => writes.length > 0);
      for (const { resolution, writes } of groups) {
        await partitions[resolution].ensure(new Set(writes.map(({ startAt }) => startAt)));
      }
      try {
        await database.asTenant(tenantId, async (transaction) => {
          for (const { resolution, writes } of groups) {
            const ordered = writes.toSorted(byIdentity);
            const done = await sql`
              insert into ${tableOf(resolution)} as known
                (tenant_id, series_id, start_at, end_at, days, samples, revision, bytes)
              select ${tenantId}, news.* from unnest(
                ${arrayLiteral(ordered.map(({ seriesId }) => seriesId))}::uuid[],
                ${arrayLiteral(ordered.map(({ startAt }) => startAt))}::bigint[],
                ${arrayLiteral(ordered.map(({ endAt }) => endAt))}::bigint[],
                ${arrayLiteral(ordered.map(({ days }) => days))}::integer[],
                ${arrayLiteral(ordered.map(({ samples }) => samples))}::bigint[],
                ${arrayLiteral(ordered.map(({ replaces }) => replaces + 1))}::integer[],
                ${ordered.map(({ bytes }) => Buffer.from(bytes))}::bytea[]
              ) as news(series_id, start_at, end_at, days, samples, revision, bytes)
               where news.revision = 1 or exists (
                 select from ${tableOf(resolution)} as there
                  where there.tenant_id = ${tenantId} and there.series_id = news.series_id
                    and there.start_at = news.start_at)
              on conflict (tenant_id, series_id, start_at) do update
                set end_at = excluded.end_at, days = excluded.days, samples = excluded.samples,
                    revision = excluded.revision, bytes = excluded.bytes
              where known.revision = excluded.revision - 1`.execute(transaction);
            if (Number(done.numAffectedRows ?? 0n) !== ordered.length) throw new Overtaken();
          }
        });
        return true;
      } catch (error) {
        if (error instanceof Overtaken) return false;
        throw error;
      }
    },

    async read(tenantId, { resolution, series, range }, options = {}) {
      options.signal?.throwIfAborted();
      checkKeyCount(series, 1000, 'series');
      if (series.length === 0 || !(range.from < range.to)) return [];
      const { rows } = await database.asTenant(tenantId, (transaction) =>
        sql<PageRow>`
          select series_id, start_at, end_at, days, samples, revision, bytes from ${tableOf(resolution)}
           where tenant_id = ${tenantId} and series_id = any(${arrayLiteral(series)}::uuid[])
             and start_at < ${timeBound(range.to)} and start_at >= ${timeBound(range.from - longestPageMs)}
             and end_at > ${timeBound(range.from)}
           order by series_id, start_at`.execute(transaction),
      );
      return rows.map((row) => pageOf(resolution, row));
    },

    forgetful(resolution) {
      return {
        async forget(tenantId, question) {
          const before = timeBound(question.before);
          const gone = await forgetRows(database, tenantId, {
            table: `rollup_${resolution}`,
            where: sql`end_at <= ${before}`,
            size: sql`octet_length(bytes)`,
            ...question,
          });
          if (question.isDryRun !== true) await partitions[resolution].dropEmpty(before);
          return gone;
        },
      };
    },
  };
}

/** No page is longer: with it the index on the start of pages serves ranges. */
const longestPageMs = 31 * 86_400_000;

interface PageRow {
  readonly series_id: string;
  readonly start_at: number;
  readonly end_at: number;
  readonly days: number;
  readonly samples: number;
  readonly revision: number;
  readonly bytes: Buffer;
}

function pageOf(resolution: RollupResolution, row: PageRow): StoredRollupPage {
  return {
    resolution,
    seriesId: SeriesId.parse(row.series_id.replaceAll('-', '')),
    startAt: row.start_at,
    endAt: row.end_at,
    days: row.days,
    samples: row.samples,
    revision: row.revision,
    bytes: row.bytes,
  };
}

function tableOf(resolution: RollupResolution) {
  return sql.table(`rollup_${resolution}`);
}

/** Rows are written in one order by every writer, so that two cannot deadlock. */
function byIdentity(a: RollupWrite, b: RollupWrite): number {
  return (a.seriesId < b.seriesId ? -1 : a.seriesId > b.seriesId ? 1 : 0) || a.startAt - b.startAt;
}
