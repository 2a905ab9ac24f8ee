import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';

export interface TreeNamesOptions {
  /** Only names that begin with this; `/` parts folders. */
  readonly prefix: string;
  readonly limit: number;
  /** Only names beyond this one. */
  readonly after?: string | undefined;
  readonly ignores: (entry: string) => boolean;
}

/**
 * The smallest names of the files below a folder, `/` between folders, in ascending order of their characters.
 * Symbolic links are neither listed nor followed; a folder that is not there has no names.
 */
export async function treeNames(
  root: string,
  { prefix, limit, after, ignores }: TreeNamesOptions,
): Promise<readonly string[]> {
  const names: string[] = [];

  async function walk(folder: string, before: string): Promise<void> {
    const entries = await entriesOf(folder);
    // A folder sorts as its name with the slash, because that is what the names below it begin with.
    const sortable = entries
      .filter((entry) => !ignores(entry.name) && (entry.isFile() || entry.isDirectory()))
      .map((entry) => ({ entry, name: `${before}${entry.name}${entry.isDirectory() ? '/' : ''}` }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const { entry, name } of sortable) {
      if (names.length === limit) return;
      if (after !== undefined && name <= after && !(entry.isDirectory() && after.startsWith(name))) continue;
      if (entry.isFile()) {
        if (name.startsWith(prefix)) names.push(name);
      } else if (name.startsWith(prefix) || prefix.startsWith(name)) {
        await walk(path.join(folder, entry.name), name);
      }
    }
  }

  await walk(root, '');
  return names;
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return [];
    throw error;
  }
}
