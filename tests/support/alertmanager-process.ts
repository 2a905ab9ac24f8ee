import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, vi } from 'vitest';
import { freePort } from './free-port.ts';

/** A server of others as a child; disposing it ends it. */
export interface SenderProcess extends AsyncDisposable {
  readonly url: string;
  /** Sum over all series of its own metric that carry these labels; 0 when there is none. */
  metric(name: string, labels?: string): Promise<number>;
}

/** A real Alertmanager on a free port of this machine. `folder` is its own, `config` its alertmanager.yml. */
export async function startAlertmanager(binary: string, folder: string, config: string): Promise<SenderProcess> {
  const file = join(folder, 'alertmanager.yml');
  await writeFile(file, config);
  const address = `127.0.0.1:${await freePort()}`;
  return startSender(binary, address, [
    `--config.file=${file}`,
    `--storage.path=${join(folder, 'alertmanager')}`,
    `--web.listen-address=${address}`,
    '--cluster.listen-address=',
    '--log.level=warn',
  ]);
}

/** A real Prometheus on a free port of this machine. `folder` is its own, `config` its prometheus.yml. */
export async function startPrometheus(binary: string, folder: string, config: string): Promise<SenderProcess> {
  const file = join(folder, 'prometheus.yml');
  await writeFile(file, config);
  const address = `127.0.0.1:${await freePort()}`;
  return startSender(binary, address, [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, 'prometheus')}`,
    `--web.listen-address=${address}`,
    '--log.level=warn',
  ]);
}

/** Runs amtool against an Alertmanager, or what claims to be one; rejects with its words when it fails. */
export async function runAmtool(binary: string, url: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(binary, [`--alertmanager.url=${url}`, ...args]);
  return stdout;
}

async function startSender(binary: string, address: string, args: readonly string[]): Promise<SenderProcess> {
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let words = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (words = (words + chunk.toString()).slice(-20_000)));
  }
  const url = `http://${address}`;
  try {
    await untilReady(child, url);
  } catch (cause) {
    child.kill('SIGKILL');
    throw new Error(`${binary} did not become ready:\n${words}`, { cause });
  }
  return {
    url,
    async metric(name, labels = '') {
      const text = await (await fetch(`${url}/metrics`)).text();
      const lines = text.split('\n').filter((line) => new RegExp(`^${name}[{ ]`).test(line) && line.includes(labels));
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function untilReady(child: ChildProcess, url: string): Promise<void> {
  await vi.waitFor(
    async () => {
      // An end of its own is no reason to wait on: the address stays silent, and its words say why.
      const isReady = await fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
      expect(child.exitCode ?? isReady).toBe(true);
    },
    { timeout: 90_000, interval: 100 },
  );
}
