import { TenantId } from '@heliosiq/model';
import type { AssetId, SampleBlock, SeriesRef } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPrometheus } from '../support/prometheus-process.ts';
import { openStoreOn } from '../support/series-store-on-server.ts';
import type { StoreOnServer } from '../support/series-store-on-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const stepMs = 15_000;
const hourMs = 3_600_000;
const now = Math.floor(Date.now() / stepMs) * stepMs;

let tenants = 0;

/** A tenant that no other test has. */
function newTenant(): TenantId {
  tenants += 1;
  return TenantId.parse(`tenant-${tenants}`);
}

function seriesOf(tenantId: TenantId, asset: string, labels: Record<string, string> = {}, metric = 'm'): SeriesRef {
  const named = { asset: asset as AssetId, metric, labels }; // a name that is not empty
  return { id: seriesIdOf(tenantId, named), ...named };
}

/** A sample a step, the last one `endsAt`; values are the numbers of their steps since the epoch. */
function blockOf(series: SeriesRef, endsAt: number, count: number): SampleBlock {
  const times = Array.from({ length: count }, (_, index) => endsAt - (count - 1 - index) * stepMs);
  return { series, times, values: times.map((at) => at / stepMs) };
}

async function timesOf(store: StoreOnServer, tenantId: TenantId, series: SeriesRef): Promise<number[]> {
  const [points] = await store.range(tenantId, { ids: [series.id] }, { from: 0, to: now + hourMs });
  return Array.from(points?.times ?? []);
}

const servers = [
  { name: 'Prometheus 2', variable: 'HELIOS_TEST_PROMETHEUS', binary: process.env['HELIOS_TEST_PROMETHEUS'] },
  { name: 'Prometheus 3', variable: 'HELIOS_TEST_PROMETHEUS3', binary: process.env['HELIOS_TEST_PROMETHEUS3'] },
];

describe.each(servers)('$name', ({ binary, variable }) => {
  describe.skipIf(binary === undefined)(`without a window for late samples (needs ${variable})`, () => {
    const opened = new AsyncDisposableStack();
    let url = '';
    beforeAll(async () => {
      const { path: folder } = opened.use(await temporaryFolder());
      const server = await startPrometheus({
        ...{ binary: binary ?? '', folder, config: '', targets: [] },
        flags: ['--web.enable-remote-write-receiver'],
      });
      ({ url } = opened.use(server));
    });
    afterAll(() => opened.disposeAsync());

    it('takes an append again that was cut off in the middle, and refuses nothing', async () => {
      using store = openStoreOn(url);
      const tenantId = newTenant();
      const [a, b, c] = ['a', 'b', 'c'].map((name) => seriesOf(tenantId, name));
      if (a === undefined || b === undefined || c === undefined) throw new Error('three series');
      await store.append(tenantId, [blockOf(a, now, 40), blockOf(b, now - 20 * stepMs, 20)]);
      await store.append(tenantId, [blockOf(a, now, 40), blockOf(b, now, 40), blockOf(c, now, 40)]);
      for (const one of [a, b, c]) expect((await timesOf(store, tenantId, one)).length).toBe(40);
      expect(store.refused()).toBe(0);
    });

    it('stores all that is in time beside samples that come too late, and tells how many it could not', async () => {
      using store = openStoreOn(url);
      const tenantId = newTenant();
      const all = Array.from({ length: 30 }, (_, index) => seriesOf(tenantId, `asset-${index}`));
      const late = all.filter((_, index) => index % 7 === 3);
      await store.append(
        tenantId,
        late.map((series) => blockOf(series, now, 1)),
      );
      await store.append(
        tenantId,
        all.map((series) => blockOf(series, now, 10)),
      );
      for (const series of all) {
        const times = await timesOf(store, tenantId, series);
        expect(times).toEqual(late.includes(series) ? [now] : blockOf(series, now, 10).times);
      }
      expect(store.refused()).toBe(late.length * 9);
    });

    it('gets over a whole history that the server does not take', async () => {
      using store = openStoreOn(url);
      const tenantId = newTenant();
      const all = Array.from({ length: 200 }, (_, index) => seriesOf(tenantId, `asset-${index}`));
      await store.append(
        tenantId,
        all.map((series) => blockOf(series, now - 300 * 24 * hourMs, 100)),
      );
      expect(store.refused()).toBe(200 * 100);
      const fresh = seriesOf(tenantId, 'fresh');
      await store.append(tenantId, [blockOf(fresh, now, 5)]);
      expect((await timesOf(store, tenantId, fresh)).length).toBe(5);
    });

    it('keeps the value that was stored first, and counts the other', async () => {
      using store = openStoreOn(url);
      const tenantId = newTenant();
      const series = seriesOf(tenantId, 'a');
      await store.append(tenantId, [{ series, times: [now], values: [1] }]);
      await store.append(tenantId, [{ series, times: [now, now + stepMs], values: [2, 3] }]);
      const [points] = await store.range(tenantId, {}, { from: 0, to: now + hourMs });
      expect(Array.from(points?.values ?? [])).toEqual([1, 3]);
      expect(store.refused()).toBe(1);
    });

    it('stores names and labels that a server does not know as they are, and reads the same series', async () => {
      using store = openStoreOn(url);
      const tenantId = newTenant();
      const labels = {
        'http.status': '500',
        'ä b': '"quoted" \\ {x}\n',
        empty: '',
        tenant: 'not-mine',
        __name__: 'n',
        U__x: 'escaped already',
        heliosiq_asset: 'y',
      };
      const odd = seriesOf(tenantId, 'pump 7/müller', labels, 'CPU usage (%)');
      const plain = seriesOf(tenantId, 'host-1', { instance: 'host-1' }, 'up');
      await store.append(tenantId, [blockOf(odd, now, 3), blockOf(plain, now, 3)]);
      using fresh = openStoreOn(url);
      for (const filter of [
        { ids: [odd.id] },
        { assets: ['pump 7/müller'] },
        { metric: 'CPU usage (%)' },
        { labels: { 'http.status': '500', tenant: 'not-mine' } },
      ]) {
        const found = await fresh.list(tenantId, filter);
        expect(found.map(({ series }) => series)).toEqual([odd]);
      }
      expect((await fresh.list(newTenant(), {})).length).toBe(0);
      const answer = await fetch(`${url}/api/v1/series?match[]=up{tenant="${tenantId}"}`);
      const { data } = (await answer.json()) as { data: unknown }; // as the HTTP API of Prometheus has it
      expect(data).toEqual([{ __name__: 'up', instance: 'host-1', tenant: tenantId }]);
    });

    it('calls a server without a receiver, with a wrong address or away an outage, and says what to do', async () => {
      const tenantId = newTenant();
      const block = blockOf(seriesOf(tenantId, 'a'), now, 1);
      using wrong = openStoreOn(url, { place: { writeUrl: `${url}/no/such/door` } });
      await expect(wrong.append(tenantId, [block])).rejects.toMatchObject({ code: 'unavailable' });
      using away = openStoreOn('http://127.0.0.1:1');
      await expect(away.append(tenantId, [block])).rejects.toMatchObject({ code: 'unavailable' });
      await expect(away.list(tenantId, {})).rejects.toMatchObject({ code: 'unavailable' });
    });
  });
});
