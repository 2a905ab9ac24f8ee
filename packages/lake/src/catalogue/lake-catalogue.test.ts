import { createMemoryLakeFigures } from '@heliosiq/adapters/memory/lake-figures.ts';
import { createMemorySeriesStore } from '@heliosiq/adapters/memory/series-store.ts';
import { createMemorySignalStore } from '@heliosiq/adapters/memory/signal-store.ts';
import { AssetId, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import { createLakeCatalogue } from './lake-catalogue.ts';

const acme = TenantId.parse('acme');
const now = Date.UTC(2026, 5, 1, 12);
const hourMs = 3_600_000;

describe('the catalogue of a lake', () => {
  let series: ReturnType<typeof createMemorySeriesStore>;
  let clock: number;

  beforeEach(() => {
    series = createMemorySeriesStore();
    clock = now;
  });

  function open(lagRecords = 0) {
    const lag = async () => [
      { group: 'lake', topic: 'signals' as const, partition: 0, committedOffset: 0, endOffset: lagRecords, lagRecords },
      { group: 'detect', topic: 'signals' as const, partition: 0, committedOffset: 0, endOffset: 9, lagRecords: 9 },
    ];
    const figures = createMemoryLakeFigures({ series, signals: createMemorySignalStore() });
    return createLakeCatalogue({ series, figures, log: { lag }, now: () => clock });
  }

  async function append(metric: string, labels: Readonly<Record<string, string>>, times: readonly number[]) {
    const words = { asset: AssetId.parse('web'), metric, labels };
    const values = times.map((_, index) => index);
    await series.append(acme, [{ series: { id: seriesIdOf(acme, words), ...words }, times, values }]);
  }

  it('tells series, samples, ends, what is active and new, the rate of five minutes, and the lag of the lake alone', async () => {
    await append('old', {}, [now - 48 * hourMs, now - 47 * hourMs]);
    await append('steady', {}, [now - 2 * hourMs, ...Array.from({ length: 20 }, (_, index) => now - index * 15_000)]);
    await append('fresh', {}, [now - 1000]);
    const stats = await open(7).stats(acme);
    expect(stats).toMatchObject({
      series: 3,
      activeSeries: 2,
      newSeries: 1,
      samples: 24,
      oldestAt: now - 48 * hourMs,
      newestAt: now,
      samplesPerSecond: 21 / 300,
      isRateEstimate: false,
      bytesPerSample: 16,
      lagRecords: 7,
    });
  });

  it('tells the rate of many series from some of them, within a few percent', async () => {
    for (let index = 0; index < 1200; index += 1) {
      await append('m', { host: `h${index}` }, [now - 60_000, now - 30_000, ...(index % 2 === 0 ? [now] : [])]);
    }
    const stats = await open().stats(acme);
    expect(stats.isRateEstimate).toBe(true);
    expect(stats.samplesPerSecond).toBeGreaterThan((3000 / 300) * 0.95);
    expect(stats.samplesPerSecond).toBeLessThan((3000 / 300) * 1.05);
  });

  it('looks once for those who ask at the same time, and again when the answer has grown old', async () => {
    await append('m', {}, [now]);
    const catalogue = open();
    const [first, second] = await Promise.all([catalogue.stats(acme), catalogue.stats(acme)]);
    expect(second).toBe(first);
    await append('m', { more: 'yes' }, [now]);
    expect((await catalogue.stats(acme)).series).toBe(1);
    clock += 11_000;
    expect((await catalogue.stats(acme)).series).toBe(2);
  });

  it('lets one who asked go without failing the others', async () => {
    const catalogue = open();
    const gone = new AbortController();
    const [first, second] = [catalogue.stats(acme, { signal: gone.signal }), catalogue.stats(acme)];
    gone.abort();
    await expect(first).rejects.toThrow('abort');
    expect(await second).toMatchObject({ series: 0 });
  });

  it('lists the series that a selector means by name, and says how many there are', async () => {
    for (const host of ['c', 'a', 'b', 'x1', 'x2']) await append('cpu', { host }, [now]);
    await append('memory', { host: 'a' }, [now]);
    const listing = await open().series(acme, { match: 'cpu{host!~"x.*"}', limit: 2 });
    expect(listing.series.map(({ series: { labels } }) => labels['host'])).toEqual(['a', 'b']);
    expect(listing.matching).toBe(3);
    expect((await open().series(acme, { match: '{asset="web"}', limit: 100 })).matching).toBe(6);
    expect((await open().series(acme, { limit: 100 })).matching).toBe(6);
  });

  it.each(['cpu[5m]', 'cpu offset 1h', 'sum(cpu)', 'cpu{', '1'])(
    'refuses %s, which is no plain selector',
    async (match) => {
      await expect(open().series(acme, { match, limit: 1 })).rejects.toMatchObject({ code: 'invalid-request' });
    },
  );

  it('names the label that blows up, alone and with its metric, and what grew in the last hour', async () => {
    for (let user = 0; user < 50; user += 1) await append('requests', { user: `u${user}`, zone: 'eu' }, [now - 1000]);
    for (let user = 0; user < 10; user += 1)
      await append('logins', { user: `u${user}`, zone: 'us' }, [now - 2 * hourMs]);
    const found = await open().cardinality(acme, { limit: 2 });
    expect(found).toMatchObject({ series: 60, newSeries: 50, isPartial: false });
    expect(found.metrics).toEqual([
      { metric: 'requests', series: 50, newSeries: 50 },
      { metric: 'logins', series: 10, newSeries: 0 },
    ]);
    expect(found.labels[0]).toMatchObject({ label: 'user', values: 50, series: 60 });
    expect(found.labels[1]).toEqual({
      label: 'zone',
      values: 2,
      series: 60,
      commonest: [
        { value: 'eu', series: 50 },
        { value: 'us', series: 10 },
      ],
    });
    expect(found.pairs).toEqual([
      { metric: 'requests', label: 'user', values: 50, series: 50 },
      { metric: 'logins', label: 'user', values: 10, series: 10 },
    ]);
    expect(found.growing).toEqual([{ metric: 'requests', series: 50, newSeries: 50 }]);
    expect((await open().cardinality(acme, { match: 'logins', limit: 5 })).series).toBe(10);
  });

  it('shows a tenant nothing of another', async () => {
    await append('m', {}, [now]);
    const other = TenantId.parse('other');
    expect((await open().stats(other)).samples).toBe(0);
    expect((await open().series(other, { limit: 10 })).matching).toBe(0);
    expect((await open().cardinality(other, { limit: 10 })).series).toBe(0);
  });
});
