import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockDataFolder } from './data-folder-lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'heliosiq-lock-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const lockFile = (): string => path.join(folder, 'heliosiq.lock.1');

test('a folder belongs to one program at a time, and the second is told to whom', async () => {
  {
    await using _lock = await lockDataFolder(folder);
    await expect(lockDataFolder(folder)).rejects.toMatchObject({
      code: 'data-folder-in-use',
      message: expect.stringContaining(String(process.pid)),
      cure: expect.stringContaining('--data'),
    });
  }
  await using _again = await lockDataFolder(folder);
});

test('takes over from a program that was killed', async () => {
  const { pid } = spawnSync('/bin/true');
  await writeFile(lockFile(), JSON.stringify({ pid, startMark: '1' }));
  await using _lock = await lockDataFolder(folder);
  expect(await readdir(folder)).toEqual(['heliosiq.lock.2']);
});

test.runIf(process.platform === 'linux')('is not fooled by a later process with the same id', async () => {
  await writeFile(lockFile(), JSON.stringify({ pid: process.pid, startMark: '1' }));
  await using _lock = await lockDataFolder(folder);
  expect(await readdir(folder)).toEqual(['heliosiq.lock.2']);
});

test('takes over a lock file that a power failure left empty', async () => {
  await writeFile(lockFile(), '');
  await using _lock = await lockDataFolder(folder);
  expect(await readdir(folder)).toEqual(['heliosiq.lock.2']);
});

test('of many programs that find a dead lock at once, one gets the folder', async () => {
  const { pid } = spawnSync('/bin/true');
  for (let round = 1; round <= 10; round += 1) {
    await writeFile(path.join(folder, `heliosiq.lock.${round * 100}`), JSON.stringify({ pid, startMark: '1' }));
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => lockDataFolder(folder)));
    const locks = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    expect(locks).toHaveLength(1);
    await locks[0]?.[Symbol.asyncDispose]();
  }
  expect(await readdir(folder)).toHaveLength(1);
});
