import { TenantId } from '@heliosiq/model';
import type { Logger, Meter, StateEntry, StateStore } from '@heliosiq/ports';
import { describe, expect, it } from 'vitest';
import { quotaDefaults, TenantLimitsTable } from './tenant-quota-limits.ts';
import type { QuotaLimits } from './tenant-quota-limits.ts';
import { createTenantQuota } from './tenant-quota.ts';

const acme = TenantId.parse('acme');
const zeta = TenantId.parse('zeta');
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };

function openQuota(limits: Partial<QuotaLimits>, saved = new Map<string, Uint8Array>()) {
  const counts = new Map<string, number>();
  const clock = { now: Date.UTC(2026, 5, 1, 12), series: 0, counted: 0 };
  const meter: Meter = {
    counter: ({ name }) => ({
      add(amount, labels) {
        const key = `${name} ${labels?.['tenant']} ${labels?.['reason']}`;
        counts.set(key, (counts.get(key) ?? 0) + amount);
      },
    }),
    gauge: () => ({ set() {} }),
    histogram: () => ({ observe() {} }),
  };
  const states: StateStore = {
    put(tenantId, scope, entries) {
      for (const { key, bytes } of entries) saved.set(`${tenantId} ${scope} ${key}`, bytes);
      return Promise.resolve();
    },
    get(tenantId, scope, keys) {
      const found = keys.flatMap((key): StateEntry[] => {
        const bytes = saved.get(`${tenantId} ${scope} ${key}`);
        return bytes === undefined ? [] : [{ key, bytes }];
      });
      return Promise.resolve(found);
    },
  };
  const registry = {
    count() {
      clock.counted += 1;
      return Promise.resolve(clock.series);
    },
  };
  const quota = createTenantQuota({
    limits: { ...quotaDefaults, ...limits },
    registry,
    states,
    meter,
    logger: silent,
    now: () => clock.now,
  });
  return { quota, clock, counts, saved };
}

describe('samples per second', () => {
  it('hold on average: a burst passes, then 429 with the time until something is left, then the rate', async () => {
    const { quota, clock, counts } = openQuota({ samplesPerSecond: 100 });
    await quota.admit(acme, { signals: 1000, bytes: 0 });
    await expect(quota.admit(acme, { signals: 1, bytes: 0 })).rejects.toMatchObject({
      code: 'rate-limited',
      retryAfterS: 1,
    });
    let passed = 0;
    for (let second = 0; second < 100; second += 1) {
      clock.now += 1000;
      await quota.admit(acme, { signals: 200, bytes: 0 }).then(
        () => (passed += 200),
        () => undefined,
      );
    }
    expect(passed).toBe(10_000);
    expect(counts.get('heliosiq_ingest_refused_total acme samples-per-second')).toBeGreaterThan(1);
  });

  it('let a batch larger than the bucket pass once and make the next one wait for it', async () => {
    const { quota, clock } = openQuota({ samplesPerSecond: 100 });
    await quota.admit(acme, { signals: 51_000, bytes: 0 });
    await expect(quota.admit(acme, { signals: 1, bytes: 0 })).rejects.toMatchObject({ retryAfterS: 501 });
    clock.now += 501_000;
    await quota.admit(acme, { signals: 1, bytes: 0 });
  });

  it('are each tenant’s own, with limits of its own where the table says so', async () => {
    const tenants = TenantLimitsTable.parse({ zeta: { 'samples-per-second': 0, 'bytes-per-day': '1KiB' } });
    const { quota } = openQuota({ samplesPerSecond: 1, tenants });
    await quota.admit(acme, { signals: 100, bytes: 0 });
    await expect(quota.admit(acme, { signals: 100, bytes: 0 })).rejects.toThrow('more than 1 samples');
    for (let turn = 0; turn < 5; turn += 1) await quota.admit(zeta, { signals: 100, bytes: 100 });
    await quota.admit(zeta, { signals: 1, bytes: 600 });
    await expect(quota.admit(zeta, { signals: 1, bytes: 1 })).rejects.toThrow('1024 bytes');
  });

  it('are given back where nothing was stored', async () => {
    const { quota } = openQuota({ samplesPerSecond: 10, bytesPerDay: 100 });
    for (let attempt = 0; attempt < 50; attempt += 1) {
      await expect(quota.admit(acme, { signals: 100, bytes: 100 })).resolves.toBeUndefined();
      quota.giveBack(acme, { signals: 100, bytes: 100 });
    }
  });
});

describe('bytes per day', () => {
  it('end at midnight UTC, and are told with the time until then, at most an hour', async () => {
    const { quota, clock } = openQuota({ bytesPerDay: 1000 });
    await quota.admit(acme, { signals: 1, bytes: 1000 });
    await expect(quota.admit(acme, { signals: 1, bytes: 1 })).rejects.toMatchObject({ retryAfterS: 3600 });
    clock.now = Date.UTC(2026, 5, 1, 23, 59, 30);
    await expect(quota.admit(acme, { signals: 1, bytes: 1 })).rejects.toMatchObject({ retryAfterS: 30 });
    clock.now = Date.UTC(2026, 5, 2);
    await quota.admit(acme, { signals: 1, bytes: 1 });
  });

  it('survive a restart of the same day and no other', async () => {
    const { quota, saved } = openQuota({ bytesPerDay: 1000 });
    const stop = new AbortController();
    const running = quota.run(stop.signal);
    await quota.admit(acme, { signals: 1, bytes: 1000 });
    stop.abort();
    await running;
    const again = openQuota({ bytesPerDay: 1000 }, saved);
    await expect(again.quota.admit(acme, { signals: 1, bytes: 1 })).rejects.toMatchObject({ code: 'rate-limited' });
    const tomorrow = openQuota({ bytesPerDay: 1000 }, saved);
    tomorrow.clock.now += 86_400_000;
    await tomorrow.quota.admit(acme, { signals: 1, bytes: 1 });
  });
});

describe('series', () => {
  it('are let in up to the limit, known ones not counted twice, and nothing is asked while the limit is far', async () => {
    const { quota, clock } = openQuota({ seriesMax: 1000 });
    expect(await quota.admitSeries(acme, 600)).toBe(600);
    expect(clock.counted).toBe(0);
    // The 600 were known before a restart: the count says so, and there is room for others.
    clock.series = 600;
    expect(await quota.admitSeries(acme, 600)).toBe(400);
    clock.series = 1000;
    expect(await quota.admitSeries(acme, 5)).toBe(0);
    const { counted } = clock;
    for (let turn = 0; turn < 100; turn += 1) expect(await quota.admitSeries(acme, 5)).toBe(0);
    expect(clock.counted).toBe(counted);
    clock.series = 990;
    clock.now += 60_000;
    expect(await quota.admitSeries(acme, 5)).toBe(5);
  });

  it('that are refused are counted by tenant and reason', () => {
    const { quota, counts } = openQuota({ seriesMax: 10 });
    expect(quota.refuseSeries(acme, { series: 2, samples: 7 })).toContain('10 series');
    expect(counts.get('heliosiq_ingest_refused_total acme series-max')).toBe(7);
  });
});
