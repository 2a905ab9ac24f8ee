import { isDeepStrictEqual } from 'node:util';
import { sql, type Transaction } from 'kysely';
import { HeliosError, type Incident, type IncidentId, type TenantId, type TimelineEntry } from '@heliosiq/model';
import type { IncidentStep, IncidentStore, NoiseFigures } from '@heliosiq/ports';
import { checkedLimit, checkKeyCount } from '../limits.ts';
import type { Database } from './database.ts';
import { writeAlerts } from './incident-alert-rows.ts';
import { columnText } from './json-column.ts';
import type { Schema } from './schema.ts';

/** An incident store on PostgreSQL; the row lock of an incident orders its writers. */
export function createPostgresIncidentStore(database: Database): IncidentStore {
  return {
    async save(tenantId, incident, entries, alerts = []) {
      await database.asTenant(tenantId, (transaction) =>
        saveStep(transaction, tenantId, { incident, entries, alerts }),
      );
    },

    async saveTogether(tenantId, steps, corrections = []) {
      checkKeyCount(steps, 100, 'steps');
      // One order of locks for all writers, so that none waits for another in a ring; alerts come last, when all rows are locked.
      const ordered = steps.toSorted((a, b) => (a.incident.id < b.incident.id ? -1 : 1));
      await database.asTenant(tenantId, async (transaction) => {
        for (const { incident, entries } of ordered) await saveStep(transaction, tenantId, { incident, entries });
        for (const step of ordered) await writeAlerts(transaction, tenantId, step);
        for (const correction of corrections) {
          await transaction
            .insertInto('incident_correction')
            .values({
              tenant_id: tenantId,
              id: correction.id,
              at: correction.at,
              document: JSON.stringify(correction),
            })
            .onConflict((conflict) => conflict.doNothing())
            .execute();
        }
      });
    },

    async get(tenantId, id) {
      return database.asTenant(tenantId, (transaction) => readIncident(transaction, tenantId, id));
    },

    async find(tenantId, filter, { limit }) {
      checkedLimit(limit, 1000);
      const { statuses, assets, fingerprint, updatedSince, openedSince, openedBefore, isMerged } = filter;
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
        if (openedSince !== undefined) query = query.where('opened_at', '>=', openedSince);
        if (openedBefore !== undefined) query = query.where('opened_at', '<', openedBefore);
        if (isMerged === false) query = query.where(sql<boolean>`document->>'mergedInto' is null`);
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

    async timeline(tenantId, id, { limit, skip = 0 }) {
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
          .offset(skip)
          .execute(),
      );
      return rows.map((row) => row.document).reverse();
    },

    async alerts(tenantId, id, { limit, after }) {
      checkedLimit(limit, 1000);
      const rows = await database.asTenant(tenantId, (transaction) => {
        const query = transaction
          .selectFrom('incident_alert')
          .select('document')
          .where('tenant_id', '=', tenantId)
          .where('incident_id', '=', id)
          .orderBy('fingerprint')
          .limit(limit);
        return (after === undefined ? query : query.where('fingerprint', '>', columnText(after))).execute();
      });
      return rows.map(({ document }) => document);
    },

    async size(tenantId, id) {
      const { rows } = await database.asTenant(tenantId, (transaction) =>
        sql<{ readonly timeline: number; readonly alerts: number }>`
          select (select count(*)::integer from incident_timeline
                   where tenant_id = ${tenantId} and incident_id = ${id}) as timeline,
                 (select count(*)::integer from incident_alert
                   where tenant_id = ${tenantId} and incident_id = ${id}) as alerts`.execute(transaction),
      );
      return rows[0] ?? { timeline: 0, alerts: 0 };
    },

    async corrections(tenantId, { limit }) {
      checkedLimit(limit, 1000);
      const rows = await database.asTenant(tenantId, (transaction) =>
        transaction
          .selectFrom('incident_correction')
          .select('document')
          .where('tenant_id', '=', tenantId)
          .orderBy('at', 'desc')
          .orderBy('id', 'desc')
          .limit(limit)
          .execute(),
      );
      return rows.map(({ document }) => document);
    },

    async noise(tenantId, stretch, { limit }) {
      checkedLimit(limit, 1000);
      return database.asTenant(tenantId, (transaction) => noiseOf(transaction, tenantId, { ...stretch, limit }));
    },
  };
}

async function saveStep(transaction: Transaction<Schema>, tenantId: TenantId, step: IncidentStep): Promise<void> {
  const { incident, entries } = step;
  // Of concurrent creators the first one inserts; the others wait here and then meet its row.
  const isNew = incident.revision === 1 && (await insertFirst(transaction, tenantId, incident));
  if (!isNew) await replace(transaction, tenantId, incident);
  await insertEntries(transaction, { tenantId, id: incident.id }, entries);
  await writeAlerts(transaction, tenantId, step);
}

async function noiseOf(
  transaction: Transaction<Schema>,
  tenantId: TenantId,
  { from, to, limit }: { readonly from: number; readonly to: number; readonly limit: number },
): Promise<NoiseFigures> {
  const kinds = await sql<{ readonly kind: TimelineEntry['kind']; readonly lines: number }>`
    select document->>'kind' as kind, count(*)::integer as lines from incident_timeline
     where tenant_id = ${tenantId} and at >= ${from} and at < ${to} group by 1`.execute(transaction);
  const rules = await sql<NoiseFigures['rules'][number]>`
    select rule, sum(occurrences)::integer as fired, count(distinct incident_alert.fingerprint)::integer as alerts,
           count(distinct incident_id)::integer as incidents
      from incident_alert join incident on incident.tenant_id = incident_alert.tenant_id and id = incident_id
     where incident_alert.tenant_id = ${tenantId} and opened_at >= ${from} and opened_at < ${to}
     group by rule order by fired desc, rule collate "C" limit ${limit}`.execute(transaction);
  return { told: Object.fromEntries(kinds.rows.map(({ kind, lines }) => [kind, lines])), rules: rules.rows };
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
