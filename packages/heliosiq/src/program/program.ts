import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { lockDataFolder } from '@heliosiq/adapters/embedded-postgres/data-folder-lock.ts';
import { HeliosError } from '@heliosiq/model';
import { createMeter } from '@heliosiq/observe';
import { createPacer } from '@heliosiq/ports';
import type { HealthCheck, Logger } from '@heliosiq/ports';
import type { Config } from '../config/settings.ts';
import { chosenRoles } from '../roles.ts';
import { ensureFirstTenant } from './first-start.ts';
import { createAdaptiveMemory } from './adaptive-memory.ts';
import { createBacklog, logWithBacklog } from './backlog.ts';
import { composeRoles, openRoles } from './open-roles.ts';
import { letHelperThreadsGiveWay } from './helper-threads.ts';
import { openHttpServer, serverNeeds } from './http-server.ts';
import { openProgramDatabase } from './program-database.ts';
import type { ProgramPorts } from './program-ports.ts';
import { rolesApart } from './roles-apart.ts';
import { runServices } from './services.ts';
import { startStagesApart } from './stages-apart.ts';

const stopTimeoutMs = 9000;

export interface ProgramOptions {
  readonly config: Config;
  readonly logger: Logger;
  /** Told what is being done, in words, during a start. */
  readonly onProgress?: (step: string) => void;
  /** A clock of one's own, in milliseconds since the epoch; with it everything runs in one process. */
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

  const { database, databaseUrl, serverPids, lost } = await openProgramDatabase(
    { config, dataDir, logger, onProgress: say },
    stack,
  );

  const wanted = chosenRoles(config.role);
  const apart = rolesApart(wanted, options);
  const here = wanted.filter(({ name }) => !apart.includes(name)).map(({ role }) => role);
  const starting = apart.length === 0 ? undefined : startStagesApart({ config, dataDir, databaseUrl, roles: apart });
  // Awaited below, beside what this process prepares meanwhile.
  starting?.catch(() => undefined);
  stack.defer(async () => (await starting?.catch(() => undefined))?.stop(stopTimeoutMs));

  let state: 'starting' | 'ready' | 'stopping' = 'starting';
  const checks: HealthCheck[] = [database.health];
  const meter = createMeter({ now });
  const pacer = createPacer();
  const opened = await openRoles(
    {
      ...{ config, dataDir, database, logger, meter, now, checks, pacer },
      ...{ roles: here, alsoNeeds: serverNeeds, state: () => state },
    },
    stack,
  );
  meter.watchLag(opened.ports.log);
  const backlog = createBacklog({
    ...{ log: opened.ports.log, meter, logger, now },
    maxMs: config.backlogMaxMinutes * 60_000,
  });
  const { context } = opened;
  const ports: ProgramPorts = { ...opened.ports, log: logWithBacklog(opened.ports.log, backlog) };

  say('preparing the tenant');
  const adminKey = await ensureFirstTenant(ports.tenants, config.tenant, now);
  const compositions = await composeRoles(here, { ports, context });

  letHelperThreadsGiveWay();
  say('starting the stages');
  const running = runServices(
    [createAdaptiveMemory(), backlog.service, ...compositions.flatMap((composition) => composition.services ?? [])],
    logger,
  );
  checks.push(...running.health);
  const stages = await starting;
  stack.defer(async () => void (await Promise.all([running.stop(stopTimeoutMs), stages?.stop(stopTimeoutMs)])));
  if (stages !== undefined) {
    checks.push(...stages.checks);
    meter.alsoExpose(() => stages.figures());
    pacer.onDoor(() => stages.noteDoor());
  }
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
    childPids: [...serverPids, ...(stages === undefined ? [] : [stages.pid])],
    finished: Promise.race([running.finished, lost, ...(stages === undefined ? [] : [stages.lost])]),
    stop() {
      state = 'stopping';
      stopping ??= owned.disposeAsync().then(() => logger.info({}, 'stopped'));
      return stopping;
    },
  };
}
