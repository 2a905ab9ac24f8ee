import { createAuthenticator } from '@heliosiq/gateway';
import type { HealthCheck, Logger, Pacer } from '@heliosiq/ports';
import type { ObservedMeter } from '@heliosiq/observe';
import type { Database } from '@heliosiq/adapters/postgres/database.ts';
import { createSeriesMemory } from '@heliosiq/adapters/postgres/series-memory.ts';
import type { Config } from '../config/settings.ts';
import { createDiskRoom, endlessRoom } from './disk-room.ts';
import { credentialsTaken } from './gateway-access.ts';
import { openPorts } from './open-ports.ts';
import type { PortName, ProgramPorts } from './program-ports.ts';
import type { AnyRole, Composition, RoleContext } from './role-context.ts';
import { programVersion } from './version.ts';

/** What the roles of one process stand on. */
export interface RoleGround {
  readonly roles: readonly AnyRole[];
  /** Ports that are needed besides those that the roles name; `tenants` always is. */
  readonly alsoNeeds: readonly PortName[];
  readonly config: Config;
  /** Absolute path of the data folder. */
  readonly dataDir: string;
  readonly database: Database;
  readonly logger: Logger;
  readonly meter: ObservedMeter;
  readonly pacer: Pacer;
  readonly now: () => number;
  /** Ports add theirs. */
  readonly checks: HealthCheck[];
  readonly state: RoleContext['state'];
}

/** What roles are composed of. */
export interface OpenedRoles {
  /** Holds at least what the roles named. */
  readonly ports: ProgramPorts;
  readonly context: RoleContext;
}

/** Opens the ports that the roles of this process name, and makes what else they get; the stack closes the ports. */
export async function openRoles(ground: RoleGround, stack: AsyncDisposableStack): Promise<OpenedRoles> {
  const { config, dataDir, database, logger, meter, now, checks, state, pacer } = ground;
  const needs = new Set<PortName>([...ground.roles.flatMap((role) => role.needs), ...ground.alsoNeeds, 'tenants']);
  const room =
    config.databaseUrl === undefined
      ? createDiskRoom({ folder: dataDir, reserveBytes: config.diskReserve, logger })
      : endlessRoom;
  const seriesMemory = createSeriesMemory();
  const source = { database, config, logger, meter, pacer, room, checks, seriesMemory };
  const opened = await openPorts(needs, source, stack);
  const ports = opened as ProgramPorts; // the type of a role hands it what it named and no more
  const context: RoleContext = {
    ...{ config, logger, meter, now, checks, state, pacer },
    authenticator: createAuthenticator({ tenants: ports.tenants, meter, logger, now, ...credentialsTaken(config) }),
    version: programVersion(),
    metricsText: async () => (await meter.expose()).text,
  };
  return { ports, context };
}

/** Composes the roles in the order of the flow, and does what they want done before anything listens. */
export async function composeRoles(
  roles: readonly AnyRole[],
  { ports, context }: OpenedRoles,
): Promise<readonly Composition[]> {
  const compositions: Composition[] = [];
  for (const role of roles) compositions.push(await role.compose(ports, context));
  const preparing = new AbortController();
  for (const { prepare } of compositions) await prepare?.(preparing.signal);
  return compositions;
}
