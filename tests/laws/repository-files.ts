import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import type { SourceFile } from './source-text.ts';

const ignoredFolders = new Set([
  'node_modules',
  'dist',
  'coverage',
  '.git',
  '.toolchain',
  '.heliosiq',
  '.vitest',
  '.cache',
]);
const textFile = /\.(?:ts|tsx|mjs|js|json|ya?ml|md|css|html|sh|txt)$|(?:^|\/)(?:bin|\.ci)\/[^/.]+$|(?:^|\/)\.[a-z]+rc$/;
const lengthMax = 1_000_000;

/** Every text file of a checkout that is, or is about to be, under version control. Recorded data is left out. */
export function repositoryFiles(root: string, folder = ''): SourceFile[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return ignoredFolders.has(entry.name) ? [] : repositoryFiles(root, path);
    if (!entry.isFile() || !textFile.test(path) || statSync(join(root, path)).size > lengthMax) return [];
    return [{ path, text: readFileSync(join(root, path), 'utf8') }];
  });
}
