import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { HeliosError } from '@heliosiq/model';
import type { HealthCheck, IdempotencyStore, Logger, Meter } from '@heliosiq/ports';
import type { FastifyInstance } from 'fastify';
import { createAuthenticate } from './auth/authenticate.ts';
import type { LoopbackSession } from './auth/loopback-session.ts';
import { gatewayDefaults } from './gateway-settings.ts';
import type { GatewaySettings } from './gateway-settings.ts';
import { handlersOf } from './gateway-parts.ts';
import type { GatewayParts } from './gateway-parts.ts';
import type { OperationsHandlerDeps } from './handlers/operations-handlers.ts';
import { createAdmission, createShed } from './http/admission.ts';
import { createBodyBudget } from './http/body-budget.ts';
import { createIdempotency } from './http/idempotency.ts';
import { createApp } from './http/create-app.ts';
import { createDirectDoors } from './http/direct-doors.ts';
import { createFaultWriter } from './http/fault-writer.ts';
import { createFurtherAddresses } from './http/further-addresses.ts';
import type { FurtherAddress } from './http/further-addresses.ts';
import { watchLoopLag } from './http/loop-lag.ts';
import { listenFault } from './http/make-server.ts';
import { nothingAt, pathOf } from './http/problem.ts';
import { createRequestMeasure, measureRequests } from './http/request-metrics.ts';
import { doorHeaders, securityHeaders } from './http/security-headers.ts';
import { serveDoors } from './http/serve-doors.ts';
import { serveRoutes } from './http/serve-routes.ts';
import { serveWeb } from './http/serve-web.ts';
import { servedMethods } from './http/served-paths.ts';
import { takeBodies } from './http/take-bodies.ts';
import { renewTls } from './http/renew-tls.ts';
import { readTls } from './http/tls.ts';
import type { TlsSettings } from './http/tls.ts';
import { createLiveEvents } from './live-events.ts';
import { createReadiness } from './readiness.ts';
import type { ProgramState } from './readiness.ts';

export { createApiKey } from './auth/api-keys.ts';
export { createAuthenticator } from './auth/authenticator.ts';
export type { AuthenticatorDeps, CertificateClient, SharedAuthenticator } from './auth/authenticator.ts';
export type { CreatedApiKey, NewApiKey } from './auth/api-keys.ts';
export type { JwtSettings } from './auth/json-web-tokens.ts';
export type { LoopbackSession } from './auth/loopback-session.ts';
export type { GatewayParts } from './gateway-parts.ts';
export type { GatewaySettings } from './gateway-settings.ts';
export type { TlsSettings } from './http/tls.ts';
export type { FurtherAddress } from './http/further-addresses.ts';
export type { ProgramState } from './readiness.ts';

/** What the doors ask of the rest of the program, besides the parts that they serve. */
export interface GatewayDeps extends GatewayParts, Omit<OperationsHandlerDeps, 'readiness' | 'isServed'> {
  readonly idempotency: IdempotencyStore;
  readonly meter: Meter;
  readonly logger: Logger;
  readonly checks: readonly HealthCheck[];
  readonly state: () => ProgramState;
  readonly loopbackSession?: LoopbackSession;
  /** With it the main address and further ones speak HTTPS. */
  readonly tls?: TlsSettings;
  /** Folder of the built web page; without it there is no page. */
  readonly webFolder?: string;
  readonly settings?: Partial<GatewaySettings>;
  /** How far the event loop is behind; measured here when it is not given. */
  readonly loopLagMs?: () => number;
}

/** The HTTP doors. */
export interface Gateway {
  /** For tests by `inject`, without a socket. */
  readonly app: FastifyInstance;
  /** Opens the doors; port 0 takes a free one. Rejects with `port-in-use`. */
  listen(address: { readonly host: string; readonly port: number }): Promise<{ readonly url: string }>;
  /** Opens a second address for some paths, e.g. the standard port of a protocol. Rejects with `port-in-use`. */
  alsoListen(address: FurtherAddress): Promise<{ readonly url: string }>;
  /** Takes no new requests, ends live streams, lets requests under way finish, and closes. */
  close(): Promise<void>;
}

