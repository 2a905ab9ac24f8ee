import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone's root folder, whatever the working directory is. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Everything the bootstrap fetches or remembers, outside version control; deleting it is always safe. */
export const toolchainFolder = path.join(root, '.toolchain');

/** The program's entry point. */
export const programEntry = path.join(root, 'packages', 'heliosiq', 'src', 'main.ts');

/** The web page's package. */
export const webFolder = path.join(root, 'packages', 'web');
