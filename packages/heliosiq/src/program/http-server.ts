import { join } from 'node:path';
import { createGateway } from '@heliosiq/gateway';
import type { Gateway, GatewayParts } from '@heliosiq/gateway';
import { gatewayAccess } from './gateway-access.ts';
import type { PortName, ProgramPorts } from './program-ports.ts';
import type { RoleContext } from './role-context.ts';

/** The ports that the server of every process needs, whatever its roles. */
export const serverNeeds = ['tenants', 'log', 'idempotency'] as const satisfies readonly PortName[];

/** Where the built page lies in a clone. */
const webFolder = join(import.meta.dirname, '..', '..', '..', 'web', 'dist');

/** The one HTTP server of a process: what its roles bring, and always health and metrics. Nothing listens yet. */
export function openHttpServer(
  brought: readonly GatewayParts[],
  { tenants, log, idempotency }: Pick<ProgramPorts, (typeof serverNeeds)[number]>,
  context: RoleContext,
): Promise<Gateway> {
  const parts: GatewayParts = Object.assign({}, ...brought, {
    httpDoors: brought.flatMap(({ httpDoors = [] }) => httpDoors),
  });
  return createGateway({
    ...parts,
    ...{ tenants, log, idempotency },
    ...context,
    ...gatewayAccess(context.config),
    // The page is about incidents.
    ...(parts.incidents === undefined ? {} : { webFolder }),
  });
}
