import type { RuleStore } from '@heliosiq/ports';
import type { Database } from './database.ts';

const filesMax = 1000;

/** A store of rules on PostgreSQL. */
export function createPostgresRuleStore(database: Database): RuleStore {
  return {
    async put(tenantId, { name, text, updatedAt, updatedBy }) {
      const values = { content: text, updated_at: updatedAt, updated_by: updatedBy };
      await database.asTenant(tenantId, (transaction) =>
        transaction
          .insertInto('rule_file')
          .values({ tenant_id: tenantId, name, ...values })
          .onConflict((conflict) => conflict.columns(['tenant_id', 'name']).doUpdateSet(values))
          .execute(),
      );
    },

    async list(tenantId) {
      const rows = await database.asTenant(tenantId, (transaction) =>
        transaction
          .selectFrom('rule_file')
          .select(['name', 'content', 'updated_at', 'updated_by'])
          .where('tenant_id', '=', tenantId)
          .orderBy('name')
          .limit(filesMax)
          .execute(),
      );
      return rows.map((row) => ({
        ...{ name: row.name, text: row.content },
        ...{ updatedAt: row.updated_at, updatedBy: row.updated_by },
      }));
    },

    async remove(tenantId, name) {
      const result = await database.asTenant(tenantId, (transaction) =>
        transaction
          .deleteFrom('rule_file')
          .where('tenant_id', '=', tenantId)
          .where('name', '=', name)
          .executeTakeFirst(),
      );
      return result.numDeletedRows > 0n;
    },
  };
}
