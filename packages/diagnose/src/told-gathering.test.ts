import { createMemorySignalStore } from '@heliosiq/adapters/memory/signal-store.ts';
import { AssetId, type Alert, type Log } from '@heliosiq/model';
import { beforeEach, describe, expect, it } from 'vitest';
import { FAULT_FROM_MS } from './testing/casefile-fixture.ts';
import { tenantId } from './testing/stores-fixture.ts';
import { seededRandom } from './seeded-random.ts';
import type { AlertRecord } from './casefile.ts';
import { gatherAlerts, gatherLogSteps } from './told-gathering.ts';

const MINUTE_MS = 60_000;
const [cart, stock] = [AssetId.parse('cart'), AssetId.parse('stock')];
const scope = {
  tenantId,
  assets: [cart, stock],
  window: { baselineFromMs: 0, faultFromMs: FAULT_FROM_MS, faultToMs: FAULT_FROM_MS + 10 * MINUTE_MS },
};

let store: ReturnType<typeof createMemorySignalStore>;

beforeEach(() => {
  store = createMemorySignalStore();
});

let lastId = 0;
function alert(at: number, rest: Partial<Alert> = {}): Alert {
  lastId += 1;
  const labels = { alertname: 'HighLatency' };
  return {
    kind: 'alert',
    id: `a${lastId}`,
    asset: cart,
    at,
    fingerprint: 'f',
    status: 'firing',
    title: 'latency',
    severity: 'high',
    labels,
    ...rest,
  };
}

function log(at: number, body: string, rest: Partial<Log> = {}): Log {
  lastId += 1;
  return { kind: 'log', id: `l${lastId}`, asset: cart, at, body, severity: 'info', labels: {}, ...rest };
}

describe('alarms of an incident', () => {
  it('are those firing in its window, beside those of the stretches before it', async () => {
    await store.append(tenantId, [
      alert(FAULT_FROM_MS + MINUTE_MS, { text: 'stock does not answer' }),
      alert(FAULT_FROM_MS + 2 * MINUTE_MS),
      alert(FAULT_FROM_MS + 3 * MINUTE_MS, { asset: stock, status: 'resolved' }),
      alert(FAULT_FROM_MS - 15 * MINUTE_MS),
    ]);
    const record = await gatherAlerts(store, scope, 1000);
    expect(record?.firings).toEqual([
      { asset: 'cart', name: 'HighLatency', firstMs: FAULT_FROM_MS + MINUTE_MS, count: 2, mentions: ['stock'] },
    ]);
    expect(record?.past.map(({ firings }) => firings.length).slice(0, 3)).toEqual([0, 1, 0]);
  });

  it('are counted the same however many they are and however they lie in pages', async () => {
    const random = seededRandom(7);
    const alerts = Array.from({ length: 3500 }, () =>
      // Many have the same millisecond.
      alert(FAULT_FROM_MS + (Math.floor(random() * 230) - 220) * MINUTE_MS, {
        ...{ asset: random() < 0.5 ? cart : stock, status: random() < 0.8 ? 'firing' : 'resolved' },
        ...{
          labels: { alertname: `Alarm${Math.floor(random() * 4)}` },
          text: random() < 0.1 ? 'stock is empty' : 'slow',
        },
        ...(random() < 0.5 ? { startedAt: FAULT_FROM_MS - Math.floor(random() * MINUTE_MS) } : {}),
      }),
    );
    await store.append(tenantId, alerts);
    const { faultFromMs, faultToMs } = scope.window;
    const lengthMs = faultToMs - faultFromMs;
    const firedFrom = (fromMs: number): Map<string, Alert[]> =>
      Map.groupBy(
        alerts.filter(({ at, status }) => status === 'firing' && at >= fromMs && at < fromMs + lengthMs),
        (one) => `${one.asset} ${one.labels['alertname']}`,
      );
    const expectFirings = ({ firings, past }: AlertRecord, stretches: number): void => {
      const fired = firedFrom(faultFromMs);
      expect(new Set(firings.map(({ asset, name }) => `${asset} ${name}`))).toEqual(new Set(fired.keys()));
      for (const { asset, name, ...counted } of firings) {
        const same = fired.get(`${asset} ${name}`) ?? [];
        expect(counted).toEqual({
          firstMs: Math.min(...same.map(({ startedAt, at }) => startedAt ?? at)),
          count: same.length,
          mentions: asset === 'cart' && same.some(({ text }) => text?.startsWith('stock')) ? ['stock'] : [],
        });
      }
      expect(past).toHaveLength(stretches);
      for (const { fromMs, firings: before } of past) {
        const names = before.map(({ asset, name }) => `${asset} ${name}`);
        expect(names.toSorted()).toEqual([...firedFrom(fromMs).keys()].toSorted());
      }
    };
    const all = await gatherAlerts(store, scope, 10_000);
    if (all === undefined) throw new Error('there are alarms');
    expectFirings(all, 48);
    const newest = await gatherAlerts(store, scope, 2000);
    if (newest === undefined) throw new Error('there are alarms');
    const readFromMs = alerts.map(({ at }) => at).sort((one, other) => other - one)[1999] ?? 0;
    expectFirings(newest, Math.floor((faultFromMs - readFromMs - 1) / lengthMs));
  });

  it('are none where nothing fired', async () => {
    expect(await gatherAlerts(store, scope, 1000)).toBeUndefined();
  });
});

