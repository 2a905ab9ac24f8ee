import { sql, type Kysely } from 'kysely';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TenantId } from '@heliosiq/model';
import { startTestServer, useTestServer, type TestDatabase, type TestServer } from '../testing/test-postgres.ts';
import { openDatabase, type Database } from './database.ts';
import type { Schema } from './schema.ts';
import { everyTenant } from './tenant-dialect.ts';

/** Tables of the migration tool: they say nothing about any tenant. */
const bookkeeping = ['kysely_migration', 'kysely_migration_lock'];

/** Tables of the installation as a whole: only system transactions see them. */
const withoutTenant = ['event_log_group', 'event_log_member', 'event_log_partition', 'event_log_position', 'lease'];

const [acme, globex] = [TenantId.parse('acme'), TenantId.parse('globex')];

function databaseSuite(openServer: () => Promise<TestServer>): void {
  let server: TestServer;
  let home: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    server = await openServer();
    home = await server.createDatabase();
    database = await openDatabase({ url: home.url, poolMax: 3 });
  });
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
    await home[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  /** Adds a segment of one record, which any table with a tenant could stand for. */
  const addSegment = (run: Database['asSystem'], tenantId: string, offset: number): Promise<unknown> =>
    run((transaction) =>
      transaction
        .insertInto('event_log_segment')
        .values({
          ...{
            topic: 'signals',
            partition: 0,
            base_offset: offset,
            tenant_id: tenantId,
            record_count: 1,
            appended_at: 0,
          },
          payload: Buffer.of(0),
        })
        .execute(),
    );

  test('every table has a tenant and forced row-level security, and shows nothing to a query without a tenant', async () => {
    await addSegment(database.asSystem, 'acme', 900);
    const tables = await database.asSystem((transaction) =>
      sql<{ name: string; has_tenant: boolean; forced: boolean; walls: number }>`
        select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as forced,
               exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and a.attnotnull) as has_tenant,
               (select count(*) from pg_policy p where p.polrelid = c.oid and p.polpermissive and p.polcmd = '*'
                   and pg_get_expr(p.polqual, p.polrelid) like '%helios.tenant%'
                   and pg_get_expr(p.polwithcheck, p.polrelid) like '%helios.tenant%') as walls
          from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = current_schema and c.relkind in ('r', 'p') order by c.relname`.execute(transaction),
    );
    const checked = tables.rows.filter((table) => !bookkeeping.includes(table.name));
    expect(checked.length).toBeGreaterThanOrEqual(withoutTenant.length + 1);
    for (const table of checked) {
      expect({ ...table, has_tenant: table.has_tenant || withoutTenant.includes(table.name) }).toMatchObject({
        ...{ name: table.name, has_tenant: true, forced: true, walls: 1 },
      });
      const seen = await database.withClient('*', async (client) => {
        // As a connection that never heard of tenants: the setting is empty.
        await client.query(`set local helios.tenant = ''`);
        return (await client.query<{ rows: number }>(`select count(*) as rows from "${table.name}"`)).rows[0]?.rows;
      });
      expect({ table: table.name, seen }).toEqual({ table: table.name, seen: 0 });
    }
  });

  test('a transaction of a tenant sees and writes rows of this tenant alone, a system transaction all', async () => {
    await addSegment((work) => database.asTenant(acme, work), 'acme', 1);
    await addSegment((work) => database.asTenant(globex, work), 'globex', 2);
    const offsetsSeen = (run: Database['asSystem']): Promise<readonly number[]> =>
      run(async (transaction) => {
        const rows = await transaction
          .selectFrom('event_log_segment')
          .where('base_offset', '<', 10)
          .select('base_offset')
          .orderBy('base_offset')
          .execute();
        return rows.map((row) => row.base_offset);
      });
    expect(await offsetsSeen((work) => database.asTenant(acme, work))).toEqual([1]);
    expect(await offsetsSeen((work) => database.asTenant(globex, work))).toEqual([2]);
    expect(await offsetsSeen(database.asSystem)).toEqual([1, 2]);
    await expect(addSegment((work) => database.asTenant(acme, work), 'globex', 3)).rejects.toMatchObject({
      code: '42501',
    });
    const changed = await database.asTenant(acme, (transaction) =>
      transaction.deleteFrom('event_log_segment').where('base_offset', '=', 2).executeTakeFirst(),
    );
    expect(changed.numDeletedRows).toBe(0n);
  });

  test('the tenant ends with its transaction, also when the work fails', async () => {
    await expect(database.asTenant(acme, () => Promise.reject(new Error('bad work')))).rejects.toThrow('bad work');
    const settings = await Promise.all(
      Array.from({ length: 6 }, () =>
        database.withClient('*', async (client) => {
          await client.query('rollback');
          const { rows } = await client.query<{ tenant: string | null }>(
            `select current_setting('helios.tenant', true) as tenant`,
          );
          return rows[0]?.tenant ?? '';
        }),
      ),
    );
    expect(settings).toEqual(['', '', '', '', '', '']);
  });

  test('a statement alone is stored whole or not at all, for all tenants, and the connection goes on after a failed one', async () => {
    const add = (names: readonly string[], seenAt: readonly (number | null)[]) =>
      database.runAlone({
        text: `insert into event_log_group (group_name, topic, last_seen_at)
               select name, 'signals', at from unnest($1::text[], $2::bigint[]) as news(name, at)`,
        values: [names, seenAt],
      });
    const found = async (): Promise<readonly string[]> => {
      const { rows } = await database.runAlone<{ name: string }>({
        text: `select group_name as name from event_log_group where group_name like 'alone-%' order by 1`,
      });
      return rows.map(({ name }) => name);
    };
    await expect(add(['alone-1', 'alone-2'], [1, null])).rejects.toMatchObject({ code: '23502' });
    expect(await found()).toEqual([]);
    // More of them than there are connections, among them ones that fail.
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => add([`alone-${index % 10}`], [1])),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    expect(await found()).toHaveLength(10);
  });

  test('a statement alone as a tenant sees this tenant alone, and neither it nor one that fails leaves anything on its connection', async () => {
    await addSegment(database.asSystem, 'acme', 700);
    await addSegment(database.asSystem, 'globex', 701);
    const offsets = (tenant: TenantId | '*'): Promise<readonly number[]> =>
      database.alone(tenant, async (db) => {
        const rows = await db
          .selectFrom('event_log_segment')
          .where('base_offset', 'in', [700, 701])
          .select('base_offset')
          .orderBy('base_offset')
          .execute();
        return rows.map((row) => row.base_offset);
      });
    const failing = database.alone(acme, (db) => sql`select 1 / ${0}::int`.execute(db));
    await expect(failing).rejects.toMatchObject({ code: '22012' });
    const found = await Promise.all([offsets(acme), offsets(globex), offsets('*'), offsets(acme), offsets(globex)]);
    expect(found).toEqual([[700], [701], [700, 701], [700], [701]]);
    const left = await Promise.all(
      Array.from({ length: 6 }, () =>
        database.withClient('*', async (client) => {
          await client.query('rollback');
          const { rows } = await client.query<{ tenant: string }>(
            `select coalesce(current_setting('helios.tenant', true), '') as tenant`,
          );
          return rows[0]?.tenant;
        }),
      ),
    );
    expect(left).toEqual(['', '', '', '', '', '']);
  });

  test('a transaction whose first statement fails is undone, and one without statements is none', async () => {
    const half = database.asTenant(acme, async (transaction) => {
      await sql`select ${1}::int / 0`.execute(transaction);
    });
    await expect(half).rejects.toMatchObject({ code: '22012' });
    const late = database.asTenant(acme, async (transaction) => {
      await addSegment((work) => work(transaction), 'acme', 800);
      throw new Error('changed its mind');
    });
    await expect(late).rejects.toThrow('changed its mind');
    expect(await database.asTenant(acme, async () => 'nothing asked')).toBe('nothing asked');
    const { rows } = await database.runAlone({ text: 'select 1 from event_log_segment where base_offset = 800' });
    expect(rows).toEqual([]);
  });

  test('statements in turn run one after the other for all tenants, each stored whole or not at all, also behind one that failed', async () => {
    const text = `insert into event_log_group (group_name, topic, last_seen_at) values ($1, 'signals', $2)`;
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        database.runInTurn({ text, values: [`turn-${index}`, index % 2 === 0 ? index : null] }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    const { rows } = await database.runInTurn<{ name: string; tenant: string }>({
      text: `select group_name as name, current_setting('helios.tenant') as tenant from event_log_group
              where group_name like 'turn-%' order by ctid`,
    });
    expect(rows).toEqual(Array.from({ length: 10 }, (_, index) => ({ name: `turn-${2 * index}`, tenant: '*' })));
  });

  test('several programs may open a new database at once', async () => {
    await using fresh = await server.createDatabase();
    const opened = await Promise.all(Array.from({ length: 3 }, () => openDatabase({ url: fresh.url, poolMax: 2 })));
    for (const one of opened) {
      expect(await one.health.check(AbortSignal.timeout(60_000))).toMatchObject({ name: 'postgres', ok: true });
      await one[Symbol.asyncDispose]();
    }
  });

  test('a listener hears notifications, and learns of a lost connection after the reconnect', async () => {
    const heard: (string | undefined)[] = [];
    await using _listening = await database.listen('test_channel', (payload) => heard.push(payload));
    const notify = (payload: string) =>
      database.asSystem((transaction) => sql`select pg_notify('test_channel', ${payload})`.execute(transaction));
    await notify('one');
    await expect.poll(() => heard, { timeout: 90_000 }).toEqual(['one']);
    await endConnections(home.url, `query like 'listen%'`);
    await expect.poll(() => heard, { timeout: 90_000 }).toEqual(['one', undefined]);
    await notify('two');
    await expect.poll(() => heard, { timeout: 90_000 }).toEqual(['one', undefined, 'two']);
  });

  test('a statement over the limit is a timeout, a wrong password a matter of configuration', async () => {
    await using strict = await openDatabase({ url: home.url, poolMax: 1, statementTimeoutMs: 200 });
    await expect(strict.asSystem((transaction) => sql`select pg_sleep(5)`.execute(transaction))).rejects.toMatchObject({
      code: 'timeout',
    });
    const wrong = new URL(home.url);
    wrong.pathname = '/no_such_database';
    await expect(openDatabase({ url: wrong.href })).rejects.toMatchObject({ code: 'config-invalid' });
    await expect(openDatabase({ url: 'postgres://helios:x@127.0.0.1:1/helios' })).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  test('a statement that comes again and again is kept parsed by the server, in and out of transactions, and sees its tenant alone', async () => {
    await using narrow = await openDatabase({ url: home.url, poolMax: 1 });
    await addSegment(narrow.asSystem, 'acme', 950);
    const offsets = (db: Kysely<Schema>): Promise<readonly { readonly base_offset: number }[]> =>
      db.selectFrom('event_log_segment').select('base_offset').where('base_offset', '=', 950).execute();
    for (let time = 0; time < 40; time += 1) {
      expect(await narrow.asTenant(acme, offsets)).toEqual([{ base_offset: 950 }]);
      expect(await narrow.alone(globex, offsets)).toEqual([]);
    }
    const { rows } = await narrow.alone(everyTenant, (db) =>
      sql<{ kept: number }>`
        select count(*)::integer as kept from pg_prepared_statements where statement like '%event_log_segment%'`.execute(
        db,
      ),
    );
    expect(rows).toEqual([{ kept: 1 }]);
  });

  test('connections come back after the server ended them', async () => {
    await endConnections(home.url, `application_name = 'heliosiq'`);
    await expect
      .poll(async () => (await database.health.check(AbortSignal.timeout(60_000))).ok, { timeout: 90_000 })
      .toBe(true);
  });
}

/** Ends connections of other clients to the database, as an administrator or a failing network would. */
async function endConnections(url: string, which: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const ended = await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where pid <> pg_backend_pid() and datname = current_database() and ${which}`,
    );
    expect(ended.rowCount).toBeGreaterThan(0);
  } finally {
    await client.end();
  }
}

describe('on the embedded server', () => {
  databaseSuite(startTestServer);
});

const postgres15Url = process.env['HELIOS_TEST_POSTGRES15_URL'];
describe.skipIf(postgres15Url === undefined)('on PostgreSQL 15 (needs HELIOS_TEST_POSTGRES15_URL)', () => {
  databaseSuite(async () => useTestServer(postgres15Url ?? ''));
});
