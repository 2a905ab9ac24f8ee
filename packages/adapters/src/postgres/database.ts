import { Kysely, type Transaction } from 'kysely';
import {
  Client,
  Pool,
  escapeIdentifier,
  types,
  type ClientBase,
  type ClientConfig,
  type CustomTypesConfig,
  type PoolClient,
  type QueryConfig,
  type QueryResult,
  type QueryResultRow,
} from 'pg';
import { HeliosError, type TenantId } from '@heliosiq/model';
import type { HealthCheck, Logger } from '@heliosiq/ports';
import { readBinaryRows, type ReadRows } from './binary-rows.ts';
import { asDatabaseFault, errorCodeOf } from './database-errors.ts';
import { isMigrated, migrateToLatest } from './migrations/migrate.ts';
import { openNotifications, type OnNotification } from './notifications.ts';
import { runLed } from './led-statement.ts';
import { inspectServer } from './runtime-role.ts';
import type { Schema } from './schema.ts';
import { createStatementNames } from './statement-names.ts';
import { asTenantStatement, beginAs, beginSnapshotAs, everyTenant, tenantDialect } from './tenant-dialect.ts';

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** Connections at most, besides the one that listens. Default 6. */
  readonly poolMax?: number;
  /** Shown in `pg_stat_activity`. Default `heliosiq`. */
  readonly applicationName?: string;
  readonly logger?: Logger;
  /** A statement that takes longer is cancelled with `timeout`. Default 30,000. */
  readonly statementTimeoutMs?: number;
}

/** Whose statements run one after the other: those that senders wait for never wait for those of stages. */
export type TurnQueue = 'doors' | 'stages';

/**
 * A PostgreSQL database with the newest schema. `bigint` columns arrive as numbers.
 * Outages reject with `unavailable`, statements over the limit with `timeout`.
 */
export interface Database extends AsyncDisposable {
  /** E.g. 180004 for 18.4. */
  readonly serverVersion: number;
  /** Runs work in one transaction as one tenant: row-level security shows this tenant's rows only. */
  asTenant<T>(tenantId: TenantId, work: (transaction: Transaction<Schema>) => Promise<T>): Promise<T>;
  /**
   * Runs a statement as a transaction of its own, in one round trip instead of three. Of several statements each would be a
   * transaction. `tenant` is a tenant, or `*` for all of them.
   */
  alone<T>(tenant: TenantId | '*', statement: (db: Kysely<Schema>) => Promise<T>): Promise<T>;
  /** Runs work in one transaction over all tenants (migrations, retention, the event log, key lookup). */
  asSystem<T>(work: (transaction: Transaction<Schema>) => Promise<T>): Promise<T>;
  /**
   * Runs work in one transaction on a raw connection, for what Kysely has no words for: COPY, binary results.
   * `tenant` is a tenant, or `*` for all of them.
   */
  withClient<T>(tenant: TenantId | '*', work: (client: PoolClient) => Promise<T>): Promise<T>;
  /** Reads rows in binary form by several queries as of one moment, so that what is moved in between is not missed. */
  readAtOneMoment<T>(tenantId: TenantId, work: (read: ReadRows) => Promise<T>): Promise<T>;
  /** Runs one statement as a transaction of its own over all tenants, in one round trip. */
  runAlone<Row extends QueryResultRow>(statement: QueryConfig): Promise<QueryResult<Row>>;
  /**
   * Runs one statement as a transaction of its own over all tenants, behind those of its queue that were asked for before. Each
   * queue has a connection for itself, on which no transaction has to be begun and ended: a third of the round trips.
   */
  runInTurn<Row extends QueryResultRow>(statement: QueryConfig, queue?: TurnQueue): Promise<QueryResult<Row>>;
  /** Calls back for each NOTIFY on a channel, and with undefined when some may have been missed by a lost connection. */
  listen(channel: string, onNotification: OnNotification): Promise<AsyncDisposable>;
  readonly health: HealthCheck;
}

/** Tenants whose Kysely instance is kept ready; a further one replaces the oldest. */
const tenantsKept = 1000;

