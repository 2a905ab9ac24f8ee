import { sql, type RawBuilder } from 'kysely';
import type { Anomaly, TenantId } from '@heliosiq/model';
import type { AnomalyStore } from '@heliosiq/ports';
import { checkedLimit } from '../limits.ts';
import type { Database } from './database.ts';
import { jsonArray } from './json-column.ts';
import { timeBound } from './time-bound.ts';

/** An anomaly store on PostgreSQL. */
export function createPostgresAnomalyStore(database: Database): AnomalyStore {
  /** Writes the newest revision of each in one transaction, over stored ones for which the condition holds. */
  async function write(
    tenantId: TenantId,
    anomalies: readonly Anomaly[],
    overwrites: RawBuilder<unknown>,
  ): Promise<void> {
    const newest = newestRevisions(anomalies);
    if (newest.length === 0) return;
    await database.asTenant(tenantId, async (transaction) => {
      await sql`
        insert into anomaly as known (tenant_id, id, revision, status, series_id, asset, started_at, lasts_until, document)
        select ${tenantId}, id, revision, status, series_id, asset, started_at, lasts_until, document
          from unnest(
            ${newest.map(({ id }) => id)}::text[], ${newest.map(({ revision }) => revision)}::integer[],
            ${newest.map(({ status }) => status)}::text[], ${newest.map(({ series }) => series.id)}::text[],
            ${newest.map(({ series }) => series.asset)}::text[], ${newest.map(({ startedAt }) => startedAt)}::bigint[],
            ${newest.map(({ endedAt, lastSeenAt }) => endedAt ?? lastSeenAt)}::bigint[],
            ${jsonArray(newest)}
          ) as news(id, revision, status, series_id, asset, started_at, lasts_until, document)
        on conflict (tenant_id, id) do update
          set revision = excluded.revision, status = excluded.status, series_id = excluded.series_id, asset = excluded.asset,
              started_at = excluded.started_at, lasts_until = excluded.lasts_until, document = excluded.document
        where ${overwrites}`.execute(transaction);
    });
  }

  return {
    put: (tenantId, anomalies) => write(tenantId, anomalies, sql`excluded.revision > known.revision`),
    restore: (tenantId, anomalies) => write(tenantId, anomalies, sql`excluded.revision >= known.revision`),

    async find(tenantId, { ids, seriesIds, assets, status, range }, { limit }) {
      checkedLimit(limit, 1000);
      const rows = await database.asTenant(tenantId, (transaction) => {
        let query = transaction
          .selectFrom('anomaly')
          .select('document')
          .where('tenant_id', '=', tenantId)
          .orderBy('started_at', 'desc')
          .orderBy('id')
          .limit(limit);
        if (ids !== undefined) query = query.where('id', '=', sql<string>`any(${[...ids]}::text[])`);
        if (seriesIds !== undefined) query = query.where('series_id', '=', sql<string>`any(${[...seriesIds]}::text[])`);
        if (assets !== undefined) query = query.where('asset', '=', sql<string>`any(${[...assets]}::text[])`);
        if (status !== undefined) query = query.where('status', '=', status);
        if (range !== undefined) {
          query = query.where('started_at', '<', timeBound(range.to)).where('lasts_until', '>=', timeBound(range.from));
        }
        return query.execute();
      });
      return rows.map((row) => row.document);
    },
  };
}

/** The highest revision of each anomaly, by id: every writer touches rows in one order, so that none can deadlock. */
function newestRevisions(anomalies: readonly Anomaly[]): Anomaly[] {
  const newest = new Map<string, Anomaly>();
  for (const anomaly of anomalies) {
    if (anomaly.revision > (newest.get(anomaly.id)?.revision ?? 0)) newest.set(anomaly.id, anomaly);
  }
  return [...newest.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}
