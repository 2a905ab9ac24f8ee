import { AssetId, type TracePart } from '@heliosiq/model';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TraceStore } from '../src/trace-store.ts';
import { freshTenant } from './fresh-tenant.ts';
import type { OpenStore } from './open-store.ts';

const minuteMs = 60_000;
const startAt = Date.UTC(2026, 2, 1);
const always = { from: 0, to: startAt + 1e12 };
const shop = AssetId.parse('shop "a" ünd');

/** A part in the minute `minute` with one span and one line, or without. */
function partOf(minute: number, id = `part-${minute}`, isEmpty = false): TracePart {
  const at = startAt + minute * minuteMs;
  const place = { traceId: `trace-${id}`, spanId: '00f067aa0ba902b7', asset: shop };
  return {
    ...{ id, at, share: 0.25 },
    spans: isEmpty
      ? []
      : [{ ...place, parentId: '', operation: 'GET /', startMs: at + 1.25, endMs: at + 3.5, isError: true }],
    lines: isEmpty ? [] : [{ ...place, id: `line-${id}`, at: at + 2, body: 'it "failed"\n at once', isError: false }],
  };
}

/** The promises of `TraceStore`. */
export function traceStoreConformance(name: string, open: OpenStore<TraceStore>): void {
  describe(`${name} as a trace store`, () => {
    let store: TraceStore;
    beforeAll(async () => {
      store = await open();
    });

    it('returns the parts of a range as they were, the oldest first', async () => {
      const tenantId = freshTenant();
      await store.append(tenantId, [partOf(3), partOf(1), partOf(2)]);
      expect(await store.read(tenantId, always, { limit: 10 })).toEqual([partOf(1), partOf(2), partOf(3)]);
      const range = { from: startAt + 2 * minuteMs, to: startAt + 3 * minuteMs };
      expect(await store.read(tenantId, range, { limit: 10 })).toEqual([partOf(2)]);
      expect(await store.read(freshTenant(), always, { limit: 10 })).toEqual([]);
    });

    it('keeps a part once, however often it is appended', async () => {
      const tenantId = freshTenant();
      await store.append(tenantId, [partOf(1)]);
      await store.append(tenantId, [partOf(1), partOf(2)]);
      await Promise.all([
        store.append(tenantId, [partOf(2), partOf(1)]),
        store.append(tenantId, [partOf(1), partOf(2)]),
      ]);
      expect(await store.read(tenantId, always, { limit: 10 })).toEqual([partOf(1), partOf(2)]);
    });

    it('gives the newest of more parts than were asked for', async () => {
      const tenantId = freshTenant();
      await store.append(
        tenantId,
        [1, 2, 3, 4].map((minute) => partOf(minute)),
      );
      expect(await store.read(tenantId, always, { limit: 2 })).toEqual([partOf(3), partOf(4)]);
      for (const limit of [0, 5001])
        await expect(store.read(tenantId, always, { limit })).rejects.toMatchObject({ code: 'invalid-request' });
    });

    it('tells the minutes that hold spans, and how many', async () => {
      const tenantId = freshTenant();
      await store.append(tenantId, [partOf(2), partOf(2, 'other'), partOf(1, 'none', true), partOf(5)]);
      expect(await store.slots(tenantId, always)).toEqual([
        { at: startAt + 2 * minuteMs, spans: 2 },
        { at: startAt + 5 * minuteMs, spans: 1 },
      ]);
      expect(await store.slots(tenantId, { from: 0, to: startAt + 5 * minuteMs })).toHaveLength(1);
    });

    it('forgets what is older than the newest of its tenant by more than is kept', async () => {
      const [tenantId, other] = [freshTenant(), freshTenant()];
      await store.append(
        tenantId,
        [1, 50, 120].map((minute) => partOf(minute)),
      );
      await store.append(other, [partOf(1)]);
      expect(await store.expire(70 * minuteMs)).toBeGreaterThanOrEqual(1);
      expect(await store.read(tenantId, always, { limit: 10 })).toEqual([partOf(50), partOf(120)]);
      expect(await store.read(other, always, { limit: 10 })).toEqual([partOf(1)]);
    });
  });
}
