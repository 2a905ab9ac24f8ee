import { open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { HeliosError } from '@heliosiq/model';
import type { Logger } from '@heliosiq/ports';
import { createCluster, folderArgument, programDatabase, programRole } from './create-cluster.ts';
import { errorCode } from './error-code.ts';
import { probePort } from './free-port.ts';
import { spawnGuarded, type GuardedProcess } from './guarded-process.ts';
import { stopLeftoverServer } from './leftover-server.ts';
import { findServerBinaries } from './server-binaries.ts';
import {
  hasCluster,
  logLength,
  logSince,
  prepareServerFolder,
  rememberedPort,
  serverFolder,
  serverPassword,
  type ServerFolder,
} from './server-folder.ts';
import { serverArguments } from './server-settings.ts';
import { serverUser, type ServerUser } from './server-user.ts';

export interface EmbeddedPostgresOptions {
  /** Folder of the server: made where it is missing, never shared by two servers. */
  readonly dataDir: string;
  /** TCP port on 127.0.0.1. Default: a free one, the same at every start if it still is free. */
  readonly port?: number | undefined;
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal | undefined;
  readonly logger?: Logger;
  /** Told what is being done, in words for a person. */
  readonly onProgress?: (step: string) => void;
}

/** A running PostgreSQL server that belongs to this program and dies with it. */
export interface EmbeddedPostgres extends AsyncDisposable {
  /** Connection URL with the password: for drivers, not for logs. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** True when a server that a killed program had left was stopped first. */
  readonly recovered: boolean;
  /** Settles when the server has ended, wanted or not. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** Stops the server in order (connections are closed, a checkpoint is written); calling it again waits for the same. */
  stop(): Promise<void>;
}

const startTimeoutMs = 30_000;
/** A server that recovers from a crash answers, and is left to it. */
const recoveryTimeoutMs = 600_000;
const stopPatience = [
  ['SIGINT', 6000],
  ['SIGQUIT', 3000],
  ['SIGKILL', 2000],
] as const;

/**
 * Starts PostgreSQL as a child process on a folder, making it at the first start. As root it runs as an ordinary user.
 * Rejects with `port-in-use`, `data-folder-in-use` or `config-invalid` and says the cure.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { logger, onProgress, signal } = options;
  const folder = serverFolder(path.resolve(options.dataDir));
  const user = await serverUser();
  const binaries = await findServerBinaries(user);
  await prepareServerFolder(folder, binaries.major, user);
  const recovered = await stopLeftoverServer(folder, logger);
  // A port that is taken is told before anything is made.
  await choosePort(folder, options.port);
  const password = await serverPassword(folder);
  if (!(await hasCluster(folder))) {
    onProgress?.('creating the database (once)');
    await createCluster({ folder, binaries, user, password, signal });
  }
  onProgress?.('starting PostgreSQL');
  for (let attempt = 1; ; attempt += 1) {
    const port = await choosePort(folder, options.port);
    const url = `postgres://${programRole}:${password}@127.0.0.1:${port}/${programDatabase}`;
    const logged = await logLength(folder);
    const server = await launch(folder, { postgres: binaries.postgres, user, port });
    const failure = await waitUntilReady(server, url, signal).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    if (failure === undefined) {
      await writeFile(folder.portFile, String(port), { mode: 0o644 });
      logger?.info({ pid: server.pid, port, recovered }, 'PostgreSQL is running');
      return running(server, { url, port, recovered, logger });
    }
    await stopServer(server);
    signal?.throwIfAborted();
    const tail = await logSince(folder, logged);
    if (attempt < 10 && (await mayRetry(tail, options.port))) continue;
    throw new HeliosError('unavailable', `PostgreSQL did not start: ${tail}`, { cause: failure.error });
  }
}

async function choosePort(folder: ServerFolder, wanted: number | undefined): Promise<number> {
  if (wanted !== undefined && wanted !== 0) {
    if ((await probePort(wanted)) !== undefined) return wanted;
    throw new HeliosError('port-in-use', `Port ${wanted} of 127.0.0.1 is in use by another program`, {
      cure: 'Stop that program, or choose another port for PostgreSQL (0 finds a free one).',
    });
  }
  const port = (await probePort((await rememberedPort(folder)) ?? 0)) ?? (await probePort(0));
  if (port === undefined) throw new HeliosError('port-in-use', 'There is no free port on 127.0.0.1');
  return port;
}

async function launch(
  folder: ServerFolder,
  options: { readonly postgres: string; readonly user: ServerUser | undefined; readonly port: number },
): Promise<GuardedProcess> {
  const log = await open(folder.logFile, 'a', 0o600);
  try {
    const args = serverArguments(folderArgument(folder.cluster, options.user), options.port);
    return await spawnGuarded(options.postgres, args, { cwd: folder.cluster, user: options.user, outputFd: log.fd });
  } finally {
    await log.close();
  }
}

/** Waits until the server takes this program's password; rejects when it ends before. */
async function waitUntilReady(server: GuardedProcess, url: string, signal: AbortSignal | undefined): Promise<void> {
  const deadline = performance.now() + startTimeoutMs;
  const recoveryDeadline = performance.now() + recoveryTimeoutMs;
  let ended = false;
  void server.exited.then(() => (ended = true));
  for (;;) {
    signal?.throwIfAborted();
    if (ended) throw new Error('the server ended during its start');
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 2000 });
    client.on('error', () => {});
    try {
      await client.connect();
      return;
    } catch (error) {
      // 57P03: it is starting up or recovering, and says so however long that takes.
      const code = errorCode(error);
      const isPassing = code === 'ECONNREFUSED' || code === 'ECONNRESET' || isTimeout(error);
      if (code !== '57P03' && !isPassing) throw error;
      if (performance.now() > (code === '57P03' ? recoveryDeadline : deadline)) throw error;
    } finally {
      await client.end().catch(() => {});
    }
    await delay(15);
  }
}

/** A busy machine may take longer than a connection waits. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.message.includes('timeout');
}

/** Causes that pass: the port was taken meanwhile, or processes of a killed server have not quite gone. */
async function mayRetry(tail: string, wantedPort: number | undefined): Promise<boolean> {
  if (/could not bind|Address already in use/.test(tail)) return wantedPort === undefined || wantedPort === 0;
  if (!/pre-existing shared memory block|lock file "postmaster.pid" already exists/.test(tail)) return false;
  await delay(500);
  return true;
}

function running(
  server: GuardedProcess,
  facts: {
    readonly url: string;
    readonly port: number;
    readonly recovered: boolean;
    readonly logger: Logger | undefined;
  },
): EmbeddedPostgres {
  let stopping: Promise<void> | undefined;
  void server.exited.then(({ code, signal }) => {
    if (stopping === undefined) facts.logger?.error({ code, signal }, 'PostgreSQL ended unexpectedly');
  });
  const stop = (): Promise<void> => (stopping ??= stopServer(server));
  return {
    url: facts.url,
    port: facts.port,
    pid: server.pid,
    recovered: facts.recovered,
    exited: server.exited,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function stopServer(server: GuardedProcess): Promise<void> {
  let ended = false;
  const exited = server.exited.then(() => (ended = true));
  for (const [signal, timeoutMs] of stopPatience) {
    if (ended) return;
    server.kill(signal);
    const timer = new AbortController();
    await Promise.race([exited, delay(timeoutMs, undefined, { signal: timer.signal }).catch(() => {})]);
    timer.abort();
    if (ended) return;
  }
}
