import type { BlobStore } from '@heliosiq/ports';
import { checkedBlobName, checkedBlobPrefix } from '../blob-name.ts';
import { checkedLimit } from '../limits.ts';
import { createTenantMap } from './tenant-map.ts';

/** A blob store in memory, gone with the process. */
export function createMemoryBlobStore(): BlobStore {
  const tenants = createTenantMap(() => new Map<string, Uint8Array>());
  return {
    async put(tenantId, name, bytes) {
      tenants.of(tenantId).set(checkedBlobName(name), Uint8Array.from(bytes));
    },
    async get(tenantId, name) {
      return tenants.of(tenantId).get(checkedBlobName(name));
    },
    async list(tenantId, prefix, { limit, after }) {
      checkedLimit(limit, 10_000);
      checkedBlobPrefix(prefix);
      const names = [...tenants.of(tenantId).keys()].filter(
        (name) => name.startsWith(prefix) && (after === undefined || name > after),
      );
      return names.sort().slice(0, limit);
    },
    async remove(tenantId, name) {
      return tenants.of(tenantId).delete(checkedBlobName(name));
    },
  };
}
