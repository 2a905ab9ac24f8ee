import { orderedId, Silence } from '@heliosiq/model';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SilenceStore } from '../src/silence-store.ts';
import { freshTenant } from './fresh-tenant.ts';
import type { OpenStore } from './open-store.ts';

function silenceOf(startsAt: number, endsAt = startsAt + 10): Silence {
  return Silence.parse({
    id: orderedId(),
    kind: 'maintenance',
    matchers: [{ name: 'asset', operator: '=~', value: 'web-.*' }],
    startsAt,
    endsAt,
    author: 'key:ops',
    reason: `from ${startsAt}`,
    createdAt: 1,
  });
}

/** The promises of `SilenceStore`. */
export function silenceStoreConformance(name: string, open: OpenStore<SilenceStore>): void {
  describe(`${name} as a silence store`, () => {
    let store: SilenceStore;
    beforeAll(async () => {
      store = await open();
    });

    it('returns a silence as it was last put, to its tenant alone', async () => {
      const tenantId = freshTenant();
      const silence = silenceOf(10);
      await store.put(tenantId, silence);
      const ended = { ...silence, endedAt: 12, endedBy: 'key:other' };
      await store.put(tenantId, ended);
      expect(await store.get(tenantId, silence.id)).toEqual(ended);
      expect(await store.list(tenantId, { limit: 10 })).toEqual([ended]);
      expect(await store.get(freshTenant(), silence.id)).toBeUndefined();
      expect(await store.list(freshTenant(), { limit: 10 })).toEqual([]);
    });

    it('lists the latest start first, as many as asked for, and those alone that end beyond a moment', async () => {
      const tenantId = freshTenant();
      const [early, late, long] = [silenceOf(10), silenceOf(30), silenceOf(20, 90)];
      for (const silence of [early, late, long]) await store.put(tenantId, silence);
      expect(await store.list(tenantId, { limit: 10 })).toEqual([late, long, early]);
      expect(await store.list(tenantId, { limit: 1 })).toEqual([late]);
      expect(await store.list(tenantId, { limit: 10, endingAfter: 20 })).toEqual([late, long]);
      expect(await store.list(tenantId, { limit: 10, endingAfter: 40 })).toEqual([long]);
    });

    it('refuses limits outside 1 to 1,000', async () => {
      for (const limit of [0, 1001]) {
        await expect(store.list(freshTenant(), { limit })).rejects.toMatchObject({ code: 'invalid-request' });
      }
    });
  });
}
