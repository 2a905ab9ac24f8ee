import { join, resolve } from 'node:path';
import type { Config } from '../config/settings.ts';

/** Where the blobs of a program lie that keeps them in a folder. */
export function blobFolder({ data, blobDir }: Pick<Config, 'data' | 'blobDir'>): string {
  return resolve(blobDir ?? join(data, 'blobs'));
}
