import type { RuleFile, RuleStore } from '@heliosiq/ports';
import { createTenantMap } from './tenant-map.ts';

const filesMax = 1000;

/** A store of rules in memory, gone with the process. */
export function createMemoryRuleStore(): RuleStore {
  const tenants = createTenantMap(() => new Map<string, RuleFile>());
  return {
    async put(tenantId, file) {
      tenants.of(tenantId).set(file.name, file);
    },
    async list(tenantId) {
      const files = [...tenants.of(tenantId).values()];
      return files.sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, filesMax);
    },
    async remove(tenantId, name) {
      return tenants.of(tenantId).delete(name);
    },
  };
}
