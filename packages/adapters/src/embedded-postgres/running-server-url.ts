import path from 'node:path';
import { HeliosError } from '@heliosiq/model';
import { programDatabase, programRole } from './create-cluster.ts';
import { readText, rememberedPort, serverFolder } from './server-folder.ts';

/**
 * Connection URL of the server that a running program has started on a folder, for another program of the same user.
 * Rejects with `unavailable` when the folder does not tell.
 */
export async function runningServerUrl(dataDir: string): Promise<string> {
  const folder = serverFolder(path.resolve(dataDir));
  const [port, password] = [await rememberedPort(folder), await readText(folder.passwordFile)];
  if (port === undefined || password === undefined) {
    throw new HeliosError('unavailable', `The program that runs on ${folder.home} has no database there`, {
      cure: 'Name the database with --database-url if it is elsewhere; else wait until the program is ready.',
    });
  }
  return `postgres://${programRole}:${password}@127.0.0.1:${port}/${programDatabase}`;
}
