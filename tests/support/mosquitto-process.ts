import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { vi } from 'vitest';
import { freePort } from './free-port.ts';

/** A Mosquitto broker of a test's own, to be killed and started again on the same data. */
export interface MosquittoProcess extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Ends the broker; with SIGKILL what it has not saved is gone, with SIGTERM it saves its sessions. */
  stop(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  /** Starts it again after `stop`; resolves when it serves. */
  start(): Promise<void>;
}

export interface MosquittoProcessOptions {
  /** The program, from `HELIOS_TEST_MOSQUITTO`. */
  readonly program: string;
  /** Where its data lie; the caller's to delete. */
  readonly folder: string;
  /** Further lines of its configuration. */
  readonly lines?: readonly string[];
}

/** Starts a broker that keeps its sessions on a free loopback port. */
export async function startMosquitto({
  program,
  folder,
  lines = [],
}: MosquittoProcessOptions): Promise<MosquittoProcess> {
  const port = await freePort();
  const settings = join(folder, 'mosquitto.conf');
  await mkdir(folder, { recursive: true });
  const standard = [
    // Otherwise it changes to a user that cannot read the folder.
    ...(process.getuid?.() === 0 ? ['user root'] : []),
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'persistence true',
    `persistence_location ${folder}/`,
    'autosave_interval 1',
    'max_queued_messages 100000',
  ];
  await writeFile(settings, [...standard, ...lines, ''].join('\n'));
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const broker = spawn(program, ['-c', settings], { stdio: ['ignore', 'ignore', 'pipe'] });
    child = broker;
    let said = '';
    broker.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-20_000)));
    const hasStarted = async (): Promise<boolean> => {
      if (broker.exitCode !== null) throw new Error(`Mosquitto ended before it served:\n${said}`);
      return isServing(port);
    };
    await vi.waitUntil(hasStarted, { timeout: 90_000, interval: 20 });
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const broker = child;
    child = undefined;
    if (broker === undefined || broker.exitCode !== null || broker.signalCode !== null) return;
    const ended = once(broker, 'exit');
    broker.kill(signal);
    await ended;
  }

  await start();
  return { port, url: `mqtt://127.0.0.1:${port}`, stop: end, start, [Symbol.asyncDispose]: () => end('SIGKILL') };
}

async function isServing(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const answer = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'close').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return answer;
}

/** Runs `mosquitto_pub` or its like to its end, with lines for its standard input; its exit code and what it said. */
export async function runMosquittoClient(
  program: string,
  args: readonly string[],
  input = '',
): Promise<{ readonly code: number | null; readonly stderr: string }> {
  const child = spawn(program, [...args], { stdio: ['pipe', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-5000)));
  child.stdin.on('error', () => undefined); // it ended before it had read all
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null]; // Node's documented arguments
  return { code, stderr };
}
