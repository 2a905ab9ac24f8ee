import { sql } from 'kysely';
import { HeliosError } from '@heliosiq/model';
import { decodeTracePart, encodeTracePart } from '@heliosiq/model/trace-part-coding.ts';
import type { TraceStore } from '@heliosiq/ports';
import { checkedLimit } from '../limits.ts';
import type { Database } from './database.ts';
import { timeBound } from './time-bound.ts';

/** Parts that one transaction removes. */
const partsAtOnce = 5000;

/** A trace store on PostgreSQL: one row a part, packed. */
export function createPostgresTraceStore(database: Database): TraceStore {
  return {
    async append(tenantId, parts) {
      if (parts.length === 0) return;
      // One order for every writer, so that two that append the same parts cannot deadlock.
      const ordered = parts.toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
      await database.asTenant(tenantId, (transaction) =>
        sql`
          insert into trace_part (tenant_id, at, id, spans, bytes)
          select ${tenantId}, news.* from unnest(
            ${ordered.map(({ at }) => at)}::bigint[], ${ordered.map(({ id }) => id)}::text[],
            ${ordered.map(({ spans }) => spans.length)}::integer[], ${ordered.map(encodeTracePart)}::bytea[]
          ) as news(at, id, spans, bytes)
          on conflict do nothing`.execute(transaction),
      );
    },

    async read(tenantId, { from, to }, { limit }) {
      checkedLimit(limit, 5000);
      const rows = await database.asTenant(tenantId, (transaction) =>
        transaction
          .selectFrom('trace_part')
          .select('bytes')
          .where('tenant_id', '=', tenantId)
          .where('at', '>=', timeBound(from))
          .where('at', '<', timeBound(to))
          .orderBy('at', 'desc')
          .orderBy('id', 'desc')
          .limit(limit)
          .execute(),
      );
      return rows.reverse().map(({ bytes }) => {
        const part = decodeTracePart(bytes);
        if (!part.ok) throw new HeliosError('internal', `A stored part of traces cannot be read: ${part.reason}`);
        return part.value;
      });
    },

    async slots(tenantId, { from, to }) {
      const { rows } = await database.asTenant(tenantId, (transaction) =>
        sql<{ at: number; spans: number }>`
          select at, sum(spans)::integer as spans from trace_part
           where tenant_id = ${tenantId} and at >= ${timeBound(from)} and at < ${timeBound(to)} and spans > 0
           group by at order by at`.execute(transaction),
      );
      return rows;
    },

    async expire(keepMs) {
      let gone = 0;
      for (;;) {
        const some = await database.asSystem(async (transaction) => {
          const { numAffectedRows = 0n } = await sql`
            delete from trace_part where (tenant_id, at, id) in (
              select part.tenant_id, part.at, part.id from trace_part part
                join (select tenant_id, max(at) as newest from trace_part group by tenant_id) tenant
                  on tenant.tenant_id = part.tenant_id
               where part.at < tenant.newest - ${Math.floor(keepMs)}::bigint limit ${sql.lit(partsAtOnce)})
          `.execute(transaction);
          return Number(numAffectedRows);
        });
        gone += some;
        if (some < partsAtOnce) return gone;
      }
    },
  };
}
