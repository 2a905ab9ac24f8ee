import { sql } from 'kysely';
import type { SeriesId } from '@heliosiq/model';
import type { SeriesChanges } from '@heliosiq/ports';
import { checkedLimit } from '../limits.ts';
import { arrayLiteral } from './array-literal.ts';
import type { Database } from './database.ts';
import { dayMs, hourMs, pageGroupSeries } from './sample-grid.ts';
import { seriesIdText } from './series-rows.ts';
import { timeBound } from './time-bound.ts';

interface ChangeRow {
  readonly page_group: number;
  readonly day: number;
  readonly hours: number;
  readonly mark: number;
}

/** Rows of a statement that settles. */
const statementRowsMax = 5000;

/**
 * What was written to the store of `series-store.ts`: a row for each day of a group of about a thousand neighbouring series. A stretch
 * reaches from the first hour of the day in which something was written to the last, and may name series that have nothing new.
 */
export function createPostgresSeriesChanges(database: Database): SeriesChanges {
  return {
    async changed(tenantId, { limit, until }) {
      const rowsMax = checkedLimit(limit, Number.MAX_SAFE_INTEGER);
      return database.asTenant(tenantId, async (transaction) => {
        const found = await sql<ChangeRow>`
          select page_group, day, hours, mark from sample_change
           where tenant_id = ${tenantId} and written_at < ${timeBound(until)}
           order by written_at, page_group, day limit ${rowsMax}`.execute(transaction);
        const groups = [...new Set(found.rows.map((row) => row.page_group))];
        // As one text: the driver takes an array apart letter by letter.
        const members = await sql<{ page_group: number; ids: string }>`
          select ref / ${pageGroupSeries} as page_group, string_agg(${seriesIdText}, ',' order by ref) as ids from series
           where tenant_id = ${tenantId} and ref / ${pageGroupSeries} = any(${arrayLiteral(groups)}::bigint[])
           group by 1`.execute(transaction);
        const seriesOf = new Map(members.rows.map(({ page_group: group, ids }) => [group, idsOf(ids)]));
        return found.rows.map(({ page_group: group, day, hours, mark }) => ({
          from: day * dayMs + firstHour(hours) * hourMs,
          to: day * dayMs + (lastHour(hours) + 1) * hourMs,
          series: seriesOf.get(group) ?? [],
          mark: `${group} ${day} ${mark}`,
        }));
      });
    },

    async settle(tenantId, stretches) {
      for (let start = 0; start < stretches.length; start += statementRowsMax) {
        const marks = stretches.slice(start, start + statementRowsMax).map(({ mark }) => mark.split(' ').map(Number));
        const column = (index: number): string => arrayLiteral(marks.map((mark) => mark[index] ?? 0));
        // Who writes at this moment holds the row: afterwards its mark is another one, and it stays.
        await database.asTenant(tenantId, (transaction) =>
          sql`
            delete from sample_change c
             using unnest(${column(0)}::bigint[], ${column(1)}::bigint[], ${column(2)}::bigint[]) as done(page_group, day, mark)
             where c.tenant_id = ${tenantId} and c.page_group = done.page_group and c.day = done.day
               and c.mark = done.mark`.execute(transaction),
        );
      }
    },
  };
}

/** Ids as `seriesIdText` writes them, parted by commas. */
function idsOf(text: string): readonly SeriesId[] {
  return text.split(',') as SeriesId[];
}

/** The lowest bit that is set. */
function firstHour(hours: number): number {
  return 31 - Math.clz32(hours & -hours);
}

/** The highest bit that is set. */
function lastHour(hours: number): number {
  return 31 - Math.clz32(hours);
}
