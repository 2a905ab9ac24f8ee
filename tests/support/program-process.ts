import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createClient } from '@heliosiq/api';
import type { Client } from '@heliosiq/api';

/** The launcher keeps compiled code as well; without it every start would pay for compilation again. */
const compileCache = join(tmpdir(), 'heliosiq-test-compile-cache');
const mainFile = join(import.meta.dirname, '..', '..', 'packages', 'heliosiq', 'src', 'main.ts');

/** The program as a process of its own, as a user starts it. */
export interface ProgramProcess {
  readonly url: string;
  /** The admin key, when this start created the tenant. */
  readonly adminKey: string | undefined;
  readonly child: ChildProcess;
  /** From spawn to the ready line. */
  readonly readyMs: number;
  /** The last of what it wrote to standard error. */
  readonly stderr: () => string;
  client(key: string): Client;
  /** Sends a signal and waits for the end, also where it has ended by itself; the exit code, or the signal that ended it. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

export interface FinishedRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A free port, and none of the fixed ones that other tests could hold. */
const quietDefaults = {
  HELIOS_LOG_LEVEL: 'warn',
  HELIOS_PORT: '0',
  HELIOS_OTLP_HTTP_PORT: 'off',
  HELIOS_OTLP_GRPC_PORT: 'off',
};

/** Starts `heliosiq start` on a data folder and waits for its ready line; rejects with its words when it ends instead. */
export async function startProcess(
  dataDir: string,
  environment: Readonly<Record<string, string>> = {},
  nodeFlags: readonly string[] = [],
): Promise<ProgramProcess> {
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', ...nodeFlags, mainFile, 'start', '--data', dataDir],
    {
      env: { NODE_COMPILE_CACHE: compileCache, ...process.env, ...quietDefaults, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-20_000)));
  let adminKey: string | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    adminKey = /\bhk_\S+/.exec(line)?.[0] ?? adminKey;
    const url = /heliosiq ready (http\S+)/.exec(line)?.[1];
    if (url === undefined) continue;
    child.stdout.resume();
    return {
      url,
      adminKey,
      child,
      readyMs: performance.now() - startedAt,
      stderr: () => stderr,
      client: (key) => createClient({ baseUrl: url, token: key }),
      async end(signal) {
        if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? child.signalCode;
        const ended = once(child, 'exit');
        child.kill(signal);
        const [code, endedBy] = (await ended) as [number | null, NodeJS.Signals | null]; // Node's documented arguments
        return code ?? endedBy;
      },
    };
  }
  throw new Error(`the program ended before it was ready:\n${stderr}`);
}

/** Runs the command line to its end. */
export async function runCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<FinishedRun> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', mainFile, ...args], {
    env: { NODE_COMPILE_CACHE: compileCache, ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null]; // Node's documented arguments
  return { code, stdout, stderr };
}
