import type { TenantId } from '@heliosiq/model';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Delivery, DeliveryStore } from '../src/delivery-store.ts';
import { freshTenant } from './fresh-tenant.ts';
import type { OpenStore } from './open-store.ts';

const startAt = Date.UTC(2026, 0, 1);
const farAhead = startAt + 1e12;

function deliveryOf(tenantId: TenantId, id: string, change: Partial<Delivery> = {}): Delivery {
  return {
    id,
    tenantId,
    target: 'https://example.org/hook',
    incidentId: 'i1',
    body: '{"status":"firing"}',
    createdAt: startAt,
    attempts: 0,
    nextAttemptAt: startAt,
    status: 'waiting',
    ...change,
  };
}

/** The promises of `DeliveryStore`. */
export function deliveryStoreConformance(name: string, open: OpenStore<DeliveryStore>): void {
  describe(`${name} as a delivery store`, () => {
    let store: DeliveryStore;
    beforeAll(async () => {
      store = await open();
    });
    // What earlier tests left waiting is leased out of the way, because takeDue reads across tenants.
    beforeEach(async () => {
      while ((await store.takeDue(farAhead - 1, { limit: 1000, leaseUntil: farAhead })).length > 0);
    });

    it('adds a delivery once, whatever became of it since', async () => {
      const tenantId = freshTenant();
      const delivery = deliveryOf(tenantId, 'd1');
      await store.add(tenantId, [delivery, delivery]);
      const done: Delivery = { ...delivery, attempts: 1, status: 'delivered' };
      await store.update(tenantId, done);
      await store.add(tenantId, [delivery]);
      expect(await store.list(tenantId, { limit: 10 })).toEqual([done]);
    });

    it('takes what is due of all tenants, earliest first, and leases it', async () => {
      const [one, two] = [freshTenant(), freshTenant()];
      await store.add(one, [
        deliveryOf(one, 'late', { nextAttemptAt: startAt + 20 }),
        deliveryOf(one, 'future', { nextAttemptAt: startAt + 100 }),
      ]);
      await store.add(two, [deliveryOf(two, 'early', { nextAttemptAt: startAt + 10 })]);
      const taken = await store.takeDue(startAt + 50, { limit: 10, leaseUntil: startAt + 70 });
      expect(taken.map((delivery) => [delivery.tenantId, delivery.id])).toEqual([
        [two, 'early'],
        [one, 'late'],
      ]);
      expect(taken.every((delivery) => delivery.nextAttemptAt === startAt + 70)).toBe(true);
      expect(await store.takeDue(startAt + 69, { limit: 10, leaseUntil: startAt + 90 })).toEqual([]);
      expect(await store.takeDue(startAt + 70, { limit: 10, leaseUntil: startAt + 90 })).toHaveLength(2);
    });

    it('takes at most as many as asked for, the earliest', async () => {
      const tenantId = freshTenant();
      await store.add(
        tenantId,
        [3, 1, 2].map((number) => deliveryOf(tenantId, `d${number}`, { nextAttemptAt: startAt + number })),
      );
      const taken = await store.takeDue(startAt + 10, { limit: 2, leaseUntil: farAhead });
      expect(taken.map((delivery) => delivery.id)).toEqual(['d1', 'd2']);
    });

    it('gives a delivery to one of concurrent workers', async () => {
      const tenantId = freshTenant();
      await store.add(
        tenantId,
        Array.from({ length: 40 }, (_, index) => deliveryOf(tenantId, `d${index}`)),
      );
      const taken = await Promise.all(
        Array.from({ length: 8 }, () => store.takeDue(startAt, { limit: 10, leaseUntil: farAhead })),
      );
      const ids = taken.flat().map((delivery) => delivery.id);
      expect(new Set(ids).size).toBe(ids.length);
      const rest = await store.takeDue(startAt, { limit: 100, leaseUntil: farAhead });
      expect(new Set([...ids, ...rest.map((delivery) => delivery.id)]).size).toBe(40);
    });

    it('stores the outcome of an attempt: a waiting one comes again, others never', async () => {
      const tenantId = freshTenant();
      const again = deliveryOf(tenantId, 'again', { attempts: 1, nextAttemptAt: startAt + 10, lastError: 'HTTP 500' });
      const failed = deliveryOf(tenantId, 'failed', { attempts: 5, status: 'failed', lastError: 'gone' });
      const delivered = deliveryOf(tenantId, 'delivered', { attempts: 1, status: 'delivered' });
      await store.add(
        tenantId,
        ['again', 'failed', 'delivered'].map((id) => deliveryOf(tenantId, id)),
      );
      for (const delivery of [again, failed, delivered]) await store.update(tenantId, delivery);
      expect(await store.takeDue(startAt + 9, { limit: 10, leaseUntil: farAhead })).toEqual([]);
      expect(await store.takeDue(startAt + 10, { limit: 10, leaseUntil: farAhead })).toEqual([
        { ...again, nextAttemptAt: farAhead },
      ]);
      const listed = await store.list(tenantId, { limit: 10 });
      expect(listed.find((delivery) => delivery.id === 'failed')).toEqual(failed);
    });

    it('lists newest first, at most as many as asked for, and nothing of another tenant', async () => {
      const tenantId = freshTenant();
      await store.add(
        tenantId,
        [2, 3, 1].map((number) => deliveryOf(tenantId, `d${number}`, { createdAt: startAt + number })),
      );
      expect((await store.list(tenantId, { limit: 2 })).map((delivery) => delivery.id)).toEqual(['d3', 'd2']);
      expect(await store.list(freshTenant(), { limit: 10 })).toEqual([]);
      await expect(store.list(tenantId, { limit: 1001 })).rejects.toMatchObject({ code: 'invalid-request' });
    });

    it("does not let a tenant update another's delivery", async () => {
      const [one, two] = [freshTenant(), freshTenant()];
      await store.add(one, [deliveryOf(one, 'd1')]);
      await store.update(two, deliveryOf(two, 'd1', { status: 'failed' }));
      expect((await store.list(one, { limit: 10 })).map((delivery) => delivery.status)).toEqual(['waiting']);
    });
  });
}
