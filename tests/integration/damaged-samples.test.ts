import { openDatabase } from '@heliosiq/adapters/postgres/database.ts';
import { openTestDatabase } from '@heliosiq/adapters/testing/test-postgres.ts';
import type { Client } from '@heliosiq/api';
import { describe, expect, it, vi } from 'vitest';
import { startProcess } from '../support/program-process.ts';
import { settled } from '../support/settled.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const assets = ['web', 'cart', 'db'];
/** Few enough for all to stay in pages. */
const count = 300;
const stepMs = 1000;

/** How many samples each asset's series has between two moments. */
async function countsOf(client: Client, range: { from: number; to: number }): Promise<Record<string, number>> {
  const { series } = await client.call('readSeries', {
    query: { metric: 'load', from: String(range.from), to: String(range.to), stepMs: '1000000' },
  });
  return Object.fromEntries(series.map((one) => [one.series.asset, one.count.reduce((sum, each) => sum + each, 0)]));
}

describe('samples that were damaged on the disk', () => {
  it('are named and left out, all else is served, and bronze gives them back', { timeout: 500_000 }, async () => {
    await using folder = await temporaryFolder();
    await using server = await openTestDatabase();
    const program = await startProcess(folder.path, { HELIOS_DATABASE_URL: server.url, HELIOS_LOG_LEVEL: 'info' });
    await using _ = { [Symbol.asyncDispose]: async () => void (await program.end('SIGTERM')) };
    const client = program.client(program.adminKey ?? '');
    const range = { from: Date.now() - 2 * count * stepMs, to: Date.now() };
    const samples = assets.flatMap((asset) =>
      Array.from({ length: count }, (__, number) => ({
        ...{ kind: 'sample', asset, metric: 'load', at: range.from + number * stepMs, value: Math.sin(number) },
      })),
    );
    await client.call(
      'sendSignals',
      { body: JSON.stringify(samples) },
      { headers: { 'content-type': 'application/json' } },
    );
    await settled(client);
    const whole = { web: count, cart: count, db: count };
    expect(await countsOf(client, range)).toEqual(whole);

    await using database = await openDatabase({ url: server.url });
    const damaged = await database.asSystem(async (transaction) => {
      const pages = transaction.selectFrom('sample_page').selectAll().where('samples', '>', 100).orderBy('id');
      // One page alone: whether the assets share it is up to how they came through the log.
      const page = await pages.limit(1).executeTakeFirstOrThrow();
      const bytes = Buffer.from(page.bytes);
      bytes[bytes.length - 5] = 255 - (bytes.at(-5) ?? 0);
      const { numUpdatedRows } = await transaction
        .updateTable('sample_page')
        .set({ bytes })
        .where('tenant_id', '=', page.tenant_id)
        .where('page_group', '=', page.page_group)
        .where('id', '=', page.id)
        .executeTakeFirst();
      return numUpdatedRows;
    });
    expect(damaged).toBe(1n);

    const left = await countsOf(client, range);
    const [missing, ...more] = assets.filter((asset) => left[asset] !== count);
    expect([missing, more]).toEqual([expect.any(String), []]);
    await vi.waitFor(() => expect(program.stderr()).toContain('stored samples are damaged'), { timeout: 90_000 });
    expect((await fetch(`${program.url}/health/live`)).status).toBe(200);

    const { id } = await client.call('startReplay', {
      body: { since: range.from - 60_000, stage: 'silver', apply: true },
    });
    await vi.waitFor(
      async () => expect(await client.call('readReplay', { params: { id } })).toMatchObject({ state: 'done' }),
      { timeout: 120_000, interval: 250 },
    );
    expect(await countsOf(client, range)).toEqual(whole);
  });
});
