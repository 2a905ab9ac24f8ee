import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, vi } from 'vitest';
import { freePort } from '../support/free-port.ts';
import type { UpkeepLine, UpkeepTask } from '../support/lake-upkeep-worker.ts';
import { startMixedLoad } from '../support/mixed-load.ts';
import { startProcess } from '../support/program-process.ts';
import { postgresServersBelow } from '../support/server-processes.ts';
import { settled } from '../support/settled.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** More rounds on demand: `HELIOS_TEST_KILL_ROUNDS=30`. */
const rounds = Number(process.env['HELIOS_TEST_KILL_ROUNDS'] ?? 3);
const workerFile = join(import.meta.dirname, '..', 'support', 'lake-upkeep-worker.ts');

interface WorkerRun {
  readonly lines: readonly UpkeepLine[];
  readonly code: number | null;
  readonly stderr: string;
}

/** Runs a worker; it is killed after so many further units have been written since its work began. */
async function runWorker(task: UpkeepTask, unitsUntilKill = Infinity): Promise<WorkerRun> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', workerFile, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-5000)));
  const lines: UpkeepLine[] = [];
  let left = unitsUntilKill;
  let isWorking = false;
  for await (const text of createInterface({ input: child.stdout })) {
    const line = JSON.parse(text) as UpkeepLine; // the worker prints nothing else
    lines.push(line);
    isWorking ||= line.kind === 'working';
    if (isWorking && line.kind === 'acknowledged') left -= 1;
    if (left <= 0) child.kill('SIGKILL');
  }
  const [code] = (await ended) as [number | null]; // Node's documented arguments
  return { lines, code, stderr };
}

describe.each(['compaction', 'retention', 'roll-up'] as const)('a program that is killed during %s', (phase) => {
  it(
    `has lost and doubled no sample after ${rounds} rounds of kill -9`,
    { timeout: 240_000 + rounds * 120_000 },
    async () => {
      await using folder = await temporaryFolder();
      const dataDir = join(folder.path, 'postgres');
      let acknowledged = 0;
      let forgottenBefore = -Infinity;
      const take = ({ lines }: WorkerRun): void => {
        for (const line of lines) {
          if (line.kind === 'acknowledged') acknowledged = Math.max(acknowledged, line.unit + 1);
          if (line.kind === 'forgetting') forgottenBefore = Math.max(forgottenBefore, line.before);
        }
      };
      const task = (of: UpkeepTask['phase']): UpkeepTask => ({
        ...{ dataDir, phase: of, acknowledged },
        forgottenBefore: Math.max(0, forgottenBefore),
      });
      for (let round = 0; round < rounds; round += 1) {
        const run = await runWorker(task(phase), 5 + ((round * 37) % 60));
        expect(run.stderr).toBe('');
        take(run);
        // Every other time the database is killed as well, before it can stop in order.
        if (round % 2 === 1) for (const pid of postgresServersBelow(folder.path)) process.kill(pid, 'SIGKILL');
        const found = await runWorker(task('check'));
        expect(found.stderr).toBe('');
        take(found);
        const [checked] = found.lines.filter(({ kind }) => kind === 'checked');
        expect(checked).toMatchObject({ faults: [] });
      }
      expect(acknowledged).toBeGreaterThan(5 * rounds);
      expect(forgottenBefore > 0).toBe(phase === 'retention');
    },
  );
});

describe('a program that is killed while it replays', () => {
  it(
    `has lost and doubled nothing after ${rounds} rounds of kill -9, and all is what bronze gives`,
    { timeout: 480_000 + rounds * 120_000 },
    async () => {
      await using folder = await temporaryFolder();
      const port = await freePort();
      const start = () => startProcess(folder.path, { HELIOS_PORT: String(port) });
      let program = await start();
      const key = program.adminKey ?? '';
      const since = Date.now() - 86_400_000;
      // Many rounds take long enough to send more than three hours hold.
      await using load = startMixedLoad({ url: program.url, key, agoMs: 20 * 3_600_000 });
      for (let round = 0; round < rounds; round += 1) {
        const enough = load.acknowledged() + 60;
        await vi.waitUntil(() => load.acknowledged() > enough, { timeout: 120_000, interval: 5 });
        const client = program.client(key);
        // The one that was killed counts as running until it has been silent for half a minute.
        const started = await vi.waitFor(() => client.call('startReplay', { body: { since, apply: true } }), {
          timeout: 90_000,
          interval: 500,
        });
        const more = load.acknowledged() + 3 + ((round * 37) % 60);
        await vi.waitUntil(() => load.acknowledged() > more, { timeout: 120_000, interval: 2 });
        await program.end('SIGKILL');
        program = await start();
        expect(started.state).toBe('running');
      }
      const reports = await load.stop();
      expect(reports.flatMap(({ refusals }) => refusals)).toEqual([]);
      const client = program.client(key);
      await settled(client);
      expect(await load.verify(client)).toEqual({ lost: [], doubled: [] });
      const { id } = await vi.waitFor(() => client.call('startVerify', { body: {} }), {
        timeout: 90_000,
        interval: 500,
      });
      await vi.waitFor(
        async () =>
          expect(await client.call('readVerify', { params: { id } })).toMatchObject({ state: 'done', isProven: true }),
        { timeout: 120_000, interval: 250 },
      );
      expect(await program.end('SIGTERM')).toBe(0);
    },
  );
});
