import { constants } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import path from 'node:path';

/** Writes a new file and returns when its content is on the disk; its name is so after `flushFolder`. Rejects where it exists. */
export async function writeFlushed(file: string, content: Uint8Array | string): Promise<void> {
  await using handle = await open(
    file,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o600,
  );
  await handle.writeFile(content);
  await handle.sync();
}

/** Makes the content of a file that somebody has written durable. */
export async function flushFile(file: string): Promise<void> {
  await using handle = await open(file, constants.O_RDONLY);
  await handle.sync();
}

/** Makes the names in a folder durable. */
export async function flushFolder(folder: string): Promise<void> {
  await using handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  await handle.sync();
}

/** Renames within a folder, or from one folder to a neighbour; durable when it resolves. */
export async function renameFlushed(from: string, to: string): Promise<void> {
  await rename(from, to);
  await flushFolder(path.dirname(to));
}
