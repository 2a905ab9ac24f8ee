import type { Dialect, Driver } from 'kysely';
import { CompiledQuery, PostgresAdapter, PostgresDriver, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import type { Pool } from 'pg';

/** What row-level security lets a transaction see: one tenant's rows, or all rows. */
export const everyTenant = '*';

/** Begins a transaction of one tenant, in one round trip. `tenant` must be a parsed tenant id or `everyTenant`: both are free of quotes. */
export function beginAs(tenant: string): string {
  return `begin; set local helios.tenant = '${tenant}'`;
}

/** The same for a transaction that only reads, all of it as of its first statement. */
export function beginSnapshotAs(tenant: string): string {
  return `begin isolation level repeatable read read only; set local helios.tenant = '${tenant}'`;
}

/**
 * A PostgreSQL dialect whose transactions are those of one tenant, set in the same round trip as BEGIN.
 * `tenant` is as for `beginAs`.
 */
export function tenantDialect(pool: Pool, tenant: string): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createDriver: () => tenantDriver(new PostgresDriver({ pool }), beginAs(tenant)),
  };
}

function tenantDriver(driver: PostgresDriver, begin: string): Driver {
  // The driver under this one made every connection, so the casts to its own connection type hold.
  type Own = Parameters<PostgresDriver['releaseConnection']>[0];
  return {
    init: (options) => driver.init(options),
    acquireConnection: (options) => driver.acquireConnection(options),
    beginTransaction: async (connection) => {
      await connection.executeQuery(CompiledQuery.raw(begin));
    },
    commitTransaction: (connection) => driver.commitTransaction(connection),
    rollbackTransaction: (connection) => driver.rollbackTransaction(connection as Own),
    savepoint: (connection, name, compile) => driver.savepoint(connection, name, compile),
    rollbackToSavepoint: (connection, name, compile) => driver.rollbackToSavepoint(connection, name, compile),
    releaseSavepoint: (connection, name, compile) => driver.releaseSavepoint(connection, name, compile),
    releaseConnection: (connection) => driver.releaseConnection(connection as Own),
    // The pool is shared by all tenants: the database that opened it ends it.
    destroy: async () => {},
  };
}
