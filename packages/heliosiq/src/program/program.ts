import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { lockDataFolder } from '@heliosiq/adapters/embedded-postgres/data-folder-lock.ts';
import { createAuthenticator } from '@heliosiq/gateway';
import { HeliosError } from '@heliosiq/model';
import { createMeter } from '@heliosiq/observe';
import { createPacer } from '@heliosiq/ports';
import type { HealthCheck, Logger } from '@heliosiq/ports';
import type { Config } from '../config/settings.ts';
import { chosenRoles } from '../roles.ts';
import { ensureFirstTenant } from './first-start.ts';
import { credentialsTaken } from './gateway-access.ts';
import { createAdaptiveMemory } from './adaptive-memory.ts';
import { createBacklog, logWithBacklog } from './backlog.ts';
import { createDiskRoom, endlessRoom } from './disk-room.ts';
import { openPorts } from './open-ports.ts';
import { openHttpServer, serverNeeds } from './http-server.ts';
import { openProgramDatabase } from './program-database.ts';
import type { PortName, ProgramPorts } from './program-ports.ts';
import type { Composition, RoleContext } from './role-context.ts';
import { runServices } from './services.ts';
import { programVersion } from './version.ts';

const stopTimeoutMs = 9000;

export interface ProgramOptions {
  readonly config: Config;
  readonly logger: Logger;
  /** Told what is being done, in words, during a start. */
  readonly onProgress?: (step: string) => void;
  readonly now?: () => number;
}

/** A running program. */
export interface Program {
  /** Where the page and the API are, as far as the roles bring them; health and metrics always. */
  readonly url: string;
  /** The admin key of a tenant that this start created; shown once. */
  readonly adminKey: string | undefined;
  /** Process ids of the parts that are not in this process. */
  readonly childPids: readonly number[];
  /** Resolves after `stop`; rejects when a service died. */
  readonly finished: Promise<void>;
  /** Closes the doors, drains in flow order, closes ports; at most 10 s. */
  stop(): Promise<void>;
}

/** Starts the roles that the configuration names. A failure leaves nothing running. */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const { config, logger } = options;
  const now = options.now ?? Date.now;
  const say = options.onProgress ?? (() => undefined);
  const startedAt = now();
  await using stack = new AsyncDisposableStack();

  const dataDir = resolve(config.data);
  await mkdir(dataDir, { recursive: true }).catch((cause: unknown) => {
    throw new HeliosError('config-invalid', `the data folder ${dataDir} cannot be made`, {
      cause,
      cure: 'check --data and its rights',
    });
  });
  stack.use(await lockDataFolder(dataDir));

  const { database, serverPids, lost } = await openProgramDatabase({ config, dataDir, logger, onProgress: say }, stack);

  const wanted = chosenRoles(config.role);
  const needs = new Set<PortName>([...wanted.flatMap(({ role }) => role.needs), ...serverNeeds]);
  const pacer = createPacer();
  const meter = createMeter({ now });
  const room =
    config.databaseUrl === undefined
      ? createDiskRoom({ folder: dataDir, reserveBytes: config.diskReserve, logger })
      : endlessRoom;
  const opened = (await openPorts(needs, { database, config, logger, meter, pacer, room }, stack)) as ProgramPorts; // holds at least what the wanted roles named
  meter.watchLag(opened.log);
  const backlog = createBacklog({ log: opened.log, meter, logger, now, maxMs: config.backlogMaxMinutes * 60_000 });
  const ports: ProgramPorts = { ...opened, log: logWithBacklog(opened.log, backlog) };

  let state: 'starting' | 'ready' | 'stopping' = 'starting';
  const checks: HealthCheck[] = [database.health];
  const context: RoleContext = {
    config,
    logger,
    meter,
    now,
    checks,
    state: () => state,
    authenticator: createAuthenticator({ tenants: ports.tenants, meter, logger, now, ...credentialsTaken(config) }),
    version: programVersion(),
    pacer,
    metricsText: async () => (await meter.expose()).text,
  };

  say('preparing the tenant');
  const adminKey = await ensureFirstTenant(ports.tenants, config.tenant, now);
  const compositions: Composition[] = [];
  for (const { role } of wanted) compositions.push(await role.compose(ports, context));
  const preparing = new AbortController();
  for (const { prepare } of compositions) await prepare?.(preparing.signal);

  say('starting the stages');
  const running = runServices(
    [createAdaptiveMemory(), backlog.service, ...compositions.flatMap((composition) => composition.services ?? [])],
    logger,
  );
  checks.push(...running.health);
  stack.defer(() => running.stop(stopTimeoutMs));
  const server = await openHttpServer(
    compositions.map(({ parts }) => parts ?? {}),
    ports,
    context,
  );
  // The server of the page and the API closes first and opens last: it says whether the process is ready.
  for (const listener of compositions.flatMap(({ listeners = [] }) => listeners)) {
    stack.defer(() => listener.close());
    const { url: at } = await listener.listen();
    logger.info({ listener: listener.name, url: at }, 'listening');
  }
  stack.defer(() => server.close());
  const { url } = await server.listen(config);
  for (const address of compositions.flatMap(({ addresses = [] }) => addresses)) {
    const { url: at } = await server.alsoListen(address);
    logger.info({ paths: address.paths, url: at }, 'listening');
  }
  state = 'ready';
  const bootSeconds = (now() - startedAt) / 1000;
  meter.booted(bootSeconds);
  logger.info({ url, bootSeconds, roles: wanted.map(({ name }) => name) }, 'ready');

  const owned = stack.move();
  let stopping: Promise<void> | undefined;
  return {
    url,
    adminKey,
    childPids: serverPids,
    finished: Promise.race([running.finished, lost]),
    stop() {
      state = 'stopping';
      stopping ??= owned.disposeAsync().then(() => logger.info({}, 'stopped'));
      return stopping;
    },
  };
}
