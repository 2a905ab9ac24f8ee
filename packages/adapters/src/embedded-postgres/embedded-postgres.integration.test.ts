import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyEmptyCluster } from '../testing/test-postgres.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { isRunning, waitUntilGone } from './process-facts.ts';

let home: string;
let folders = 0;

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'heliosiq-embedded-'));
});
afterAll(async () => {
  // What was killed may still be at its last file.
  await rm(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

/** A folder that is not there yet. */
const freshFolder = (): string => path.join(home, `data-${(folders += 1)}`, 'postgres');

/** A folder after its first start. */
async function madeFolder(): Promise<string> {
  const folder = freshFolder();
  await copyEmptyCluster(folder);
  return folder;
}

async function query<Row extends object>(url: string, text: string): Promise<readonly Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

interface Victim {
  readonly process: ChildProcess;
  readonly server: { readonly pid: number; readonly port: number; readonly recovered: boolean };
  /** The newest row that was acknowledged. */
  readonly acknowledged: () => number;
}

/** Starts a program that owns a server, and waits until it has written a few rows. */
async function startVictim(folder: string): Promise<Victim> {
  const program = new URL('run-until-killed.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  let last = 0;
  let facts: Victim['server'] | undefined;
  const ready = new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the program ended')));
    createInterface({ input: child.stdout }).on('line', (line) => {
      // The first line is written by the program as exactly this.
      if (facts === undefined) facts = JSON.parse(line) as Victim['server'];
      else last = Number(line);
      if (last > 0) resolve();
    });
  });
  await ready;
  if (facts === undefined) throw new Error('the program told its facts first');
  return { process: child, server: facts, acknowledged: () => last };
}

async function killHard(victim: Victim): Promise<void> {
  victim.process.kill('SIGKILL');
  await once(victim.process, 'exit');
}

test('makes a database at the first start and finds its data and its port again at the next', async () => {
  const dataDir = freshFolder();
  const steps: string[] = [];
  const first = await startEmbeddedPostgres({ dataDir, onProgress: (step) => steps.push(step) });
  await query(first.url, 'create table kept as select 42 as answer');
  await first.stop();
  await first.stop();
  expect(await isRunning(first.pid)).toBe(false);
  await using second = await startEmbeddedPostgres({ dataDir, onProgress: (step) => steps.push(step) });
  expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  expect(second.port).toBe(first.port);
  expect(second.recovered).toBe(false);
  expect(steps.filter((step) => step.includes('once'))).toHaveLength(1);
});

test('runs with fsync, as an ordinary role of the database, for the password alone and on the loopback address alone', async () => {
  await using server = await startEmbeddedPostgres({ dataDir: await madeFolder() });
  const rows = await query(
    server.url,
    `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
            current_setting('listen_addresses') as listens, rolsuper or rolbypassrls or rolcreaterole as special
       from pg_roles where rolname = current_user`,
  );
  expect(rows).toEqual([{ fsync: 'on', commit: 'on', listens: '127.0.0.1', special: false }]);
  const wrong = new URL(server.url);
  wrong.password = 'guess';
  await expect(query(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
});

test.skipIf(process.getuid?.() !== 0)(
  'as root it runs as an ordinary user, also below folders that only root can enter',
  async () => {
    const dataDir = await madeFolder();
    expect((await stat(home)).mode & 0o777).toBe(0o700);
    await using server = await startEmbeddedPostgres({ dataDir });
    const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
    expect(/^Uid:\s+(\d+)/m.exec(status)?.[1]).not.toBe('0');
    expect((await stat(path.join(dataDir, 'password'))).mode & 0o077).toBe(0);
  },
);

test('a program killed with -9 takes its server with it, and loses nothing that was acknowledged', async () => {
  const dataDir = await madeFolder();
  for (let round = 0; round < 4; round += 1) {
    const victim = await startVictim(dataDir);
    await killHard(victim);
    // Even rounds wait for nobody to come; odd rounds start again at once, while the server is still stopping.
    if (round % 2 === 0) expect(await waitUntilGone(victim.server.pid, 60_000)).toBe(true);
    await using server = await startEmbeddedPostgres({ dataDir });
    expect(await isRunning(victim.server.pid)).toBe(false);
    const [row] = await query<{ rows: number; newest: number }>(
      server.url,
      'select count(*)::int as rows, max(id)::int as newest from acknowledged',
    );
    expect(row?.newest).toBeGreaterThanOrEqual(victim.acknowledged());
    expect(row?.rows).toBe(row?.newest);
  }
});

test('stops a server that outlived both its program and its watcher', async () => {
  const dataDir = await madeFolder();
  const victim = await startVictim(dataDir);
  const watcher = await watcherOf(victim.server.port);
  process.kill(watcher, 'SIGKILL');
  await killHard(victim);
  expect(await isRunning(victim.server.pid)).toBe(true);
  await using server = await startEmbeddedPostgres({ dataDir });
  expect(server.recovered).toBe(true);
  expect(await isRunning(victim.server.pid)).toBe(false);
  const [row] = await query<{ newest: number }>(server.url, 'select max(id)::int as newest from acknowledged');
  expect(row?.newest).toBeGreaterThanOrEqual(victim.acknowledged());
});

test('starts after the machine went down: processes of other programs have the ids of the old server', async () => {
  const dataDir = await madeFolder();
  const first = await startEmbeddedPostgres({ dataDir });
  const lockFile = path.join(dataDir, 'cluster', 'postmaster.pid');
  const lock = await readFile(lockFile, 'utf8');
  await first.stop();
  await writeFile(lockFile, lock.replace(String(first.pid), String(process.pid)));
  await using second = await startEmbeddedPostgres({ dataDir });
  expect(second.recovered).toBe(false);
});

test('begins anew after an interrupted first start', async () => {
  const dataDir = freshFolder();
  const interrupt = new AbortController();
  const starting = startEmbeddedPostgres({
    dataDir,
    signal: interrupt.signal,
    onProgress: () => setTimeout(() => interrupt.abort(), 300),
  });
  await expect(starting).rejects.toThrow(/abort/i);
  expect(await readdir(dataDir)).not.toContain('cluster');
  await using server = await startEmbeddedPostgres({ dataDir });
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('says so when the port is taken', async () => {
  const blocker = createServer().listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  const address = blocker.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  await expect(startEmbeddedPostgres({ dataDir: freshFolder(), port })).rejects.toMatchObject({ code: 'port-in-use' });
  blocker.close();
});

test('leaves a folder alone that holds something else, or another version', async () => {
  const foreign = freshFolder();
  await mkdir(foreign, { recursive: true });
  await writeFile(path.join(foreign, 'letter.txt'), 'dear reader');
  await expect(startEmbeddedPostgres({ dataDir: foreign })).rejects.toMatchObject({ code: 'config-invalid' });
  expect(await readdir(foreign)).toEqual(['letter.txt']);

  const older = freshFolder();
  await mkdir(path.join(older, 'cluster'), { recursive: true });
  await writeFile(path.join(older, 'cluster', 'PG_VERSION'), '16\n');
  await expect(startEmbeddedPostgres({ dataDir: older })).rejects.toThrow(/PostgreSQL 16/);
});

/** The watcher is the one process besides the server whose command line names the server's port. */
async function watcherOf(port: number): Promise<number> {
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const line = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    if (line.startsWith('/bin/sh') && line.includes(`\0-p\0${port}\0`)) return Number(name);
  }
  throw new Error('the server has a watcher');
}