/** Connects, checks that the server is PostgreSQL 15 or newer, and brings the schema to its newest step. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { logger } = options;
  const config: ClientConfig = {
    connectionString: options.url,
    application_name: options.applicationName ?? 'heliosiq',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    types: numbersForBigints,
  };
  const facts = await inspect(config, logger);
  const limits = { idleTimeoutMillis: 800, statement_timeout: options.statementTimeoutMs ?? 30_000 };
  const asRole = facts.switchToRole === undefined ? '' : `set role ${escapeIdentifier(facts.switchToRole)};`;
  const pool = new Pool({
    ...{ ...config, ...limits },
    max: options.poolMax ?? 6,
    ...(asRole !== '' && { onConnect: saying(asRole) }),
  });
  // Only what is given over all tenants goes here: everywhere else a statement outside of a transaction sees no tenant.
  const queue = (): Pool =>
    new Pool({
      ...{ ...config, ...limits },
      max: 1,
      onConnect: saying(`${asRole} set helios.tenant = '${everyTenant}'`),
    });
  const turns: Readonly<Record<TurnQueue, Pool>> = { doors: queue(), stages: queue() };
  const pools = [pool, turns.doors, turns.stages];
  for (const one of pools) {
    // A connection that breaks while idle is replaced at the next use; without a listener it would end the process.
    one.on('error', (error) => logger?.warn({ error: error.message }, 'an idle database connection was lost'));
    // One that breaks while it is lent out tells its query as well, which is where the fault is handled.
    one.on('connect', (client) => client.on('error', () => undefined));
  }

  const names = createStatementNames();
  const system = new Kysely<Schema>({ dialect: tenantDialect(pool, everyTenant, names) });
  const tenants = new Map<string, Kysely<Schema>>();
  const notifications = openNotifications(config, logger);

  function kyselyOf(tenantId: TenantId): Kysely<Schema> {
    const known = tenants.get(tenantId);
    if (known !== undefined) return known;
    const oldest = tenants.size >= tenantsKept ? tenants.keys().next().value : undefined;
    if (oldest !== undefined) tenants.delete(oldest);
    const made = new Kysely<Schema>({ dialect: tenantDialect(pool, checkedTenant(tenantId), names) });
    tenants.set(tenantId, made);
    return made;
  }

  async function transact<T>(db: Kysely<Schema>, work: (transaction: Transaction<Schema>) => Promise<T>): Promise<T> {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      throw asDatabaseFault(error);
    }
  }

  try {
    await migrate(system, pool, logger);
  } catch (error) {
    await Promise.all(pools.map((one) => one.end()));
    throw asDatabaseFault(error);
  }

  return {
    serverVersion: facts.versionNumber,
    asTenant: (tenantId, work) => transact(kyselyOf(tenantId), work),
    asSystem: (work) => transact(system, work),
    withClient: (tenant, work) =>
      transactRaw(pool, beginAs(tenant === everyTenant ? everyTenant : checkedTenant(tenant)), work),
    readAtOneMoment: (tenantId, work) => readSnapshot(pool, beginSnapshotAs(checkedTenant(tenantId)), work),
    async alone(tenant, statement) {
      try {
        return await statement(tenant === everyTenant ? system : kyselyOf(tenant));
      } catch (error) {
        throw asDatabaseFault(error);
      }
    },
    runAlone: <Row extends QueryResultRow>(statement: QueryConfig) => runAlone<Row>(pool, statement),
    runInTurn: <Row extends QueryResultRow>(statement: QueryConfig, turnQueue: TurnQueue = 'stages') =>
      turns[turnQueue].query<Row>(statement).catch((error: unknown) => {
        throw asDatabaseFault(error);
      }),
    listen: (channel, onNotification) =>
      notifications.listen(channel, onNotification).catch((error: unknown) => {
        throw asDatabaseFault(error);
      }),
    health: {
      name: 'postgres',
      check: async () => {
        const startedAt = performance.now();
        const answer = await pool.query('select 1').then(
          () => ({ ok: true, detail: `PostgreSQL ${Math.floor(facts.versionNumber / 10_000)}` }),
          (error: unknown) => ({ ok: false, detail: error instanceof Error ? error.message : 'no answer' }),
        );
        return { name: 'postgres', ...answer, latencyMs: performance.now() - startedAt };
      },
    },
    async [Symbol.asyncDispose]() {
      await notifications[Symbol.asyncDispose]();
      await Promise.all(pools.map((one) => one.end()));
    },
  };
}

/** The pool awaits what this returns before it lends the connection, although pg's types know no promise there. */
function saying(words: string): (client: ClientBase) => unknown {
  return (client) => client.query(words);
}

