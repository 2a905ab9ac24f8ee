import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemorySeriesRegistry } from '@heliosiq/adapters/memory/series-registry.ts';
import { createMemorySeriesStore } from '@heliosiq/adapters/memory/series-store.ts';
import { TenantId } from '@heliosiq/model';
import type { AssetId, SampleBlock } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../config.ts';
import { openSeriesStore } from './open-series-store.ts';

const [acme, other] = [TenantId.parse('acme'), TenantId.parse('other')];
const everything = { from: 0, to: Date.UTC(2100) };

interface Heard {
  readonly path: string;
  readonly organisation: string | undefined;
  readonly authorization: string | undefined;
}

/** A server that takes every write, has no series, and remembers who asked it for what. */
async function openServer(stack: AsyncDisposableStack): Promise<{ url: string; heard: Heard[] }> {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const { 'x-scope-orgid': organisation, authorization } = request.headers;
      heard.push({ path: request.url ?? '', organisation: organisation?.toString(), authorization });
      response.setHeader('content-type', 'application/json');
      response.end('{"status":"success","data":[]}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  stack.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo; // the cast holds for a TCP listener
  return { url: `http://127.0.0.1:${port}`, heard };
}

function blockFor(tenantId: TenantId): SampleBlock {
  const named = { asset: 'a' as AssetId, metric: 'm', labels: {} }; // a name that is not empty
  return { series: { id: seriesIdOf(tenantId, named), ...named }, times: [Date.UTC(2026, 0, 1)], values: [1] };
}

describe('the store of samples that the configuration names', () => {
  const stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'heliosiq-series-store-'));
  stack.defer(() => rmSync(folder, { recursive: true }));
  afterAll(() => stack.disposeAsync());

  async function openWith(environment: Record<string, string>) {
    const outcome = loadConfig({ environment: { HELIOS_TENANT: 'acme', ...environment } });
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.problems));
    const own = { store: createMemorySeriesStore(), registry: createMemorySeriesRegistry() };
    const store = await openSeriesStore(
      { config: outcome.config, logger: createMemoryLogger(), meter: createMemoryMeter() },
      own,
      stack,
    );
    return { store, own };
  }

  it('is the own one without a setting', async () => {
    const { store, own } = await openWith({});
    expect(store).toBe(own.store);
  });

  it("is the first tenant's alone where nothing keeps tenants apart; the samples of others stay here", async () => {
    const { url, heard } = await openServer(stack);
    const { store, own } = await openWith({ HELIOS_SERIES_URL: url });
    await store.append(acme, [blockFor(acme)]);
    await store.append(other, [blockFor(other)]);
    expect(heard.map(({ path }) => path)).toEqual(['/api/v1/write']);
    expect((await own.store.list(other, {})).length).toBe(1);
    expect((await own.store.list(acme, {})).length).toBe(0);
    expect((await store.range(other, {}, everything)).length).toBe(1);
    expect((await Array.fromAsync(store.scan(other, {}, everything, { pageMax: 5 }))).flat().length).toBe(1);
  });

  it('is asked in the name of each tenant, at the addresses and with the headers that are set', async () => {
    const { url, heard } = await openServer(stack);
    const { store } = await openWith({
      HELIOS_SERIES_URL: `${url}/prometheus/`,
      HELIOS_SERIES_WRITE_URL: `${url}/insert/{tenant}/push`,
      HELIOS_SERIES_HEADERS: JSON.stringify({ 'X-Scope-OrgID': 'org-{tenant}', Authorization: 'Bearer secret' }),
    });
    await store.append(acme, [blockFor(acme)]);
    await store.list(other, {});
    const authorization = 'Bearer secret';
    expect(heard).toEqual([
      { path: '/insert/acme/push', organisation: 'org-acme', authorization },
      { path: '/prometheus/api/v1/series', organisation: 'org-other', authorization },
    ]);
  });

  it('is written nothing where it gets its samples from elsewhere', async () => {
    const { url, heard } = await openServer(stack);
    const { store, own } = await openWith({ HELIOS_SERIES_URL: url, HELIOS_SERIES_WRITE_URL: 'off' });
    await store.append(acme, [blockFor(acme)]);
    expect(heard).toEqual([]);
    expect(await own.store.list(acme, {})).toEqual([]);
  });

  it('is described validly by every example of its page', () => {
    const page = join(import.meta.dirname, '../../../../docs/configure/prometheus-store.md');
    const examples = [...readFileSync(page, 'utf8').matchAll(/```yaml\n(series:[^]*?)```/g)].map(
      ([, code = '']) => code,
    );
    expect(examples.length).toBe(5);
    for (const example of examples) {
      const file = join(folder, 'heliosiq.yaml');
      writeFileSync(file, example);
      expect(loadConfig({ environment: {}, file })).toMatchObject({ ok: true });
    }
  });

  it('must be named when something else is said of it', () => {
    const outcome = loadConfig({ environment: { HELIOS_SERIES_EXTERNAL_LABELS: '{"cluster": "eu-1"}' } });
    expect(outcome.ok ? [] : outcome.problems.map(({ cure }) => cure)).toEqual(['set HELIOS_SERIES_URL']);
  });
});
