import { join } from 'node:path';
import { startEmbeddedPostgres } from '@heliosiq/adapters/embedded-postgres/embedded-postgres.ts';
import { describe, expect, it, vi } from 'vitest';
import { startMixedLoad } from '../support/mixed-load.ts';
import { startProcess } from '../support/program-process.ts';
import { settled } from '../support/settled.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const rounds = 3;

describe('a PostgreSQL that restarts under load', () => {
  it(
    'costs senders repeats and nothing else: 429 or 503 while it is away, then all goes on',
    { timeout: 500_000 },
    async () => {
      await using folder = await temporaryFolder();
      const startServer = (port?: number) => startEmbeddedPostgres({ dataDir: join(folder.path, 'postgres'), port });
      let server = await startServer();
      const { port, url } = server;
      const program = await startProcess(join(folder.path, 'data'), { HELIOS_DATABASE_URL: url });
      const key = program.adminKey ?? '';
      await using load = startMixedLoad({ url: program.url, key });
      for (let round = 0; round < rounds; round += 1) {
        await progress(load.acknowledged, 50);
        // Without a word to its clients in the second round, in order in the others.
        if (round === 1) process.kill(server.pid, 'SIGKILL');
        await server.stop();
        const failed = load.failures();
        await vi.waitFor(() => expect(load.failures()).toBeGreaterThan(failed + 10), { timeout: 90_000 });
        server = await startServer(port);
        await progress(load.acknowledged, 1);
      }
      await progress(load.acknowledged, 50);
      const reports = await load.stop();
      expect(reports.flatMap(({ refusals }) => refusals)).toEqual([]);
      expect(reports.flatMap(({ faults }) => faults.filter((status) => status !== 429 && status !== 503))).toEqual([]);
      const client = program.client(key);
      await settled(client);
      expect(await load.verify(client)).toEqual({ lost: [], doubled: [] });
      expect(await program.end('SIGTERM')).toBe(0);
      await server.stop();
    },
  );
});

/** Waits until so many more units were acknowledged. */
async function progress(acknowledged: () => number, more: number): Promise<void> {
  const enough = acknowledged() + more;
  await vi.waitFor(() => expect(acknowledged()).toBeGreaterThanOrEqual(enough), { timeout: 90_000, interval: 20 });
}
