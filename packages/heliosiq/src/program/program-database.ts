import { join } from 'node:path';
import { startEmbeddedPostgres } from '@heliosiq/adapters/embedded-postgres/embedded-postgres.ts';
import { openDatabase } from '@heliosiq/adapters/postgres/database.ts';
import type { Database } from '@heliosiq/adapters/postgres/database.ts';
import { HeliosError } from '@heliosiq/model';
import type { Logger } from '@heliosiq/ports';
import type { Config } from '../config/settings.ts';

/** The program's database, wherever it runs. */
export interface ProgramDatabase {
  readonly database: Database;
  /** Where others connect to it; holds its password. */
  readonly databaseUrl: string;
  /** Process id of the embedded server; none when the database is elsewhere. */
  readonly serverPids: readonly number[];
  /** Rejects when the embedded server ends without being asked to; never settles otherwise. */
  readonly lost: Promise<never>;
}

export interface ProgramDatabaseOptions {
  readonly config: Config;
  readonly dataDir: string;
  readonly logger: Logger;
  readonly onProgress: (step: string) => void;
}

/** Connects to the configured PostgreSQL, or starts the embedded one in the data folder; the stack closes both. */
export async function openProgramDatabase(
  { config, dataDir, logger, onProgress }: ProgramDatabaseOptions,
  stack: AsyncDisposableStack,
): Promise<ProgramDatabase> {
  const poolMax = config.databasePoolMax;
  if (config.databaseUrl !== undefined) {
    onProgress('opening the database');
    const database = stack.use(await openDatabase({ url: config.databaseUrl, poolMax, logger }));
    return { database, databaseUrl: config.databaseUrl, serverPids: [], lost: new Promise(() => undefined) };
  }
  onProgress('starting PostgreSQL');
  const server = stack.use(
    await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), port: config.databasePort, logger, onProgress }),
  );
  let isStopping = false;
  onProgress('opening the database');
  const database = stack.use(await openDatabase({ url: server.url, poolMax, logger }));
  stack.defer(() => {
    isStopping = true;
  });
  const lost = server.exited.then(({ code, signal }) => {
    if (isStopping) return new Promise<never>(() => undefined);
    throw new HeliosError('unavailable', `PostgreSQL ended by itself (${signal ?? `exit code ${code}`})`, {
      cure: 'its log is in the data folder below postgres',
    });
  });
  lost.catch(() => undefined); // told to whoever awaits `finished`; this only keeps Node from seeing it as unhandled
  return { database, databaseUrl: server.url, serverPids: [server.pid], lost };
}
