import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { vi } from 'vitest';
import { freePort } from './free-port.ts';

/** A VictoriaMetrics as a process of its own. */
export interface VictoriaMetricsProcess extends AsyncDisposable {
  readonly url: string;
  end(signal: NodeJS.Signals): Promise<void>;
  /** Makes what was written visible to questions now, not within a second. */
  flush(): Promise<void>;
}

/** Starts VictoriaMetrics on a free port and waits until it answers; rejects with its words when it ends instead. */
export async function startVictoriaMetrics(options: {
  readonly binary: string;
  readonly folder: string;
  /** Default: a free one. */
  readonly port?: number;
  readonly flags?: readonly string[];
}): Promise<VictoriaMetricsProcess> {
  const address = `127.0.0.1:${options.port ?? (await freePort())}`;
  const url = `http://${address}`;
  const child = spawn(
    options.binary,
    [
      `-storageDataPath=${options.folder}`,
      `-httpListenAddr=${address}`,
      '-loggerLevel=WARN',
      '-memory.allowedBytes=256MB',
      ...(options.flags ?? []),
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-20_000)));
  await vi.waitFor(
    async () => {
      // Its end is told at once, not after the wait.
      if (child.exitCode === null && !(await fetch(`${url}/health`)).ok) throw new Error('not ready');
    },
    { timeout: 90_000, interval: 50 },
  );
  if (child.exitCode !== null) throw new Error(`VictoriaMetrics did not start:\n${stderr}`);
  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
  return {
    url,
    async flush() {
      await fetch(`${url}/internal/force_flush`);
    },
    end,
    [Symbol.asyncDispose]: () => end('SIGKILL'),
  };
}
