import type { TenantId } from '@heliosiq/model';
import type { BlobStore } from '@heliosiq/ports';
import { bronzePrefix, parseBronzeName, type BronzeName } from './bronze-names.ts';

const pageMax = 10_000;

/** A blob of bronze by its name. */
export interface ListedBlob extends BronzeName {
  readonly name: string;
}

/** All segments and manifests of a tenant, or those below a folder, in the order of their names; other blobs are passed by. */
export async function* listBronze(
  blobs: BlobStore,
  tenantId: TenantId,
  folder = bronzePrefix,
): AsyncGenerator<ListedBlob, void, undefined> {
  let after: string | undefined;
  for (;;) {
    const names = await blobs.list(tenantId, folder, { limit: pageMax, ...(after === undefined ? {} : { after }) });
    for (const name of names) {
      const parsed = parseBronzeName(name);
      if (parsed !== undefined) yield { name, ...parsed };
    }
    if (names.length < pageMax) return;
    after = names.at(-1);
  }
}
