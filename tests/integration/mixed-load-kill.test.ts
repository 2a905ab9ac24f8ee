import { describe, expect, it, vi } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { startMixedLoad } from '../support/mixed-load.ts';
import { startProcess } from '../support/program-process.ts';
import { settled } from '../support/settled.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** More rounds on demand: `HELIOS_TEST_KILL_ROUNDS=50`. */
const rounds = Number(process.env['HELIOS_TEST_KILL_ROUNDS'] ?? 5);

describe('a program that is killed under a load of all protocols', () => {
  it(
    `has lost and doubled nothing that it acknowledged after ${rounds} rounds of kill -9`,
    { timeout: 300_000 + rounds * 240_000 },
    async () => {
      await using folder = await temporaryFolder();
      const [port, mqttPort] = [await freePort(), await freePort()];
      const start = () => startProcess(folder.path, { HELIOS_PORT: String(port), HELIOS_MQTT_PORT: String(mqttPort) });
      let program = await start();
      const key = program.adminKey ?? '';
      await using load = startMixedLoad({ url: program.url, mqttUrl: `mqtt://127.0.0.1:${mqttPort}`, key });
      for (let round = 0; round < rounds; round += 1) {
        const enough = load.acknowledged() + 20 + ((round * 37) % 90);
        const each = load.acknowledgedLeast() + 2;
        const hasWorked = () => load.acknowledged() > enough && load.acknowledgedLeast() >= each;
        await vi.waitUntil(hasWorked, { timeout: 180_000, interval: 5 });
        await program.end('SIGKILL');
        program = await start();
      }
      const reports = await load.stop();
      expect(reports.flatMap(({ refusals }) => refusals)).toEqual([]);
      for (const { name, acknowledged } of reports) expect([name, acknowledged > rounds]).toEqual([name, true]);
      const client = program.client(key);
      await settled(client);
      expect(await load.verify(client)).toEqual({ lost: [], doubled: [] });
      expect(await program.end('SIGTERM')).toBe(0);
    },
  );
});
