import type { Selectable } from 'kysely';
import { HeliosError, type ApiKey, type ApiKeyId, type Tenant, type TenantId } from '@heliosiq/model';
import type { TenantStore } from '@heliosiq/ports';
import { keyUseIntervalMs } from '../key-use.ts';
import type { Database } from './database.ts';
import type { ApiKeyTable, TenantTable } from './tenant-tables.ts';

/** A tenant store on PostgreSQL. */
export function createPostgresTenantStore(database: Database): TenantStore {
  return {
    async addTenant({ id, name, createdAt }) {
      const result = await database.asTenant(id, (transaction) =>
        transaction
          .insertInto('tenant')
          .values({ tenant_id: id, name, created_at: createdAt })
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst(),
      );
      return result.numInsertedOrUpdatedRows === 1n;
    },

    async tenants() {
      const rows = await database.asSystem((transaction) =>
        transaction.selectFrom('tenant').selectAll().orderBy('tenant_id').limit(10_000).execute(),
      );
      return rows.map(tenantOf);
    },

    async addKey(tenantId, key, secretHash) {
      const result = await database.asTenant(tenantId, (transaction) =>
        transaction
          .insertInto('api_key')
          .values({
            tenant_id: tenantId,
            id: key.id,
            name: key.name,
            role: key.role,
            secret_hash: secretHash,
            created_at: key.createdAt,
            last_used_at: key.lastUsedAt ?? null,
            revoked_at: key.revokedAt ?? null,
          })
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst(),
      );
      if (result.numInsertedOrUpdatedRows !== 1n) throw new HeliosError('conflict', 'There is such a key already');
    },

    async keys(tenantId) {
      const rows = await database.asTenant(tenantId, (transaction) =>
        transaction
          .selectFrom('api_key')
          .selectAll()
          .where('tenant_id', '=', tenantId)
          .orderBy('created_at', 'desc')
          .orderBy('id', 'desc')
          .limit(1000)
          .execute(),
      );
      return rows.map(apiKeyOf);
    },

    async revokeKey(tenantId, id, at) {
      const result = await database.asTenant(tenantId, (transaction) =>
        transaction
          .updateTable('api_key')
          .set({ revoked_at: at })
          .where('tenant_id', '=', tenantId)
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .executeTakeFirst(),
      );
      return result.numUpdatedRows === 1n;
    },

    async findKey(secretHash) {
      const row = await database.asSystem((transaction) =>
        transaction.selectFrom('api_key').selectAll().where('secret_hash', '=', secretHash).executeTakeFirst(),
      );
      return row === undefined ? undefined : apiKeyOf(row);
    },

    async touchKey(tenantId, id, at) {
      await database.asTenant(tenantId, (transaction) =>
        transaction
          .updateTable('api_key')
          .set({ last_used_at: at })
          .where('tenant_id', '=', tenantId)
          .where('id', '=', id)
          .where((where) =>
            where.or([where('last_used_at', 'is', null), where('last_used_at', '<=', at - keyUseIntervalMs)]),
          )
          .execute(),
      );
    },
  };
}

// The casts hold: only parsed ids are written.
function tenantOf(row: Selectable<TenantTable>): Tenant {
  return { id: row.tenant_id as TenantId, name: row.name, createdAt: row.created_at };
}

function apiKeyOf(row: Selectable<ApiKeyTable>): ApiKey {
  return {
    id: row.id as ApiKeyId,
    tenantId: row.tenant_id as TenantId,
    name: row.name,
    role: row.role,
    createdAt: row.created_at,
    ...(row.last_used_at !== null && { lastUsedAt: row.last_used_at }),
    ...(row.revoked_at !== null && { revokedAt: row.revoked_at }),
  };
}
