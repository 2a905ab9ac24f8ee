import { join, resolve } from 'node:path';
import { lockDataFolder } from '@heliosiq/adapters/embedded-postgres/data-folder-lock.ts';
import { startEmbeddedPostgres } from '@heliosiq/adapters/embedded-postgres/embedded-postgres.ts';
import { runningServerUrl } from '@heliosiq/adapters/embedded-postgres/running-server-url.ts';
import type { BackupSource } from '@heliosiq/adapters/postgres/backup/take-backup.ts';
import { HeliosError } from '@heliosiq/model';
import type { Config } from '../config/settings.ts';
import { blobFolder } from './blob-folder.ts';
import { createLogger } from './logger.ts';
import { openBucket } from './open-blob-store.ts';
import { programVersion } from './version.ts';

/**
 * Opens what a backup is taken of: the configured database; else the embedded one of the program that runs on the data folder,
 * or, when none runs, the embedded one started for this. The stack closes what was opened.
 */
export async function openBackupSource(config: Config, stack: AsyncDisposableStack): Promise<BackupSource> {
  const bucket = await openBucket(config, createLogger({ level: 'silent' }), stack);
  await bucket?.prove();
  const blobs = bucket === undefined ? { blobDir: blobFolder(config) } : { blobs: bucket.files };
  const rest = { ...blobs, program: programVersion() };
  if (config.databaseUrl !== undefined) return { url: config.databaseUrl, ...rest };
  const dataDir = resolve(config.data);
  const serverDir = join(dataDir, 'postgres');
  try {
    stack.use(await lockDataFolder(dataDir));
  } catch (error) {
    if (!(error instanceof HeliosError && error.code === 'data-folder-in-use')) throw error;
    return { url: await runningServerUrl(serverDir), ...rest };
  }
  const server = stack.use(await startEmbeddedPostgres({ dataDir: serverDir, port: config.databasePort }));
  return { url: server.url, ...rest };
}
