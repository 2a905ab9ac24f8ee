import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@heliosiq/api';
import { describe, expect, it, vi } from 'vitest';
import { runCommand, startProcess } from '../support/program-process.ts';
import { settled } from '../support/settled.ts';
import { removeFolder, temporaryFolder } from '../support/temporary-folder.ts';

const startAt = Math.floor(Date.now() / 60_000) * 60_000 - 3_600_000;

async function send(client: Client, values: readonly number[]): Promise<void> {
  const named = { asset: 'boiler', metric: 'temperature' };
  const samples = values.map((value) => ({ kind: 'sample', ...named, at: startAt + value * 1000, value }));
  const lines = values.map((value) => {
    return { kind: 'log', asset: 'boiler', id: `l${value}`, at: startAt + value * 1000, body: `line ${value}` };
  });
  const headers = { 'content-type': 'application/json' };
  await client.call('sendSignals', { body: JSON.stringify([...samples, ...lines]) }, { headers });
  await settled(client);
}

/** What a program tells of the boiler. */
async function told(client: Client): Promise<{ readonly samples: number; readonly lines: number }> {
  const range = { from: String(startAt - 1), to: String(startAt + 3_600_000) };
  const { series } = await client.call('readSeries', { query: { asset: 'boiler', ...range, stepMs: '3600000' } });
  const { signals } = await client.call('findSignals', { query: { kind: 'log', ...range, limit: '1000' } });
  const samples = series.flatMap(({ count }) => count).reduce((sum, count) => sum + count, 0);
  return { samples, lines: signals.length };
}

/** Each starts the program several times. */
const patient = { timeout: 600_000 };

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

describe('backup and restore of a program', () => {
  it(
    'takes a backup of a running program, which comes back in an empty folder with keys and data',
    patient,
    async () => {
      await using folder = await temporaryFolder();
      const [data, backups] = [join(folder.path, 'data'), join(folder.path, 'backups')];
      const program = await startProcess(data);
      const key = program.adminKey ?? '';
      await send(program.client(key), numbers(0, 100));
      const taken = await runCommand(['backup', '--data', data, '--to', backups, '--json']);
      expect(taken).toMatchObject({ code: 0 });
      const first: unknown = JSON.parse(taken.stdout);
      expect(first).toMatchObject({ files: expect.any(Number), rows: expect.any(Number) });
      await send(program.client(key), numbers(100, 160));
      const second = await runCommand(['backup', '--data', data, '--to', backups, '--json']);
      expect(second.code).toBe(0);
      expect(await program.end('SIGKILL')).toBe('SIGKILL');
      await removeFolder(data);

      const restored = await runCommand(['restore', '--data', data, '--from', backups, '--json']);
      expect(restored).toMatchObject({ code: 0 });
      const again = await startProcess(data);
      expect(again.adminKey).toBeUndefined();
      expect(await told(again.client(key))).toEqual({ samples: 160, lines: 160 });
      const asAdmin = ['--url', again.url, '--key', key, '--json'];
      const rules = await runCommand(['lake', 'retention', ...asAdmin]);
      expect(JSON.parse(rules.stdout)).toMatchObject({
        rules: expect.arrayContaining([{ kind: 'sample', days: 400 }]),
      });
      const dry = await runCommand(['lake', 'retention', '--dry-run', ...asAdmin]);
      expect(JSON.parse(dry.stdout)).toMatchObject({
        outcomes: expect.arrayContaining([expect.objectContaining({ items: 0 })]),
      });
      expect((await runCommand(['lake', 'retention', '--run', ...asAdmin])).code).toBe(0);
      expect(await again.end('SIGTERM')).toBe(0);
      const stopped = await runCommand(['backup', '--data', data, '--to', backups, '--keep', '2', '--json']);
      expect(stopped.code).toBe(0);
      const listed = await runCommand(['backup', '--to', backups, '--list', '--json']);
      expect((JSON.parse(listed.stdout) as { backups: unknown[] }).backups).toHaveLength(2); // the command's own shape
    },
  );

  it('brings back a moment between two backups, of what was accepted until then', patient, async () => {
    await using folder = await temporaryFolder();
    const [data, backups, past] = ['data', 'backups', 'past'].map((name) => join(folder.path, name)) as [
      string,
      string,
      string,
    ]; // three names
    const program = await startProcess(data);
    const client = program.client(program.adminKey ?? '');
    await send(client, numbers(0, 20));
    const take = async (): Promise<unknown> => (await runCommand(['backup', '--data', data, '--to', backups])).code;
    expect(await take()).toBe(0);
    await send(client, numbers(20, 50));
    // Nothing else is accepted in its millisecond, which would be on either side.
    const at = Date.now() + 2;
    await vi.waitUntil(() => Date.now() > at + 2, { timeout: 30_000, interval: 1 });
    const moment = new Date(at).toISOString();
    await send(client, numbers(50, 90));
    expect(await take()).toBe(0);

    const early = await runCommand(['restore', '--data', past, '--from', backups, '--to-time', '2020-01-01T00:00:00Z']);
    expect(early).toMatchObject({ code: 1, stderr: expect.stringContaining('no backup that old') });
    const restored = await runCommand(['restore', '--data', past, '--from', backups, '--to-time', moment, '--json']);
    expect(restored).toMatchObject({ code: 0 });
    const beside = await startProcess(past);
    const besideClient = beside.client(program.adminKey ?? '');
    await settled(besideClient);
    expect(await told(besideClient)).toEqual({ samples: 50, lines: 50 });
    expect(await told(client)).toEqual({ samples: 90, lines: 90 });
    expect(await beside.end('SIGTERM')).toBe(0);
    expect(await program.end('SIGTERM')).toBe(0);
  });

  it('writes nothing over, and leaves the folder empty when the backup is damaged', patient, async () => {
    await using folder = await temporaryFolder();
    const [data, backups, target] = ['data', 'backups', 'target'].map((name) => join(folder.path, name)) as [
      string,
      string,
      string,
    ]; // three names
    const program = await startProcess(data);
    expect((await runCommand(['backup', '--data', data, '--to', backups])).code).toBe(0);
    expect(await program.end('SIGTERM')).toBe(0);

    const over = await runCommand(['restore', '--data', data, '--from', backups]);
    expect(over).toMatchObject({ code: 1, stderr: expect.stringContaining('is not empty') });
    const objects = (await readdir(join(backups, 'objects'), { recursive: true })).filter((name) =>
      name.endsWith('.zst'),
    );
    await writeFile(join(backups, 'objects', objects[0] ?? ''), 'damaged');
    await mkdir(target);
    const damaged = await runCommand(['restore', '--data', target, '--from', backups]);
    expect(damaged).toMatchObject({ code: 1, stderr: expect.stringContaining('damaged') });
    expect((await readdir(target)).filter((name) => !name.startsWith('heliosiq.lock'))).toEqual([]);
    const verified = await runCommand(['backup', '--to', backups, '--verify']);
    expect(verified).toMatchObject({ code: 1, stderr: expect.stringContaining('damaged') });
    const none = await runCommand(['restore', '--data', target, '--from', join(folder.path, 'nowhere')]);
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no backup') });
  });
});
