import { beforeAll, describe, expect, it } from 'vitest';
import type { IdempotencyStore } from '../src/idempotency-store.ts';
import { freshTenant } from './fresh-tenant.ts';
import type { OpenStore } from './open-store.ts';

const startAt = Date.UTC(2026, 0, 1);
const dayMs = 86_400_000;
const response = { requestHash: 'h1', status: 202, body: '{"accepted":1}' };

/** The promises of `IdempotencyStore`. */
export function idempotencyStoreConformance(name: string, open: OpenStore<IdempotencyStore>): void {
  describe(`${name} as an idempotency store`, () => {
    let store: IdempotencyStore;
    beforeAll(async () => {
      store = await open();
    });

    it('keeps the first answer of a key', async () => {
      const tenantId = freshTenant();
      expect(await store.get(tenantId, 'k')).toBeUndefined();
      await store.put(tenantId, 'k', response, startAt);
      await store.put(tenantId, 'k', { ...response, status: 500 }, startAt + 1);
      expect(await store.get(tenantId, 'k')).toEqual(response);
    });

    it('keeps one whole answer of concurrent writers', async () => {
      const tenantId = freshTenant();
      const answers = Array.from({ length: 5 }, (_, index) => ({
        requestHash: `h${index}`,
        status: 200 + index,
        body: String(index),
      }));
      await Promise.all(answers.map((answer) => store.put(tenantId, 'k', answer, startAt)));
      expect(answers).toContainEqual(await store.get(tenantId, 'k'));
    });

    it('keeps tenants apart', async () => {
      await store.put(freshTenant(), 'k', response, startAt);
      expect(await store.get(freshTenant(), 'k')).toBeUndefined();
    });

    it('expires what is older than a day, of every tenant, and nothing younger', async () => {
      const [one, two] = [freshTenant(), freshTenant()];
      await store.put(one, 'old', response, startAt);
      await store.put(two, 'old', response, startAt + 1);
      await store.put(two, 'young', response, startAt + 2);
      expect(await store.expire(startAt + 2 + dayMs)).toBeGreaterThanOrEqual(2);
      expect(await store.get(one, 'old')).toBeUndefined();
      expect(await store.get(two, 'old')).toBeUndefined();
      expect(await store.get(two, 'young')).toEqual(response);
      expect(await store.expire(startAt + 2 + dayMs)).toBe(0);
    });
  });
}
