import { describe, expect, it } from 'vitest';
import { startProcess } from '../support/program-process.ts';
import { postgresServersBelow } from '../support/server-processes.ts';
import { settled } from '../support/settled.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const url = process.env['HELIOS_TEST_POSTGRES15_URL'];

describe.skipIf(url === undefined)('a program on a PostgreSQL 15 of its own (needs HELIOS_TEST_POSTGRES15_URL)', () => {
  it('starts no server, stores what it acknowledges, and charts it', async () => {
    await using folder = await temporaryFolder();
    const tenant = `t-${Date.now()}`;
    const program = await startProcess(folder.path, { HELIOS_DATABASE_URL: url ?? '', HELIOS_TENANT: tenant });
    expect(postgresServersBelow(folder.path)).toEqual([]);
    const client = program.client(program.adminKey ?? '');
    const at = Math.floor(Date.now() / 60_000) * 60_000 - 600_000;
    const samples = Array.from({ length: 10 }, (_, index) => ({
      kind: 'sample',
      asset: 'boiler',
      metric: 'temperature',
      at: at + index * 60_000,
      value: 60 + index,
    }));
    const receipt = await client.call(
      'sendSignals',
      { body: JSON.stringify(samples) },
      { headers: { 'content-type': 'application/json' } },
    );
    expect(receipt.accepted).toBe(10);
    await settled(client);
    const { series } = await client.call('readSeries', {
      query: { asset: 'boiler', from: String(at), to: String(at + 600_000), stepMs: '60000' },
    });
    expect(series[0]?.avg).toEqual(samples.map((sample) => sample.value));
    expect(await program.end('SIGTERM')).toBe(0);
  });
});
