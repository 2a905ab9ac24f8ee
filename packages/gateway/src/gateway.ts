import type { AddressInfo } from 'node:net';
import { HeliosError, errorTable } from '@heliosiq/model';
import type { HealthCheck, IdempotencyStore, Logger, Meter } from '@heliosiq/ports';
import type { FastifyInstance } from 'fastify';
import { createApiKeys } from './auth/api-keys.ts';
import { createJsonWebTokens } from './auth/json-web-tokens.ts';
import type { JwtSettings } from './auth/json-web-tokens.ts';
import type { LoopbackSession } from './auth/loopback-session.ts';
import { gatewayDefaults } from './gateway-settings.ts';
import type { GatewaySettings } from './gateway-settings.ts';
import { handlersOf } from './gateway-parts.ts';
import type { GatewayParts } from './gateway-parts.ts';
import type { OperationsHandlerDeps } from './handlers/operations-handlers.ts';
import { createAdmission } from './http/admission.ts';
import { createBodyBudget } from './http/body-budget.ts';
import { createIdempotency } from './http/idempotency.ts';
import { createApp, createFaultWriter } from './http/create-app.ts';
import { measureRequests } from './http/request-metrics.ts';
import { securityHeaders } from './http/security-headers.ts';
import { serveDoors } from './http/serve-doors.ts';
import { serveRoutes } from './http/serve-routes.ts';
import { serveWeb } from './http/serve-web.ts';
import { servedMethods } from './http/served-paths.ts';
import { takeBodies } from './http/take-bodies.ts';
import { createLiveEvents } from './live-events.ts';
import { createReadiness } from './readiness.ts';
import type { ProgramState } from './readiness.ts';

export { createApiKey } from './auth/api-keys.ts';
export type { CreatedApiKey, NewApiKey } from './auth/api-keys.ts';
export type { JwtSettings } from './auth/json-web-tokens.ts';
export type { LoopbackSession } from './auth/loopback-session.ts';
export type { GatewayParts } from './gateway-parts.ts';
export type { GatewaySettings } from './gateway-settings.ts';
export type { ServedAnswer, ServedDoor } from './http/served-door.ts';
export type { ProgramState } from './readiness.ts';

/** What the doors ask of the rest of the program, besides the parts that they serve. */
export interface GatewayDeps extends GatewayParts, Omit<OperationsHandlerDeps, 'apiKeys' | 'readiness' | 'isServed'> {
  readonly idempotency: IdempotencyStore;
  readonly meter: Meter;
  readonly logger: Logger;
  readonly checks: readonly HealthCheck[];
  readonly state: () => ProgramState;
  readonly jwt?: JwtSettings;
  readonly loopbackSession?: LoopbackSession;
  /** Folder of the built web page; without it there is no page. */
  readonly webFolder?: string;
  readonly settings?: Partial<GatewaySettings>;
}

/** The HTTP doors. */
export interface Gateway {
  /** For tests by `inject`, without a socket. */
  readonly app: FastifyInstance;
  /** Opens the doors; port 0 takes a free one. Rejects with `port-in-use`. */
  listen(address: { readonly host: string; readonly port: number }): Promise<{ readonly url: string }>;
  /** Takes no new requests, ends live streams, lets requests under way finish, and closes. */
  close(): Promise<void>;
}

/** Builds the doors; nothing listens yet. */
export async function createGateway(deps: GatewayDeps): Promise<Gateway> {
  const { tenants, now, log, logger, meter } = deps;
  const settings = { ...gatewayDefaults, ...deps.settings };
  const apiKeys = createApiKeys({ tenants, now });
  const jsonWebTokens = deps.jwt && createJsonWebTokens(deps.jwt, { tenants, now });
  const streamsOpen = meter.gauge({ name: 'heliosiq_live_streams', help: 'Open live event streams.' });
  const liveEvents = createLiveEvents({ log, logger, streamsOpen, ...settings });
  const handlers = handlersOf(deps, {
    liveEvents,
    operations: { ...deps, apiKeys, readiness: createReadiness(deps) },
  });
  const { httpDoors = [] } = deps;

  let isClosing = false;
  const faults = createFaultWriter(logger);
  const app = createApp(settings, faults);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ ...securityHeaders, 'x-request-id': request.id });
    if (isClosing) throw new HeliosError('unavailable', 'The server is stopping', { retryAfterS: 5 });
  });
  measureRequests(app, meter);
  const budget = createBodyBudget(settings.bodiesHeldBytesMax);
  takeBodies(app, settings, budget);
  const doors = { apiKeys, jsonWebTokens, loopbackSession: deps.loopbackSession };
  const admit = createAdmission({ doors, meter, ...settings });
  const idempotency = createIdempotency({ store: deps.idempotency, now });
  serveRoutes(app, { handlers, idempotency, admit, answerTimeoutMs: settings.answerTimeoutMs });
  await serveDoors(app, httpDoors, { admit, faults, limits: settings, budget, ...settings });
  await serveWeb(app, { webFolder: deps.webFolder, methodsAt: servedMethods(handlers, httpDoors) });
  await app.ready();

  const stopping = new AbortController();
  let following: Promise<void> | undefined;
  return {
    app,

    async listen({ host, port }) {
      try {
        await app.listen({ host, port });
      } catch (error) {
        throw listenFault(error, host, port);
      }
      if (deps.incidents !== undefined) following = liveEvents.run(stopping.signal);
      // The cast holds for a TCP listener.
      const { port: actualPort } = app.server.address() as AddressInfo;
      return { url: `http://${host.includes(':') ? `[${host}]` : host}:${actualPort}` };
    },

    async close() {
      isClosing = true;
      stopping.abort();
      await following;
      const overdue = setTimeout(() => app.server.closeAllConnections(), settings.drainMs);
      await app.close().finally(() => clearTimeout(overdue));
    },
  };
}

function listenFault(error: unknown, host: string, port: number): unknown {
  const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  if (!isTaken) return error;
  return new HeliosError('port-in-use', `${errorTable['port-in-use'].title}: ${host}:${port}`, {
    cause: error,
    cure: 'Choose another with --port, or stop the program that has it',
  });
}
