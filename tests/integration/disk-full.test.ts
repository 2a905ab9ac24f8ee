import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { mountCutOffDisk, whyNoCutOffDisk } from '../support/cut-off-disk.ts';
import type { CutOffDisk } from '../support/cut-off-disk.ts';
import { fillDisk, freeBytesOf } from '../support/fill-disk.ts';
import { startMixedLoad } from '../support/mixed-load.ts';
import type { MixedLoad } from '../support/mixed-load.ts';
import { startProcess } from '../support/program-process.ts';
import type { ProgramProcess } from '../support/program-process.ts';
import { remoteWriteBody } from '../support/remote-write-body.ts';
import { postgresServersBelow } from '../support/server-processes.ts';
import { settled } from '../support/settled.ts';

const reason = whyNoCutOffDisk();
const mebibyte = 2 ** 20;

async function startOn(disk: CutOffDisk, environment: Record<string, string>): Promise<ProgramProcess> {
  const dataDir = join(disk.path, 'data');
  await mkdir(dataDir, { mode: 0o755 });
  return startProcess(dataDir, environment);
}

/** Waits until so many more units were acknowledged. */
async function progress(load: MixedLoad, more: number): Promise<void> {
  const enough = load.acknowledged() + more;
  await vi.waitFor(() => expect(load.acknowledged()).toBeGreaterThanOrEqual(enough), {
    timeout: 180_000,
    interval: 20,
  });
}

/** Waits until so many more attempts failed. */
async function failures(load: MixedLoad, more: number): Promise<void> {
  const enough = load.failures() + more;
  await vi.waitFor(() => expect(load.failures()).toBeGreaterThanOrEqual(enough), { timeout: 180_000, interval: 20 });
}

/** Ends the program, and waits for its server, which holds the disk. */
async function endOn(disk: CutOffDisk, program: ProgramProcess): Promise<number | NodeJS.Signals | null> {
  const code = await program.end('SIGTERM');
  await vi.waitFor(() => expect(postgresServersBelow(disk.path)).toEqual([]), { timeout: 90_000 });
  return code;
}

/** Sends a request of many new series; its status. */
async function sendMuch(program: ProgramProcess, number: number): Promise<number> {
  const at = Date.now() - 3_600_000 + number;
  const series = Array.from({ length: 1000 }, (_, index) => ({
    labels: { __name__: `metric_${index}`, job: `job-${number % 100}` },
    samples: [[at, Math.sin(index * number)] as const],
  }));
  const response = await fetch(`${program.url}/api/v1/write`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${program.adminKey ?? ''}`,
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
    },
    body: new Uint8Array(remoteWriteBody(series)),
  });
  await response.arrayBuffer();
  return response.status;
}

describe.skipIf(reason !== undefined)(`a disk that is full${reason === undefined ? '' : ` (${reason})`}`, () => {
  it(
    'costs senders repeats and nothing else: 503 while there is no room, then all goes on',
    { timeout: 600_000 },
    async () => {
      await using disk = await mountCutOffDisk(500);
      const program = await startOn(disk, { HELIOS_DISK_RESERVE: '32MiB' });
      const key = program.adminKey ?? '';
      const client = program.client(key);
      await using load = startMixedLoad({ url: program.url, key });
      await progress(load, 100);
      for (let round = 0; round < 2; round += 1) {
        using _ = fillDisk(disk.path, 0);
        await failures(load, 20);
        // What is there is read as ever.
        expect((await client.call('listSeries', { query: { limit: '5' } })).series.length).toBe(5);
        expect((await fetch(`${program.url}/health/live`)).status).toBe(200);
        _[Symbol.dispose]();
        await progress(load, 50);
      }
      const reports = await load.stop();
      expect(reports.flatMap(({ refusals }) => refusals)).toEqual([]);
      expect(reports.flatMap(({ faults }) => faults.filter((status) => status !== 429 && status !== 503))).toEqual([]);
      await settled(client);
      expect(await load.verify(client)).toEqual({ lost: [], doubled: [] });
      expect(await endOn(disk, program)).toBe(0);
    },
  );

  it(
    'is never filled by senders alone: they are asked to wait while the database still has room for its own log',
    { timeout: 600_000 },
    async () => {
      await using disk = await mountCutOffDisk(700);
      const program = await startOn(disk, { HELIOS_DISK_RESERVE: '128MiB' });
      const refused: number[] = [];
      {
        using _ = fillDisk(disk.path, 140 * mebibyte);
        for (let number = 0; number < 3000 && refused.length < 30; number += 1) {
          const status = await sendMuch(program, number);
          if (status !== 204) refused.push(status);
        }
        expect(new Set(refused)).toEqual(new Set([503]));
        expect(freeBytesOf(disk.path)).toBeGreaterThan(16 * mebibyte);
      }
      await vi.waitFor(async () => expect(await sendMuch(program, 5000)).toBe(204), { timeout: 90_000, interval: 250 });
      expect(await endOn(disk, program)).toBe(0);
    },
  );
});
