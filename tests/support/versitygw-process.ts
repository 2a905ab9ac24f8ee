import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { vi } from 'vitest';
import { freePort } from './free-port.ts';

/** A real object store of a test's own, to be killed and started again on the same data. */
export interface VersitygwProcess extends AsyncDisposable {
  readonly url: string;
  readonly bucket: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  stop(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  /** Starts it again after `stop`; resolves when it serves. */
  start(): Promise<void>;
}

/** Starts Versity's S3 gateway on a folder, with one bucket. */
export async function startVersitygw({
  program,
  folder,
}: {
  /** The program, from `HELIOS_TEST_VERSITYGW`. */
  readonly program: string;
  /** Where its data lie; the caller's to delete. */
  readonly folder: string;
}): Promise<VersitygwProcess> {
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  const bucket = 'bronze';
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secretexample' };
  const [data, sidecar] = [join(folder, 'data'), join(folder, 'sidecar')];
  for (const each of [join(data, bucket), sidecar]) await mkdir(each, { recursive: true });
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    // Metadata in files of their own: not every file system has attributes for them.
    const gateway = spawn(
      program,
      ['--port', address, '--health', '/health', '--quiet', 'posix', '--sidecar', sidecar, data],
      {
        env: { ...process.env, ROOT_ACCESS_KEY: credentials.accessKeyId, ROOT_SECRET_KEY: credentials.secretAccessKey },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    child = gateway;
    let said = '';
    gateway.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-20_000)));
    const isServing = async (): Promise<boolean> => {
      if (gateway.exitCode !== null) throw new Error(`the object store ended before it served:\n${said}`);
      return fetch(`${url}/health`).then(
        ({ ok }) => ok,
        () => false,
      );
    };
    await vi.waitUntil(isServing, { timeout: 90_000, interval: 20 });
  }

  async function stop(signal: NodeJS.Signals): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  await start();
  return { url, bucket, credentials, start, stop, [Symbol.asyncDispose]: () => stop('SIGKILL') };
}
