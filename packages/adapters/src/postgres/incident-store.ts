import { isDeepStrictEqual } from 'node:util';
import { sql, type Transaction } from 'kysely';
import { HeliosError, type Incident, type IncidentId, type TenantId, type TimelineEntry } from '@heliosiq/model';
import type { IncidentStore } from '@heliosiq/ports';
import { checkedLimit } from '../limits.ts';
import type { Database } from './database.ts';
import { columnText } from './json-column.ts';
import type { Schema } from './schema.ts';

/** An incident store on PostgreSQL; the row lock of an incident orders its writers. */
export function createPostgresIncidentStore(database: Database): IncidentStore {
  return {
    async save(tenantId, incident, entries) {
      await database.asTenant(tenantId, async (transaction) => {
        // Of concurrent creators the first one inserts; the others wait here and then meet its row.
        const isNew = incident.revision === 1 && (await insertFirst(transaction, tenantId, incident));
        if (!isNew) await replace(transaction, tenantId, incident);
        await insertEntries(transaction, { tenantId, id: incident.id }, entries);
      });
    },

    async get(tenantId, id) {
      return database.asTenant(tenantId, (transaction) => readIncident(transaction, tenantId, id));
    },

    async find(tenantId, { statuses, assets, fingerprint, updatedSince }, { limit }) {
      checkedLimit(limit, 1000);
      const rows = await database.asTenant(tenantId, (transaction) => {
        let query = transaction
          .selectFrom('incident')
          .select('document')
          .where('tenant_id', '=', tenantId)
          .orderBy('opened_at', 'desc')
          .orderBy('id', 'desc')
          .limit(limit);
        if (statuses !== undefined)
          query = query.where('status', '=', sql<Incident['status']>`any(${[...statuses]}::text[])`);
        if (assets !== undefined) query = query.where(sql<boolean>`assets && ${[...assets]}::text[]`);
        if (fingerprint !== undefined) query = query.where('fingerprint', '=', fingerprint);
        if (updatedSince !== undefined) query = query.where('updated_at', '>=', updatedSince);
        return query.execute();
      });
      return rows.map((row) => row.document);
    },

    async appendTimeline(tenantId, id, entries) {
      await database.asTenant(tenantId, async (transaction) => {
        const incident = await readIncident(transaction, tenantId, id);
        if (incident === undefined) throw new HeliosError('not-found', 'There is no such incident');
        await insertEntries(transaction, { tenantId, id }, entries);
      });
    },

    async timeline(tenantId, id, { limit }) {
      checkedLimit(limit, 5000);
      const rows = await database.asTenant(tenantId, (transaction) =>
        transaction
          .selectFrom('incident_timeline')
          .select('document')
          .where('tenant_id', '=', tenantId)
          .where('incident_id', '=', id)
          .orderBy('at', 'desc')
          .orderBy('arrival', 'desc')
          .limit(limit)
          .execute(),
      );
      return rows.map((row) => row.document).reverse();
    },
  };
}

async function readIncident(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  id: IncidentId,
): Promise<Incident | undefined> {
  const row = await transaction
    .selectFrom('incident')
    .select('document')
    .where('tenant_id', '=', tenantId)
    .where('id', '=', id)
    .executeTakeFirst();
  return row?.document;
}

async function insertFirst(transaction: Transaction<Schema>, tenantId: TenantId, incident: Incident): Promise<boolean> {
  const result = await transaction
    .insertInto('incident')
    .values({ tenant_id: tenantId, id: incident.id, ...columnsOf(incident) })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return result.numInsertedOrUpdatedRows === 1n;
}

/** Stores the next revision over the stored one; leaves an equal one as it is; rejects every other one. */
async function replace(transaction: Transaction<Schema>, tenantId: TenantId, incident: Incident): Promise<void> {
  const stored = await transaction
    .selectFrom('incident')
    .select(['revision', 'document'])
    .where('tenant_id', '=', tenantId)
    .where('id', '=', incident.id)
    .forUpdate()
    .executeTakeFirst();
  // Written and read once, the new one is comparable: fields that are undefined are gone.
  if (
    stored?.revision === incident.revision &&
    isDeepStrictEqual(stored.document, JSON.parse(JSON.stringify(incident)))
  )
    return;
  if (incident.revision !== (stored?.revision ?? 0) + 1) {
    throw new HeliosError(
      'conflict',
      `The incident is at revision ${stored?.revision ?? 0}, not ${incident.revision - 1}`,
    );
  }
  await transaction
    .updateTable('incident')
    .set(columnsOf(incident))
    .where('tenant_id', '=', tenantId)
    .where('id', '=', incident.id)
    .execute();
}

async function insertEntries(
  transaction: Transaction<Schema>,
  incident: { readonly tenantId: TenantId; readonly id: IncidentId },
  entries: readonly TimelineEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  await sql`
    insert into incident_timeline (tenant_id, incident_id, id, at, document)
    select ${incident.tenantId}, ${incident.id}, id, at, document::json
      from unnest(
        ${entries.map(({ id }) => columnText(id))}::text[], ${entries.map(({ at }) => at)}::bigint[],
        ${entries.map((entry) => JSON.stringify(entry))}::text[]
      ) with ordinality as news(id, at, document, position)
     order by position
    on conflict do nothing`.execute(transaction);
}

function columnsOf(incident: Incident) {
  return {
    revision: incident.revision,
    status: incident.status,
    fingerprint: columnText(incident.fingerprint),
    assets: incident.assets.map(columnText),
    opened_at: incident.openedAt,
    updated_at: incident.updatedAt,
    document: JSON.stringify(incident),
  };
}