describe('log lines of an incident', () => {
  it('are counted per request, and lines of trouble told as such', async () => {
    const lines = Array.from({ length: 10 }, (_, index) => [
      log(FAULT_FROM_MS - (index + 1) * 1000, `cart ${index} read`, { traceId: `old${index}` }),
      log(FAULT_FROM_MS + index * 1000, `cart ${index} read`, { traceId: `new${index}` }),
      log(FAULT_FROM_MS + index * 1000, 'no stock for cart', { traceId: `new${index}`, severity: 'high' }),
    ]).flat();
    await store.append(tenantId, lines);
    const steps = await gatherLogSteps(store, scope, { countMax: 1000, withTraces: true });
    expect(steps).toContainEqual(
      expect.objectContaining({
        asset: 'cart',
        isTrouble: true,
        mentions: ['stock'],
        before: [{ requests: 10, seen: 0 }],
        during: { requests: 10, seen: 10 },
      }),
    );
    expect(steps).toContainEqual(
      expect.objectContaining({ step: 'logs cart <n> read', isTrouble: false, during: { requests: 10, seen: 10 } }),
    );
  });

  it('without a trace are counted by slots of ten seconds', async () => {
    const firstMs = Math.ceil(FAULT_FROM_MS / 10_000) * 10_000;
    await store.append(tenantId, [
      log(FAULT_FROM_MS - 5000, 'cart read'),
      ...[0, 1000, 2000, 30_000].map((offsetMs) => log(firstMs + offsetMs, 'cart read')),
    ]);
    const steps = await gatherLogSteps(store, scope, { countMax: 1000, withTraces: true });
    expect(steps?.map(({ operation, during }) => [operation, during])).toEqual([
      ['each 10 s', { requests: 2, seen: 2 }],
    ]);
  });

  it('are read page after page until the budget is spent', async () => {
    const lines = Array.from({ length: 2500 }, (_, index) =>
      log(FAULT_FROM_MS + index * 10, 'cart read', { traceId: `t${index}` }),
    );
    await store.append(tenantId, [log(FAULT_FROM_MS - 1000, 'cart read', { traceId: 'old' }), ...lines]);
    const [all] = (await gatherLogSteps(store, scope, { countMax: 5000, withTraces: true })) ?? [];
    expect(all?.during.requests).toBe(2500);
    const [some] = (await gatherLogSteps(store, scope, { countMax: 1500, withTraces: true })) ?? [];
    expect(some?.during.requests).toBeLessThanOrEqual(2000);
  });
});
