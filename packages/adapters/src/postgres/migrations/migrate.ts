import { sql, type Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { HeliosError } from '@heliosiq/model';
import { migrations } from './migrations.ts';

/** Brings the schema to the newest step, one program at a time; returns the names of the steps it took. */
export async function migrateToLatest(db: Kysely<unknown>): Promise<readonly string[]> {
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve({ ...migrations }) } });
  const { error, results = [] } = await migrator.migrateToLatest();
  if (error !== undefined) throw explained(error);
  return results.map((result) => result.migrationName);
}

function explained(error: unknown): unknown {
  const message = error instanceof Error ? error.message : '';
  if (/corrupted migrations/.test(message)) {
    return new HeliosError('config-invalid', `The database was last used by another version of HeliosIQ: ${message}`, {
      cause: error,
      cure: 'Start a version at least as new as the one that used this database before.',
    });
  }
  if (/permission denied for schema/.test(message)) {
    return new HeliosError('config-invalid', `The database role may not create tables: ${message}`, {
      cause: error,
      cure: 'Grant it: GRANT CREATE ON SCHEMA public TO the role of HELIOS_DATABASE_URL.',
    });
  }
  return error;
}

/** True when every step is there already; cheaper than asking the migrator. */
export async function isMigrated(db: Kysely<unknown>): Promise<boolean> {
  const names = Object.keys(migrations);
  const known = await sql<{ there: boolean }>`select to_regclass('kysely_migration') is not null as there`.execute(db);
  if (known.rows[0]?.there !== true) return false;
  const done = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return done.rows.length === names.length && done.rows.every((row) => names.includes(row.name));
}
