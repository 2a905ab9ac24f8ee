import { describe, expect, it, vi } from 'vitest';
import { waitUntilSettled } from '@heliosiq/heliosiq/demo/settle.ts';
import { freePort } from '../support/free-port.ts';
import { startMixedLoad } from '../support/mixed-load.ts';
import { startProcess } from '../support/program-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** More rounds on demand: `HELIOS_TEST_KILL_ROUNDS=50`. */
const rounds = Number(process.env['HELIOS_TEST_KILL_ROUNDS'] ?? 5);

describe('a program that is killed under a load of all protocols', () => {
  it(
    `has lost and doubled nothing that it acknowledged after ${rounds} rounds of kill -9`,
    { timeout: 120_000 + rounds * 30_000 },
    async () => {
      await using folder = await temporaryFolder();
      const [port, mqttPort] = [await freePort(), await freePort()];
      const start = () => startProcess(folder.path, { HELIOS_PORT: String(port), HELIOS_MQTT_PORT: String(mqttPort) });
      let program = await start();
      const key = program.adminKey ?? '';
      await using load = startMixedLoad({ url: program.url, mqttUrl: `mqtt://127.0.0.1:${mqttPort}`, key });
      const restarts: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const enough = load.acknowledged() + 20 + ((round * 37) % 90);
        const each = load.acknowledgedLeast() + 2;
        const hasWorked = () => load.acknowledged() > enough && load.acknowledgedLeast() >= each;
        await vi.waitUntil(hasWorked, { timeout: 60_000, interval: 5 });
        await program.end('SIGKILL');
        program = await start();
        restarts.push(program.readyMs);
      }
      const reports = await load.stop();
      expect(reports.flatMap(({ refusals }) => refusals)).toEqual([]);
      for (const { name, acknowledged } of reports) expect([name, acknowledged > rounds]).toEqual([name, true]);
      const client = program.client(key);
      await waitUntilSettled(client, { signal: AbortSignal.timeout(60_000), timeoutMs: 60_000 });
      expect(await load.verify(client)).toEqual({ lost: [], doubled: [] });
      expect(Math.min(...restarts)).toBeLessThanOrEqual(5000);
      expect(await program.end('SIGTERM')).toBe(0);
    },
  );
});
