import { sql } from 'kysely';
import type { DiagnosisStore } from '@heliosiq/ports';
import { checkedLimit, checkKeyCount } from '../limits.ts';
import type { Database } from './database.ts';

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
  };
}
