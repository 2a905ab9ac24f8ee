import { sql, type Transaction } from 'kysely';
import type { IncidentEvent, TenantId } from '@heliosiq/model';
import { arrayLiteral, textArrayLiteral } from './array-literal.ts';
import { jsonArray } from './json-column.ts';
import type { Schema } from './schema.ts';
import { timeBound } from './time-bound.ts';

/** Keeps news until they are told; the same again changes nothing. */
export async function insertNews(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  news: readonly IncidentEvent[],
): Promise<void> {
  if (news.length === 0) return;
  await sql`
    insert into incident_news (tenant_id, incident_id, revision, made_at, document)
    select ${tenantId}, incident_id, revision, made_at, document
      from unnest(
        ${textArrayLiteral(news.map(({ incident }) => incident.id))}::text[],
        ${arrayLiteral(news.map(({ incident }) => incident.revision))}::integer[],
        ${arrayLiteral(news.map(({ incident }) => incident.updatedAt))}::bigint[],
        ${jsonArray(news)}
      ) with ordinality as news(incident_id, revision, made_at, document, position)
     order by position
    on conflict do nothing`.execute(transaction);
}

/** News of revisions made before a moment, oldest first. */
export async function readNews(
  transaction: Transaction<Schema>,
  before: number,
  limit: number,
): Promise<readonly IncidentEvent[]> {
  const rows = await transaction
    .selectFrom('incident_news')
    .select('document')
    .where('made_at', '<', timeBound(before))
    .orderBy('arrival')
    .limit(limit)
    .execute();
  return rows.map(({ document }) => document);
}

export async function deleteNews(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  news: readonly IncidentEvent[],
): Promise<void> {
  await sql`
    delete from incident_news
     where tenant_id = ${tenantId} and (incident_id, revision) in (
       select * from unnest(
         ${textArrayLiteral(news.map(({ incident }) => incident.id))}::text[],
         ${arrayLiteral(news.map(({ incident }) => incident.revision))}::integer[]))`.execute(transaction);
}
