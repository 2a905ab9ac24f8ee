import { escapeIdentifier, type Client } from 'pg';
import { HeliosError } from '@heliosiq/model';
import type { Logger } from '@heliosiq/ports';
import { errorCodeOf } from './database-errors.ts';

/** The role without special rights under which queries run when the login role would see past row-level security. */
export const runtimeRole = 'helios_runtime';

/** The oldest major version of PostgreSQL that is supported. */
const oldestMajor = 15;

export interface ServerFacts {
  /** E.g. 180004. */
  readonly versionNumber: number;
  /** The role that each connection switches to, where the login role bypasses row-level security. */
  readonly switchToRole: string | undefined;
}

/** Checks the server's version and finds the role to work as, creating it where the login role is above row-level security. */
export async function inspectServer(client: Client, logger: Logger | undefined): Promise<ServerFacts> {
  const result = await client.query<{ version: string; role: string; bypasses: boolean; is_super: boolean }>(
    `select current_setting('server_version_num') as version, rolname as role,
            rolsuper or rolbypassrls as bypasses, rolsuper as is_super
       from pg_roles where rolname = current_user`,
  );
  const row = result.rows[0];
  if (row === undefined) throw new HeliosError('internal', 'The database does not know its own current role');
  const versionNumber = Number(row.version);
  if (versionNumber < oldestMajor * 10_000) {
    throw new HeliosError('config-invalid', `The database is PostgreSQL ${Math.floor(versionNumber / 10_000)}`, {
      cure: `Use PostgreSQL ${oldestMajor} or newer.`,
    });
  }
  if (!row.bypasses) return { versionNumber, switchToRole: undefined };
  try {
    await createRuntimeRole(client, row.role, row.is_super);
    logger?.info(
      { role: row.role, runtimeRole },
      'the database role bypasses row-level security: queries run as the runtime role',
    );
    return { versionNumber, switchToRole: runtimeRole };
  } catch (error) {
    if (errorCodeOf(error) !== '42501') throw error;
    logger?.warn(
      { role: row.role },
      `the database role bypasses row-level security and may not create the role ${runtimeRole}: tenants are parted by queries alone`,
    );
    return { versionNumber, switchToRole: undefined };
  }
}

async function createRuntimeRole(client: Client, loginRole: string, isSuperuser: boolean): Promise<void> {
  const role = escapeIdentifier(runtimeRole);
  await client.query('begin');
  try {
    // Several programs may start at once: roles belong to the whole server and `create role` has no `if not exists`.
    await client.query(`select pg_advisory_xact_lock(hashtext('${runtimeRole}'))`);
    const known = await client.query('select 1 from pg_roles where rolname = $1', [runtimeRole]);
    if (known.rowCount === 0) await client.query(`create role ${role} nologin`);
    if (!isSuperuser) await client.query(`grant ${role} to ${escapeIdentifier(loginRole)}`);
    await client.query(`grant usage, create on schema public to ${role}`);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}
