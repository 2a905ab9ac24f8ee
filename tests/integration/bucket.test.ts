import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openObjectStoreDoor, troubleFor, type ObjectStoreDoor } from '@heliosiq/adapters/testing/object-store-door.ts';
import type { Client } from '@heliosiq/api';
import { describe, expect, it, vi } from 'vitest';
import { runCommand, startProcess } from '../support/program-process.ts';
import { settled } from '../support/settled.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const startAt = Date.UTC(2026, 0, 5);

async function send(client: Client, count: number): Promise<void> {
  const samples = Array.from({ length: count }, (_, index) => {
    return { kind: 'sample', asset: 'boiler', metric: 'temperature', at: startAt + index * 1000, value: index };
  });
  const headers = { 'content-type': 'application/json' };
  await client.call('sendSignals', { body: JSON.stringify(samples) }, { headers });
  await settled(client);
}

/** Settings of a program that keeps bronze behind a door; the key comes from where AWS's own tools find it. */
function settingsOf(door: ObjectStoreDoor, prefix: string): Record<string, string> {
  return {
    HELIOS_BLOBS_S3_BUCKET: door.bucket,
    HELIOS_BLOBS_S3_ENDPOINT: door.url,
    HELIOS_BLOBS_S3_PREFIX: prefix,
    HELIOS_BRONZE_ROLL_S: '1',
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secretexample',
    AWS_REGION: 'eu-1',
  };
}

const segmentsBelow = (door: ObjectStoreDoor, prefix: string): number =>
  [...door.objects.keys()].filter((key) => key.startsWith(`${prefix}/default/`) && key.endsWith('.seg')).length;

/** Each starts the program several times. */
const patient = { timeout: 600_000 };

describe('a program with bronze in a bucket', () => {
  it('writes, proves, backs up and restores it there', patient, async () => {
    await using door = await openObjectStoreDoor();
    await using folder = await temporaryFolder();
    const [data, backups] = [join(folder.path, 'data'), join(folder.path, 'backups')];
    const settings = settingsOf(door, 'one');
    // An object store that fails now and then is no reason to fail.
    door.trouble = troubleFor(3, ({ method }) => method === 'PUT', { kind: 'refuse', status: 503, code: 'SlowDown' });
    const program = await startProcess(data, settings);
    const key = program.adminKey ?? '';
    await send(program.client(key), 500);
    await vi.waitFor(() => expect(segmentsBelow(door, 'one')).toBeGreaterThan(0), { timeout: 120_000 });
    const ready: unknown = await (await fetch(`${program.url}/health/ready`)).json();
    expect(ready).toMatchObject({
      ready: true,
      components: expect.arrayContaining([expect.objectContaining({ name: 'blobs', ok: true })]),
    });
    const verify = ['lake', 'verify', '--since', new Date(startAt).toISOString(), '--key', key];
    expect(await runCommand([...verify, '--url', program.url])).toMatchObject({ code: 0 });
    const asAdmin = ['--url', program.url, '--key', key];
    expect(await runCommand(['jobs', '--run', 'bronze-merge', ...asAdmin])).toMatchObject({ code: 0 });
    await vi.waitFor(
      async () => {
        const { jobs } = await program.client(key).call('readJobs', { query: {} });
        expect(jobs.map(({ name }) => name)).toEqual(['bronze-merge', 'retention']);
        expect(jobs[0]?.lastRun).toMatchObject({
          // Small segments of one hour are merged once another has begun.
          outcome: expect.stringMatching(/^(nothing|done)$/),
          actor: expect.stringMatching(/^key:/),
        });
      },
      { timeout: 120_000 },
    );
    expect((await runCommand(['jobs', ...asAdmin])).stdout).toMatch(/bronze-merge .* (nothing|done)/);
    const taken = await runCommand(['backup', '--data', data, '--to', backups, '--json'], settings);
    expect(taken).toMatchObject({ code: 0 });
    expect((JSON.parse(taken.stdout) as { files: number }).files).toBeGreaterThan(1); // the command's own shape
    await program.end('SIGTERM');
    await rm(data, { recursive: true });

    const restore = ['restore', '--data', data, '--from', backups, '--json'];
    const full = await runCommand(restore, settings);
    expect(full.code).not.toBe(0);
    expect(full.stderr + full.stdout).toMatch(/not empty/);
    const elsewhere = settingsOf(door, 'two');
    expect(await runCommand(restore, elsewhere)).toMatchObject({ code: 0 });
    expect(segmentsBelow(door, 'two')).toBe(segmentsBelow(door, 'one'));
    const again = await startProcess(data, elsewhere);
    expect(await runCommand([...verify, '--url', again.url])).toMatchObject({ code: 0 });
    expect(await again.end('SIGTERM')).toBe(0);
  });

  it('does not start on a bucket that it cannot use, and says what to do', patient, async () => {
    await using door = await openObjectStoreDoor();
    await using folder = await temporaryFolder();
    const settings = { ...settingsOf(door, 'one'), HELIOS_BLOBS_S3_BUCKET: 'nowhere' };
    const start = await runCommand(['start', '--data', join(folder.path, 'data'), '--port', '0'], settings);
    expect(start.code).not.toBe(0);
    expect(start.stderr).toMatch(/the bucket nowhere at 127\.0\.0\.1:\d+ is not there/);
    expect(start.stderr).toMatch(/make the bucket/);
    expect(start.stderr + start.stdout).not.toContain('secretexample');
    const printed = await runCommand(['config', 'print'], settings);
    expect(printed.stdout).toMatch(/blobs\.s3-secret-access-key +\(set, hidden\) +AWS_SECRET_ACCESS_KEY/);
    expect(printed.stdout).not.toContain('secretexample');
  });
});