/** `bigint` (OID 20) as a number: offsets, counts and milliseconds stay far below 2^53. */
const numbersForBigints: CustomTypesConfig = {
  // The parser's declared type cannot express that it depends on the OID.
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid !== 20) return types.getTypeParser(oid, format);
    return format === 'binary' ? (bytes: Buffer) => Number(bytes.readBigInt64BE()) : Number;
  }) as CustomTypesConfig['getTypeParser'],
};

function checkedTenant(tenantId: string): string {
  // Branded ids are parsed at the edge; this one is written into SQL text, so it is looked at once more.
  if (/^[a-z0-9-]{1,63}$/.test(tenantId)) return tenantId;
  throw new HeliosError('internal', 'A tenant id reached the database unparsed');
}

async function inspect(config: ClientConfig, logger: Logger | undefined): ReturnType<typeof inspectServer> {
  const client = new Client(config);
  client.on('error', (error) => logger?.debug({ error: error.message }, 'the first database connection was lost'));
  try {
    await client.connect();
    return await inspectServer(client, logger);
  } catch (error) {
    throw asConnectFault(error);
  } finally {
    await client.end().catch(() => {});
  }
}

/** A refused login or a missing database is a matter of configuration, and says so. */
function asConnectFault(error: unknown): unknown {
  const code = errorCodeOf(error);
  const message = error instanceof Error ? error.message : '';
  if (code === '28P01' || code === '28000' || code === '3D000') {
    return new HeliosError('config-invalid', `The database refused the connection: ${message}`, {
      cause: error,
      cure: 'Check user, password and database name in HELIOS_DATABASE_URL.',
    });
  }
  return asDatabaseFault(error);
}

async function migrate(system: Kysely<Schema>, pool: Pool, logger: Logger | undefined): Promise<void> {
  // The migrator only needs SQL; the tables it will make are not in a type yet.
  const db = system as unknown as Kysely<unknown>;
  if (await isMigrated(db)) return;
  const startedAt = performance.now();
  // Only the transactions of this pool's connections carry a tenant, and the migrator runs all steps in one.
  const steps = await migrateToLatest(db);
  logger?.info(
    { steps, durationMs: Math.round(performance.now() - startedAt) },
    'the database schema was brought up to date',
  );
}

/** Without `begin` the work begins the transaction itself. */
async function transactRaw<T>(
  pool: Pool,
  begin: string | undefined,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  let client: PoolClient | undefined;
  let broken = false;
  try {
    client = await pool.connect();
    if (begin !== undefined) await client.query(begin);
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    // A connection that cannot even roll back is not lent again.
    await client?.query('rollback').catch(() => (broken = true));
    throw asDatabaseFault(error);
  } finally {
    client?.release(broken);
  }
}

async function runAlone<Row extends QueryResultRow>(pool: Pool, statement: QueryConfig): Promise<QueryResult<Row>> {
  let client: PoolClient | undefined;
  try {
    client = await pool.connect();
    return await runLed<Row>(client, [asTenantStatement(everyTenant)], statement);
  } catch (error) {
    throw asDatabaseFault(error);
  } finally {
    client?.release();
  }
}

/** The transaction begins with its first query, so that beginning it costs no round trip. */
function readSnapshot<T>(pool: Pool, begin: string, work: (read: ReadRows) => Promise<T>): Promise<T> {
  return transactRaw(pool, undefined, (client) => {
    let before: string | undefined = `${begin};`;
    return work((text, onRow) => {
      const query = before === undefined ? { text } : { text, before };
      before = undefined;
      return readBinaryRows(client, query, onRow);
    });
  });
}
