/** A hybrid index as a block of bytes and back. */

import { decodeArrayFile, encodeArrayFile } from './array-file.ts';
import type { HybridParts } from './hybrid-index.ts';

/** Raised whenever the analyser or the layout changes, so that an older snapshot is not read. */
const FORMAT = 'hybrid-index-1';

/** The bytes of an index in pieces; `about` is given back by `readIndexSnapshot`. */
export function writeIndexSnapshot({ lexical, dense }: HybridParts, about: unknown): readonly Uint8Array[] {
  const { lists, unitTerms, terms, keys, titleLengths, headingLengths, bodyLengths } = lexical;
  return encodeArrayFile(FORMAT, {
    arrays: { ...lists, ...unitTerms, titleLengths, headingLengths, bodyLengths, matrix: dense.matrix },
    values: { terms, keys, vectorKeys: dense.keys, dimensions: dense.dimensions, about },
  });
}

/** What `writeIndexSnapshot` wrote; `undefined` when it is damaged or of another format. */
export function readIndexSnapshot(
  bytes: Uint8Array<ArrayBuffer>,
): { readonly parts: HybridParts; readonly about: unknown } | undefined {
  const file = decodeArrayFile(FORMAT, bytes);
  if (file === undefined) return undefined;
  const { about, dimensions, keys, terms, vectorKeys } = file.values;
  // The format names the layout that writeIndexSnapshot gives, and the checksum held: the casts below name its parts.
  const words = file.arrays as unknown as HybridParts['lexical']['lists'] &
    HybridParts['lexical']['unitTerms'] &
    Pick<HybridParts['lexical'], 'titleLengths' | 'headingLengths' | 'bodyLengths'> &
    Pick<HybridParts['dense'], 'matrix'>;
  return {
    parts: {
      lexical: {
        lists: words,
        unitTerms: words,
        terms: terms as readonly string[],
        keys: keys as readonly string[],
        titleLengths: words.titleLengths,
        headingLengths: words.headingLengths,
        bodyLengths: words.bodyLengths,
      },
      dense: { keys: vectorKeys as readonly string[], matrix: words.matrix, dimensions: dimensions as number },
    },
    about,
  };
}
