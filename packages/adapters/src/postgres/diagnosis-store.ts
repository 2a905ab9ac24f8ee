import { sql } from 'kysely';
import type { DiagnosisStore } from '@heliosiq/ports';
import { checkedLimit, checkKeyCount } from '../limits.ts';
import type { Database } from './database.ts';
import { timeBound } from './time-bound.ts';

const investigationsKept = 100;

/** A diagnosis store on PostgreSQL. */
export function createPostgresDiagnosisStore(database: Database): DiagnosisStore {
  return {
    async put(tenantId, diagnosis) {
      await database.asTenant(tenantId, async (transaction) => {
        await transaction
          .insertInto('diagnosis')
          .values({
            tenant_id: tenantId,
            id: diagnosis.id,
            incident_id: diagnosis.incidentId,
            revision: diagnosis.revision,
            document: JSON.stringify(diagnosis),
          })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      });
    },

    async get(tenantId, id) {
      const row = await database.asTenant(tenantId, (transaction) =>
        transaction
          .selectFrom('diagnosis')
          .select('document')
          .where('tenant_id', '=', tenantId)
          .where('id', '=', id)
          .executeTakeFirst(),
      );
      return row?.document;
    },

    async latest(tenantId, incidentIds) {
      checkKeyCount(incidentIds, 1000, 'incidentIds');
      if (incidentIds.length === 0) return [];
      const rows = await database.asTenant(tenantId, (transaction) =>
        transaction
          .selectFrom('diagnosis')
          .distinctOn('incident_id')
          .select('document')
          .where('tenant_id', '=', tenantId)
          .where('incident_id', '=', sql<string>`any(${[...incidentIds]}::text[])`)
          .orderBy('incident_id')
          .orderBy('revision', 'desc')
          .execute(),
      );
      return rows.map((row) => row.document);
    },

    async history(tenantId, incidentId, { limit }) {
      checkedLimit(limit, 100);
      const rows = await database.asTenant(tenantId, (transaction) =>
        transaction
          .selectFrom('diagnosis')
          .select('document')
          .where('tenant_id', '=', tenantId)
          .where('incident_id', '=', incidentId)
          .orderBy('revision', 'desc')
          .limit(limit)
          .execute(),
      );
      return rows.map((row) => row.document);
    },

    async putInvestigation(tenantId, investigation) {
      const { id, incidentId, status, startedAt, updatedAt } = investigation;
      await database.asTenant(tenantId, async (transaction) => {
        await sql`
          insert into investigation as known (tenant_id, id, incident_id, status, started_at, updated_at, document)
          values (${tenantId}, ${id}, ${incidentId}, ${status}, ${startedAt}, ${updatedAt}, ${JSON.stringify(investigation)}::json)
          on conflict (tenant_id, id) do update
            set status = excluded.status, updated_at = excluded.updated_at, document = excluded.document
          where known.status = 'running' and known.updated_at <= excluded.updated_at`.execute(transaction);
        await sql`
          delete from investigation where tenant_id = ${tenantId} and incident_id = ${incidentId} and id in (
            select id from investigation where tenant_id = ${tenantId} and incident_id = ${incidentId}
             order by started_at desc, id desc offset ${sql.lit(investigationsKept)})`.execute(transaction);
      });
    },

    async investigations(tenantId, incidentId, { limit }) {
      checkedLimit(limit, 100);
      const rows = await database.asTenant(tenantId, (transaction) =>
        transaction
          .selectFrom('investigation')
          .select('document')
          .where('tenant_id', '=', tenantId)
          .where('incident_id', '=', incidentId)
          .orderBy('started_at', 'desc')
          .orderBy('id', 'desc')
          .limit(limit)
          .execute(),
      );
      return rows.map((row) => row.document);
    },

    async stalled(before, { limit }) {
      checkedLimit(limit, 1000);
      const rows = await database.asSystem((transaction) =>
        transaction
          .selectFrom('investigation')
          .select('document')
          .where('status', '=', 'running')
          .where('updated_at', '<', timeBound(before))
          .orderBy('updated_at')
          .limit(limit)
          .execute(),
      );
      return rows.map((row) => row.document);
    },

    async markCause(tenantId, cause) {
      await database.asTenant(tenantId, (transaction) =>
        sql`
          insert into known_cause (tenant_id, incident_id, marked_at, document)
          values (${tenantId}, ${cause.incidentId}, ${cause.markedAt}, ${JSON.stringify(cause)}::json)
          on conflict (tenant_id, incident_id) do update
            set marked_at = excluded.marked_at, document = excluded.document`.execute(transaction),
      );
    },

    async knownCauses(tenantId, { limit }) {
      checkedLimit(limit, 1000);
      const rows = await database.asTenant(tenantId, (transaction) =>
        transaction
          .selectFrom('known_cause')
          .select('document')
          .where('tenant_id', '=', tenantId)
          .orderBy('marked_at', 'desc')
          .orderBy('incident_id', 'desc')
          .limit(limit)
          .execute(),
      );
      return rows.map((row) => row.document);
    },

    async knownCause(tenantId, incidentId) {
      const row = await database.asTenant(tenantId, (transaction) =>
        transaction
          .selectFrom('known_cause')
          .select('document')
          .where('tenant_id', '=', tenantId)
          .where('incident_id', '=', incidentId)
          .executeTakeFirst(),
      );
      return row?.document;
    },
  };
}
