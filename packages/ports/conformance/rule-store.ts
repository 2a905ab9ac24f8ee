import { beforeAll, describe, expect, it } from 'vitest';
import type { RuleStore } from '../src/rule-store.ts';
import { freshTenant } from './fresh-tenant.ts';
import type { OpenStore } from './open-store.ts';

const file = { name: 'node.yml', text: 'groups: []', updatedAt: Date.UTC(2026, 0, 1), updatedBy: 'key:1' };

/** The promises of `RuleStore`. */
export function ruleStoreConformance(name: string, open: OpenStore<RuleStore>): void {
  describe(`${name} as a store of rules`, () => {
    let store: RuleStore;
    beforeAll(async () => {
      store = await open();
    });

    it('keeps files by name, the last one given', async () => {
      const tenantId = freshTenant();
      expect(await store.list(tenantId)).toEqual([]);
      const other = { ...file, name: 'Ärger/a b.yml', text: "it's: 'text'\n" };
      await store.put(tenantId, file);
      await store.put(tenantId, other);
      await store.put(tenantId, { ...file, text: 'groups:', updatedAt: file.updatedAt + 1, updatedBy: 'key:2' });
      expect(await store.list(tenantId)).toEqual(
        [other, { ...file, text: 'groups:', updatedAt: file.updatedAt + 1, updatedBy: 'key:2' }].sort((a, b) =>
          a.name < b.name ? -1 : 1,
        ),
      );
    });

    it('removes a file once', async () => {
      const tenantId = freshTenant();
      await store.put(tenantId, file);
      expect(await store.remove(tenantId, file.name)).toBe(true);
      expect(await store.remove(tenantId, file.name)).toBe(false);
      expect(await store.list(tenantId)).toEqual([]);
    });

    it('keeps tenants apart', async () => {
      const [one, two] = [freshTenant(), freshTenant()];
      await store.put(one, file);
      expect(await store.list(two)).toEqual([]);
      expect(await store.remove(two, file.name)).toBe(false);
      expect(await store.list(one)).toEqual([file]);
    });
  });
}
