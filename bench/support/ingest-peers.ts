import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../../tests/support/free-port.ts';
import { startShipped } from './shipped-program.ts';

/** A server that takes samples, as the load tool needs to know it. */
interface RunningPeer {
  readonly child: ChildProcess;
  /** Flags by which the load tool writes to it, and those by which it reads back. */
  readonly writeFlags: readonly string[];
  readonly readFlags: readonly string[];
  /** Folder of the database with its event log, where it has one. */
  readonly databaseDir?: string;
}

export interface Peer {
  readonly name: string;
  /** Command that must be on the PATH; absent for the program itself. */
  readonly command?: string;
  /** Starts it on a folder, anew or on what it left there, and waits until it answers. */
  start(folder: string): Promise<RunningPeer>;
}

export const peers: readonly Peer[] = [
  { name: 'prometheus', command: 'prometheus', start: startPrometheus },
  { name: 'influxdb', command: 'influxd', start: startInfluxdb },
  { name: 'victoria-metrics', command: 'victoria-metrics', start: startVictoriaMetrics },
  { name: 'heliosiq', start: createHeliosiqStart() },
];

async function startPrometheus(folder: string): Promise<RunningPeer> {
  const address = `127.0.0.1:${await freePort()}`;
  const config = join(folder, 'prometheus.yml');
  await writeFile(config, 'global: {}\n');
  const child = await startServer(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--web.enable-remote-write-receiver',
      '--log.level=error',
    ],
    `http://${address}/-/ready`,
  );
  return remoteWriter(child, `http://${address}`);
}

async function startVictoriaMetrics(folder: string): Promise<RunningPeer> {
  const address = `127.0.0.1:${await freePort()}`;
  const child = await startServer(
    'victoria-metrics',
    [
      `-storageDataPath=${join(folder, 'data')}`,
      `-httpListenAddr=${address}`,
      '-retentionPeriod=1',
      '-loggerLevel=ERROR',
      '-search.latencyOffset=0s',
    ],
    `http://${address}/health`,
  );
  return remoteWriter(child, `http://${address}`);
}

async function startInfluxdb(folder: string): Promise<RunningPeer> {
  const [port, backupPort] = [await freePort(), await freePort()];
  const config = join(folder, 'influxdb.conf');
  await mkdir(folder, { recursive: true });
  await writeFile(
    config,
    [
      'reporting-disabled = true',
      `bind-address = "127.0.0.1:${backupPort}"`,
      `[meta]\ndir = "${join(folder, 'meta')}"`,
      `[data]\ndir = "${join(folder, 'data')}"\nwal-dir = "${join(folder, 'wal')}"\nquery-log-enabled = false`,
      'max-series-per-database = 0\nmax-values-per-tag = 0',
      `[http]\nbind-address = "127.0.0.1:${port}"\nlog-enabled = false`,
      '[monitor]\nstore-enabled = false\n',
    ].join('\n'),
  );
  const url = `http://127.0.0.1:${port}`;
  const child = await startServer('influxd', ['run', '-config', config], `${url}/ping`);
  const made = await fetch(`${url}/query`, {
    method: 'POST',
    body: new URLSearchParams({ q: 'CREATE DATABASE bench' }),
  });
  if (!made.ok) throw new Error(`InfluxDB makes no database: ${await made.text()}`);
  return {
    child,
    writeFlags: ['-influx', '-url', `${url}/write?db=bench&precision=ms`],
    readFlags: ['-influx', '-query', `${url}/query?db=bench`],
  };
}

/** The key is shown at the first start alone, so that later starts on a folder need the one of before. */
function createHeliosiqStart(): Peer['start'] {
  const keys = new Map<string, string>();
  return async (folder) => {
    const { child, url, adminKey } = await startShipped(join(folder, 'data'));
    const key = adminKey ?? keys.get(folder) ?? '';
    keys.set(folder, key);
    const header = ['-header', `Authorization: Bearer ${key}`];
    const { writeFlags, readFlags } = remoteWriter(child, url);
    const databaseDir = join(folder, 'data', 'postgres');
    return { child, writeFlags: [...writeFlags, ...header], readFlags: [...readFlags, ...header], databaseDir };
  };
}

function remoteWriter(child: ChildProcess, url: string): RunningPeer {
  return { child, writeFlags: ['-url', `${url}/api/v1/write`], readFlags: ['-query', url] };
}

async function startServer(command: string, args: readonly string[], readyUrl: string): Promise<ChildProcess> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-2000)));
  const until = AbortSignal.timeout(120_000);
  for (;;) {
    const isReady = await fetch(readyUrl).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return child;
    if (child.exitCode !== null || until.aborted) throw new Error(`${command} did not start:\n${stderr}`);
    await pause(100);
  }
}

/** Ends a server, which may need a moment to end what it started itself. */
export async function endServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const impatience = setTimeout(() => child.kill('SIGKILL'), 30_000);
  await ended;
  clearTimeout(impatience);
}
