import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { SampleBlock } from '@heliosiq/model';
import { freePort } from '../../tests/support/free-port.ts';
import { remoteWriteRequest } from './remote-write-request.ts';

/** Another store of samples with Prometheus' API, as a process on a folder of its own. */
export interface LakePeer extends AsyncDisposable {
  readonly url: string;
  write(blocks: readonly SampleBlock[]): Promise<void>;
  /** Brings what it holds into its final form; returns the folder of that. */
  settle(): Promise<string>;
}

/** Stores to compare with, by name; those whose command is not there are left out. */
export function lakePeers(): ReadonlyMap<string, (folder: string) => Promise<LakePeer>> {
  return new Map(
    [['prometheus', startPrometheus] as const, ['victoria-metrics', startVictoriaMetrics] as const].filter(
      ([command]) => spawnSync(command, ['--version']).error === undefined,
    ),
  );
}

async function startPrometheus(folder: string): Promise<LakePeer> {
  const address = `127.0.0.1:${await freePort()}`;
  await mkdir(folder, { recursive: true });
  const config = join(folder, 'prometheus.yml');
  await writeFile(config, 'global: { scrape_interval: 1d }\n');
  return startPeer('prometheus', `http://${address}`, {
    readyPath: '/-/ready',
    flags: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--web.enable-remote-write-receiver',
      '--storage.tsdb.retention.time=100y',
      '--web.enable-admin-api',
      '--storage.tsdb.min-block-duration=744h',
      '--storage.tsdb.max-block-duration=744h',
      '--log.level=error',
    ],
    // Its head is kept uncompressed; a snapshot is all of it as blocks.
    settle: async (url) => {
      const response = await fetch(`${url}/api/v1/admin/tsdb/snapshot`, { method: 'POST' });
      if (!response.ok) throw new Error(`Prometheus makes no snapshot: ${await response.text()}`);
      return join(folder, 'data', 'snapshots');
    },
  });
}

async function startVictoriaMetrics(folder: string): Promise<LakePeer> {
  const address = `127.0.0.1:${await freePort()}`;
  return startPeer('victoria-metrics', `http://${address}`, {
    readyPath: '/health',
    flags: [
      `-storageDataPath=${join(folder, 'data')}`,
      `-httpListenAddr=${address}`,
      '-retentionPeriod=100y',
      '-loggerLevel=ERROR',
      '-search.latencyOffset=0s',
      // What is asked is to be computed, not remembered.
      '-search.disableCache',
    ],
    settle: async (url) => {
      await fetch(`${url}/internal/force_flush`);
      await fetch(`${url}/internal/force_merge`);
      const data = join(folder, 'data');
      // It merges in the background: settled is what stays as it is for a while.
      for (let [before, now] = [-1, await folderBytes(data)]; now !== before;) {
        await pause(5000);
        [before, now] = [now, await folderBytes(data)];
      }
      return data;
    },
  });
}

interface PeerRecipe {
  readonly flags: readonly string[];
  readonly readyPath: string;
  settle(url: string): Promise<string>;
}

async function startPeer(command: string, url: string, { flags, readyPath, settle }: PeerRecipe): Promise<LakePeer> {
  const child = spawn(command, flags, { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-2000)));
  const until = AbortSignal.timeout(300_000);
  while (!(await fetch(`${url}${readyPath}`).then(isOk, () => false))) {
    if (child.exitCode !== null || until.aborted) throw new Error(`${command} did not start:\n${stderr}`);
    await pause(200);
  }
  return {
    url,
    settle: () => settle(url),
    async write(blocks) {
      const response = await fetch(`${url}/api/v1/write`, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-protobuf',
          'content-encoding': 'snappy',
          'x-prometheus-remote-write-version': '0.1.0',
        },
        body: remoteWriteRequest(blocks),
      });
      if (!response.ok) throw new Error(`${command} takes no samples: ${response.status} ${await response.text()}`);
    },
    [Symbol.asyncDispose]: () => endPeer(child),
  };
}

/** The lengths of all files in a folder. */
export async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    // A file may go while it is looked at.
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name)).catch(() => ({ size: 0 }))).size;
  }
  return bytes;
}

function isOk({ ok }: Response): boolean {
  return ok;
}

/** Lets the server bring what it holds to disk. */
async function endPeer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
