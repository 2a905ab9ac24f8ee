/** The native library of vector search, loaded when the first vector is searched for. */

import { createRequire } from 'node:module';
import type * as Usearch from 'usearch';

let library: typeof Usearch | undefined;
let isMissing = false;

/** `usearch`, or `undefined` on a platform that it has no binary for. */
export function nativeVectors(): typeof Usearch | undefined {
  if (library === undefined && !isMissing) {
    try {
      // Loaded by `require` because searches are synchronous; the cast names the package's own types.
      library = createRequire(import.meta.url)('usearch') as typeof Usearch;
    } catch {
      // Every vector is then compared in JavaScript: right, and about ten times slower.
      isMissing = true;
    }
  }
  return library;
}
