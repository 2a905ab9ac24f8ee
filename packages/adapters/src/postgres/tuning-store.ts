import { HeliosError } from '@heliosiq/model';
import { type TuningStore, tuningsMax } from '@heliosiq/ports';
import { sql } from 'kysely';
import type { Database } from './database.ts';

/** A tuning store on PostgreSQL. */
export function createPostgresTuningStore(database: Database): TuningStore {
  return {
    async put(tenantId, tuning) {
      const written = await database.asTenant(tenantId, (transaction) =>
        sql`
          insert into detection_tuning (tenant_id, id, created_at, document)
          select ${tenantId}, ${tuning.id}, ${tuning.createdAt}::bigint, ${JSON.stringify(tuning)}::json
           where (select count(*) from detection_tuning where tenant_id = ${tenantId} and id <> ${tuning.id}) < ${tuningsMax}
          on conflict (tenant_id, id) do update set created_at = excluded.created_at, document = excluded.document`.execute(
          transaction,
        ),
      );
      if (written.numAffectedRows === 0n) throw new HeliosError('conflict', `There are ${tuningsMax} tunings already`);
    },
    async remove(tenantId, id) {
      const [removed] = await database.asTenant(tenantId, (transaction) =>
        transaction.deleteFrom('detection_tuning').where('tenant_id', '=', tenantId).where('id', '=', id).execute(),
      );
      return (removed?.numDeletedRows ?? 0n) > 0n;
    },
    async list(tenantId) {
      const rows = await database.asTenant(tenantId, (transaction) =>
        transaction
          .selectFrom('detection_tuning')
          .select('document')
          .where('tenant_id', '=', tenantId)
          .orderBy('created_at', 'desc')
          .orderBy('id')
          .limit(tuningsMax)
          .execute(),
      );
      return rows.map(({ document }) => document);
    },
  };
}
