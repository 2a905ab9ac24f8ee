import { type RawBuilder, sql, type Transaction } from 'kysely';
import { HeliosError, type Incident, type IncidentId, type TenantId, type TimelineEntry } from '@heliosiq/model';
import type { IncidentStore, NoiseFigures } from '@heliosiq/ports';
import { checkedLimit, checkKeyCount } from '../limits.ts';
import type { Database } from './database.ts';
import { deleteNews, readNews } from './incident-news-rows.ts';
import { insertEntries, saveSteps } from './incident-steps.ts';
import { columnText } from './json-column.ts';
import type { Schema } from './schema.ts';

/** An incident store on PostgreSQL; the row lock of an incident orders its writers. */
export function createPostgresIncidentStore(database: Database): IncidentStore {
  return {
    async save(tenantId, incident, entries, alerts = []) {
      await database.asTenant(tenantId, (transaction) =>
        saveSteps(transaction, tenantId, [{ incident, entries, alerts }]),
      );
    },

    async saveTogether(tenantId, steps, corrections = []) {
      checkKeyCount(steps, 100, 'steps');
      await database.asTenant(tenantId, async (transaction) => {
        await saveSteps(transaction, tenantId, steps);
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

    async untold(before, { limit }) {
      checkedLimit(limit, 1000);
      return database.asSystem((transaction) => readNews(transaction, before, limit));
    },

    async told(tenantId, news) {
      if (news.length === 0) return;
      await database.asTenant(tenantId, (transaction) => deleteNews(transaction, tenantId, news));
    },

    async get(tenantId, id) {
      return database.asTenant(tenantId, (transaction) => readIncident(transaction, tenantId, id));
    },

    async find(tenantId, filter, { limit }) {
      checkedLimit(limit, 1000);
      const { statuses, assets, fingerprint, updatedSince, knownRevisions, openedSince, openedBefore, isMerged } =
        filter;
      const rows = await database.alone(tenantId, (db) => {
        let query = db
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
        if (knownRevisions !== undefined) query = query.where(isUnknown(knownRevisions));
        if (openedSince !== undefined) query = query.where('opened_at', '>=', openedSince);
        if (openedBefore !== undefined) query = query.where('opened_at', '<', openedBefore);
        if (isMerged === false) query = query.where(sql<boolean>`document->>'mergedInto' is null`);
        return query.execute();
      });
      return rows.map((row) => row.document);
    },

    async appendTimeline(tenantId, id, entries) {
      await database.asTenant(tenantId, async (transaction) => {
        // Held until the lines are there: who forgets the incident forgets them with it.
        const held = await transaction
          .selectFrom('incident')
          .select('id')
          .where('tenant_id', '=', tenantId)
          .where('id', '=', id)
          .forKeyShare()
          .executeTakeFirst();
        if (held === undefined) throw new HeliosError('not-found', 'There is no such incident');
        await insertEntries(
          transaction,
          tenantId,
          entries.map((entry) => ({ id, entry })),
        );
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

/** Compared by id and revision alone, so that documents that nobody wants are not read. */
function isUnknown(known: ReadonlyMap<IncidentId, number>): RawBuilder<boolean> {
  return sql<boolean>`
    (id, revision) not in (select * from unnest(${[...known.keys()]}::text[], ${[...known.values()]}::integer[]))`;
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
