import type { DatabaseConnection, Dialect, Driver, QueryResult } from 'kysely';
import { AbortedTransactionError, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import type { Pool, PoolClient, QueryResult as PgResult } from 'pg';
import { runLed, type LeadingStatement } from './led-statement.ts';
import type { StatementNames } from './statement-names.ts';

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

/** Goes ahead of a statement that is to run as one tenant; it holds until the transaction of that statement ends. */
export function asTenantStatement(tenant: string): LeadingStatement {
  return { name: 'as-tenant', text: `select set_config('helios.tenant', $1, true)`, values: [tenant] };
}

const begin: LeadingStatement = { name: 'begin', text: 'begin' };

/**
 * A PostgreSQL dialect whose statements are those of one tenant. A transaction begins in the round trip of its first
 * statement; a statement outside of one is a transaction of its own. `tenant` is as for `beginAs`. All dialects over one pool share
 * the names of their statements.
 */
export function tenantDialect(pool: Pool, tenant: string, names: StatementNames): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createDriver: () => tenantDriver(pool, tenant, names),
  };
}

/** A connection as long as it is lent. */
interface LentConnection extends DatabaseConnection {
  readonly client: PoolClient;
  transaction: 'none' | 'wanted' | 'begun';
  /** One that could not even roll back is not lent again. */
  isBroken: boolean;
}

function tenantDriver(pool: Pool, tenant: string, names: StatementNames): Driver {
  const asTenant = asTenantStatement(tenant);

  function lent(client: PoolClient): LentConnection {
    return {
      client,
      transaction: 'none',
      isBroken: false,
      async executeQuery<Row>({
        sql: text,
        parameters,
      }: {
        readonly sql: string;
        readonly parameters: readonly unknown[];
      }) {
        // Text without parameters may be several statements, which cannot have a name.
        const name = parameters.length > 0 ? names.nameOf(text) : undefined;
        const statement = { text, values: [...parameters], ...(name !== undefined && { name }) };
        const { transaction } = this;
        if (transaction === 'none') return resultOf<Row>(await runLed(client, [asTenant], statement));
        if (transaction === 'wanted') {
          this.transaction = 'begun';
          if (parameters.length > 0) return resultOf<Row>(await runLed(client, [begin, asTenant], statement));
          // May be several statements, which can only be sent as text.
          await client.query(beginAs(tenant));
        }
        return resultOf<Row>(await client.query(statement));
      },
      streamQuery: () => {
        throw new Error('Rows are read as a whole, or by a COPY');
      },
    };
  }

  // This driver made every connection, so the cast holds.
  const own = (connection: DatabaseConnection): LentConnection => connection as LentConnection;

  return {
    init: async () => {},
    acquireConnection: async () => lent(await pool.connect()),
    async beginTransaction(connection) {
      own(connection).transaction = 'wanted';
    },
    async commitTransaction(connection) {
      const { client, transaction } = own(connection);
      own(connection).transaction = 'none';
      if (transaction !== 'begun') return;
      const { command } = await client.query('commit');
      // A statement failed and nobody said so: the server has undone all of it.
      if (command === 'ROLLBACK') throw new AbortedTransactionError();
    },
    async rollbackTransaction(connection) {
      const { client, transaction } = own(connection);
      own(connection).transaction = 'none';
      if (transaction !== 'begun') return;
      try {
        await client.query('rollback');
      } catch (error) {
        own(connection).isBroken = true;
        throw error;
      }
    },
    async releaseConnection(connection) {
      const { client, isBroken } = own(connection);
      client.release(isBroken);
    },
    // The pool is shared by all tenants: the database that opened it ends it.
    destroy: async () => {},
  };
}

function resultOf<Row>({ command, rowCount, rows }: PgResult): QueryResult<Row> {
  const isChange = command === 'INSERT' || command === 'UPDATE' || command === 'DELETE' || command === 'MERGE';
  // The cast holds as far as the statement's author says it: Kysely infers the rows from the statement.
  return { rows: rows as Row[], ...(isChange && { numAffectedRows: BigInt(rowCount ?? 0) }) };
}
