import { Kysely, PostgresDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import { Client, Pool, escapeIdentifier, type ClientBase } from 'pg';
import { HeliosError } from '@heliosiq/model';
import { asDatabaseFault } from '../database-errors.ts';
import { migrations } from '../migrations/migrations.ts';
import { inspectServer } from '../runtime-role.ts';
import type { BackupFolder } from './backup-folder.ts';
import type { BackupManifest, StoredTable } from './backup-manifest.ts';
import type { BackupProgress } from './backup-progress.ts';
import type { TableShape } from './database-shape.ts';
import { compareRows } from './compare-rows.ts';
import { extendLog, type LogExtension } from './extend-log.ts';
import { writeRows } from './table-rows.ts';

export interface LoadOptions {
  /** The backup whose log goes on until a moment, for a state later than the backup's own. */
  readonly later?: { readonly manifest: BackupManifest; readonly until: number } | undefined;
  readonly onProgress?: ((progress: BackupProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface LoadedBackup {
  /** Tables whose rows were read back and found equal to the backup's, byte for byte. */
  readonly equalTables: number;
  readonly rows: number;
  /** What was added of a later backup's log. */
  readonly extension: LogExtension | undefined;
}

/** Rejects a backup that this program cannot read: one of a newer schema. */
export function checkSteps({ steps, program }: BackupManifest): void {
  const unknown = steps.filter((step) => !(step in migrations));
  if (unknown.length === 0) return;
  throw new HeliosError(
    'conflict',
    `The backup was made by version ${program}, which knows more: ${unknown.join(', ')}`,
    {
      cure: 'Restore with a version at least as new as the one that made it.',
    },
  );
}

/**
 * Loads a backup into an empty database: the schema as it was then, all rows in one transaction, compared with the backup
 * before it is committed. The newest schema comes with the next start of the program.
 */
export async function loadBackup(
  url: string,
  { folder, manifest }: { readonly folder: BackupFolder; readonly manifest: BackupManifest },
  { later, onProgress, signal }: LoadOptions = {},
): Promise<LoadedBackup> {
  checkSteps(manifest);
  const client = new Client(url);
  let isOurs = false;
  // A connection that breaks tells the statement under way.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await checkEmpty(client);
    isOurs = true;
    const { switchToRole } = await inspectServer(client, undefined);
    await makeSchema(url, manifest, switchToRole);
    if (switchToRole !== undefined) await client.query(`set role ${escapeIdentifier(switchToRole)}`);
    await client.query(`begin; set local helios.tenant = '*'; set local statement_timeout = 0`);
    let rows = 0;
    for (const [done, table] of manifest.tables.entries()) {
      signal?.throwIfAborted();
      onProgress?.({ step: 'writing', what: table.name, done, total: manifest.tables.length });
      rows += await loadTable(client, folder, table);
    }
    for (const { name, last, isUsed } of manifest.sequences) {
      await client.query('select setval(to_regclass($1), $2, $3)', [escapeIdentifier(name), last, isUsed]);
    }
    for (const [done, table] of manifest.tables.entries()) {
      signal?.throwIfAborted();
      onProgress?.({ step: 'comparing', what: table.name, done, total: manifest.tables.length });
      await compareRows(client, table);
    }
    const extension = later && (await extendLog(client, folder, later));
    await client.query('commit');
    await client.query('analyze');
    return { equalTables: manifest.tables.length, rows, extension };
  } catch (error) {
    // The database is as empty as before, for the next try.
    if (isOurs) await dropAll(client).catch(() => undefined);
    throw asDatabaseFault(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function dropAll(client: Client): Promise<void> {
  await client.query('rollback');
  const made = await client.query<{ name: string; kind: 'table' | 'sequence' }>(
    `select relname::text as name, case relkind when 'S' then 'sequence' else 'table' end as kind from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'S') and not relispartition
      order by relkind = 'S'`,
  );
  for (const { name, kind } of made.rows) {
    await client.query(`drop ${kind} if exists ${escapeIdentifier(name)} cascade`);
  }
}

async function checkEmpty(client: Client): Promise<void> {
  const found = await client.query<{ name: string }>(
    `select relname::text as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') limit 1`,
  );
  const [table] = found.rows;
  if (table === undefined) return;
  throw new HeliosError('conflict', `The database is not empty: it has the table ${table.name}`, {
    cure: 'Restore into an empty data folder or an empty database.',
  });
}

/** Takes the steps of the schema that the backup's database had taken, as the role that programs work as. */
async function makeSchema(url: string, { steps }: BackupManifest, role: string | undefined): Promise<void> {
  const taken = Object.fromEntries(Object.entries(migrations).filter(([name]) => steps.includes(name)));
  const onConnect = (client: ClientBase): unknown =>
    role === undefined ? undefined : client.query(`set role ${escapeIdentifier(role)}`);
  const pool = new Pool({ connectionString: url, max: 1, onConnect });
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(taken) } });
    const { error } = await migrator.migrateToLatest();
    if (error instanceof Error) throw error;
  } finally {
    await db.destroy();
  }
}

async function loadTable(client: Client, folder: BackupFolder, table: StoredTable): Promise<number> {
  const name = escapeIdentifier(table.name);
  await makePartition(client, table);
  // COPY is refused while rules of row-level security hold for the owner; the transaction shows nobody that they do not.
  await client.query(`alter table ${name} no force row level security`);
  const rows = await writeRows(client, table, folder.read(table));
  await client.query(`alter table ${name} force row level security`);
  return rows;
}

/** Makes a partition that the steps of the schema did not make. */
async function makePartition(client: Client, { name, partition, policies }: TableShape): Promise<void> {
  const known = await client.query('select 1 from pg_class where oid = to_regclass($1)', [escapeIdentifier(name)]);
  if (known.rowCount !== 0) return;
  if (partition === undefined) {
    throw new HeliosError('conflict', `The backup has a table that this version does not know: ${name}`, {
      cure: 'Restore with the version that made it.',
    });
  }
  const [table, parent] = [escapeIdentifier(name), escapeIdentifier(partition.parent)];
  await client.query(`create table ${table} partition of ${parent} ${partition.bound}`);
  if (policies.length === 0) return;
  await client.query(`alter table ${table} enable row level security`);
  for (const { name: policy, using, check } of policies) {
    await client.query(`create policy ${escapeIdentifier(policy)} on ${table} using (${using}) with check (${check})`);
  }
}