/** Builds the doors; nothing listens yet. */
export async function createGateway(deps: GatewayDeps): Promise<Gateway> {
  const { now, log, logger, meter } = deps;
  const settings = { ...gatewayDefaults, ...deps.settings };
  const streamsOpen = meter.gauge({ name: 'heliosiq_live_streams', help: 'Open live event streams.' });
  const liveEvents = createLiveEvents({ log, logger, streamsOpen, ...settings });
  const handlers = handlersOf(deps, {
    liveEvents,
    operations: { ...deps, readiness: createReadiness(deps) },
  });
  const { httpDoors = [] } = deps;

  let isClosing = false;
  const faults = createFaultWriter(logger);
  const server = { settings, tls: deps.tls && (await readTls(deps.tls)) };
  const measure = createRequestMeasure(meter);
  const direct = createDirectDoors({
    ...{ faults, measure },
    isHidden: (socket, path) => furtherAddresses.isHidden(socket, path),
    isStopping: () => isClosing,
  });
  const app = createApp({ ...server, faults, before: direct.before });
  const furtherAddresses = createFurtherAddresses(
    direct.before((request, response) => app.routing(request, response)),
    server,
  );
  app.addHook('onRequest', (request, reply, next) => {
    const isDoor = request.routeOptions.config.door !== undefined;
    reply.headers(isDoor ? doorHeaders : securityHeaders).header('x-request-id', request.id);
    if (isClosing) next(new HeliosError('unavailable', 'The server is stopping', { retryAfterS: 5 }));
    else if (furtherAddresses.isHidden(request.socket, pathOf(request.url))) next(nothingAt(pathOf(request.url)));
    else next();
  });
  measureRequests(app, measure);
  const budget = createBodyBudget(settings.bodiesHeldBytesMax);
  takeBodies(app, settings, budget);
  const admit = createAdmission({ authenticate: createAuthenticate(deps), meter, ...settings });
  const loop = watchLoopLag();
  const shed = createShed({ loopLagMs: deps.loopLagMs ?? loop.lagMs, meter, ...settings });
  const idempotency = createIdempotency({ store: deps.idempotency, now });
  serveRoutes(app, { handlers, idempotency, admit, shed, answerTimeoutMs: settings.answerTimeoutMs });
  await serveDoors(app, httpDoors, { admit, shed, faults, direct, limits: settings, budget, ...settings });
  await serveWeb(app, { webFolder: deps.webFolder, methodsAt: servedMethods(handlers, httpDoors) });
  await app.ready();

  const urlOf = (host: string, port: number): string =>
    `${server.tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const renewal =
    deps.tls === undefined || server.tls === undefined
      ? undefined
      : renewTls({
          files: deps.tls,
          current: server.tls,
          servers: () => [app.server, ...furtherAddresses.servers()],
          everyMs: settings.certificateCheckMs,
          logger,
        });
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
      // The cast holds for a TCP listener.
      const { port: actualPort } = app.server.address() as AddressInfo;
      if (deps.incidents !== undefined) following = liveEvents.run(stopping.signal, `${hostname()}-${actualPort}`);
      return { url: urlOf(host, actualPort) };
    },

    async alsoListen(address) {
      return { url: urlOf(address.host, await furtherAddresses.listen(address)) };
    },

    async close() {
      isClosing = true;
      loop.stop();
      renewal?.stop();
      stopping.abort();
      await following;
      const furtherClosed = furtherAddresses.close();
      const overdue = setTimeout(() => app.server.closeAllConnections(), settings.drainMs);
      await app.close().finally(() => clearTimeout(overdue));
      await furtherClosed;
    },
  };
}
