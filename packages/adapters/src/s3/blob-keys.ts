import { TenantId } from '@heliosiq/model';
import { checkedBlobName, isBlobName } from '../blob-name.ts';

/** How blobs are called in a bucket: `<prefix>/<tenant>/<name>`. */
export interface BlobKeys {
  of(tenantId: TenantId, name: string): string;
  /** What the keys of a tenant's names with a prefix begin with. */
  beginning(tenantId: TenantId, prefix: string): string;
  /** The name of a tenant's key; undefined for what no blob store has written, such as the mark of a folder. */
  nameOf(tenantId: TenantId, key: string): string | undefined;
}

/** `prefix` is made of segments parted by `/`, without one at its ends; empty for the whole bucket. */
export function createBlobKeys(prefix: string): BlobKeys {
  const root = prefix === '' ? '' : `${prefix}/`;
  // Branded ids are parsed at the edge; this one parts the tenants of a bucket, so it is looked at once more.
  const folderOf = (tenantId: TenantId): string => `${root}${TenantId.parse(tenantId)}/`;
  return {
    of: (tenantId, name) => folderOf(tenantId) + checkedBlobName(name),
    beginning: (tenantId, before) => folderOf(tenantId) + before,
    nameOf(tenantId, key) {
      const folder = folderOf(tenantId);
      const name = key.slice(folder.length);
      return key.startsWith(folder) && isBlobName(name) ? name : undefined;
    },
  };
}
