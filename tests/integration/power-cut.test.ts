import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { mountCutOffDisk, whyNoCutOffDisk } from '../support/cut-off-disk.ts';
import { freePort } from '../support/free-port.ts';
import { startMixedLoad } from '../support/mixed-load.ts';
import { startProcess } from '../support/program-process.ts';
import { postgresServersBelow } from '../support/server-processes.ts';
import { settled } from '../support/settled.ts';

const reason = whyNoCutOffDisk();

describe.skipIf(reason !== undefined)(
  `a machine that loses its power${reason === undefined ? '' : ` (${reason})`}`,
  () => {
    it(
      'has lost nothing that the program acknowledged before, and the program starts again',
      { timeout: 600_000 },
      async () => {
        await using disk = await mountCutOffDisk(1024);
        const dataDir = join(disk.path, 'data');
        await mkdir(dataDir, { mode: 0o755 });
        const [port, mqttPort] = [await freePort(), await freePort()];
        const start = () => startProcess(dataDir, { HELIOS_PORT: String(port), HELIOS_MQTT_PORT: String(mqttPort) });
        let program = await start();
        const key = program.adminKey ?? '';
        await using load = startMixedLoad({ url: program.url, mqttUrl: `mqtt://127.0.0.1:${mqttPort}`, key });
        for (let round = 0; round < 2; round += 1) {
          const enough = load.acknowledged() + 300;
          await vi.waitFor(() => expect(load.acknowledged()).toBeGreaterThan(enough), {
            timeout: 90_000,
            interval: 20,
          });
          const failed = load.failures();
          disk.cutPower();
          // The program goes on for a while and is asked to store: what it says in this time must not be an acknowledgement.
          await vi.waitFor(() => expect(load.failures()).toBeGreaterThan(failed), { timeout: 90_000, interval: 20 });
          await program.end('SIGKILL');
          await allEnded(disk.path);
          disk.powerOn();
          program = await start();
        }
        const reports = await load.stop();
        expect(reports.flatMap(({ refusals }) => refusals)).toEqual([]);
        expect(Math.min(...reports.map(({ acknowledged }) => acknowledged))).toBeGreaterThan(10);
        const client = program.client(key);
        await settled(client);
        expect(await load.verify(client)).toEqual({ lost: [], doubled: [] });
        expect(await program.end('SIGTERM')).toBe(0);
        await allEnded(disk.path);
      },
    );
  },
);

/** The embedded server ends with its program; the disk can be unmounted when it has. */
async function allEnded(path: string): Promise<void> {
  await vi.waitFor(() => expect(postgresServersBelow(path)).toEqual([]), { timeout: 90_000 });
}
