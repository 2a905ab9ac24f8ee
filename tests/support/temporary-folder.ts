import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Removes the folder of a program that may just have been killed: its database writes there until it has noticed.
 * Up to 20 s for it to end.
 */
export async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

/** A folder that is gone when its owner is disposed. */
export async function temporaryFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'heliosiq-test-'));
  return { path, [Symbol.asyncDispose]: () => removeFolder(path) };
}
