import type { AddressInfo } from 'node:net';
import { HeliosError, errorTable, orderedId } from '@heliosiq/model';
import type { HealthCheck, IdempotencyStore, Logger, Meter } from '@heliosiq/ports';
import Fastify from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createApiKeys } from './auth/api-keys.ts';
import { createJsonWebTokens } from './auth/json-web-tokens.ts';
import type { JwtSettings } from './auth/json-web-tokens.ts';
import type { LoopbackSession } from './auth/loopback-session.ts';
import { gatewayDefaults } from './gateway-settings.ts';
import type { GatewaySettings } from './gateway-settings.ts';
import type { Handlers } from './handlers/handler.ts';
import { incidentHandlers } from './handlers/incident-handlers.ts';
import type { IncidentHandlerDeps } from './handlers/incident-handlers.ts';
import { ingestHandlers } from './handlers/ingest-handlers.ts';
import type { IngestHandlerDeps } from './handlers/ingest-handlers.ts';
import { knowledgeHandlers } from './handlers/knowledge-handlers.ts';
import type { KnowledgeHandlerDeps } from './handlers/knowledge-handlers.ts';
import { lakeHandlers } from './handlers/lake-handlers.ts';
import type { LakeHandlerDeps } from './handlers/lake-handlers.ts';
import { operationsHandlers } from './handlers/operations-handlers.ts';
import type { OperationsHandlerDeps } from './handlers/operations-handlers.ts';
import { createAdmission } from './http/admission.ts';
import { createBodyBudget } from './http/body-budget.ts';
import { createIdempotency } from './http/idempotency.ts';
import { heliosErrorOf, problemMediaType, problemOf } from './http/problem.ts';
import { measureRequests } from './http/request-metrics.ts';
import { securityHeaders } from './http/security-headers.ts';
import { serveRoutes } from './http/serve-routes.ts';
import { serveWeb } from './http/serve-web.ts';
import { takeBodies } from './http/take-bodies.ts';
import { createLiveEvents } from './live-events.ts';
import { createReadiness } from './readiness.ts';
import type { ProgramState } from './readiness.ts';

export { createApiKey } from './auth/api-keys.ts';
export type { CreatedApiKey, NewApiKey } from './auth/api-keys.ts';
export type { JwtSettings } from './auth/json-web-tokens.ts';
export type { LoopbackSession } from './auth/loopback-session.ts';
export type { GatewaySettings } from './gateway-settings.ts';
export type { ProgramState } from './readiness.ts';

/** Everything the doors ask of the rest of the program. */
export interface GatewayDeps
  extends
    IngestHandlerDeps,
    LakeHandlerDeps,
    KnowledgeHandlerDeps,
    Omit<IncidentHandlerDeps, 'liveEvents'>,
    Omit<OperationsHandlerDeps, 'apiKeys' | 'readiness'> {
  readonly idempotency: IdempotencyStore;
  readonly meter: Meter;
  readonly logger: Logger;
  readonly checks: readonly HealthCheck[];
  readonly state: () => ProgramState;
  readonly jwt?: JwtSettings;
  readonly loopbackSession?: LoopbackSession;
  /** Folder of the built web page. */
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
  const handlers: Handlers = {
    ...ingestHandlers(deps),
    ...lakeHandlers(deps),
    ...incidentHandlers({ ...deps, liveEvents }),
    ...knowledgeHandlers(deps),
    ...operationsHandlers({ ...deps, apiKeys, readiness: createReadiness(deps) }),
  };

  let isClosing = false;
  const app = createApp(settings, logger);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ ...securityHeaders, 'x-request-id': request.id });
    if (isClosing) throw new HeliosError('unavailable', 'The server is stopping', { retryAfterS: 5 });
  });
  measureRequests(app, meter);
  takeBodies(app, settings, createBodyBudget(settings.bodiesHeldBytesMax));
  const doors = { apiKeys, jsonWebTokens, loopbackSession: deps.loopbackSession };
  const admit = createAdmission({ doors, meter, ...settings });
  const idempotency = createIdempotency({ store: deps.idempotency, now });
  serveRoutes(app, { handlers, idempotency, admit, answerTimeoutMs: settings.answerTimeoutMs });
  await serveWeb(app, deps.webFolder);
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
      following = liveEvents.run(stopping.signal);
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

function createApp(settings: GatewaySettings, logger: Logger): FastifyInstance {
  const onError = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const fault = heliosErrorOf(error);
    const { id: requestId, method, url } = request;
    const instance = url.split('?', 1)[0] ?? url;
    const problem = problemOf(fault, { requestId, instance });
    // A caller who has gone breaks things off on purpose.
    if (problem.status >= 500 && !reply.raw.destroyed) {
      logger.error(
        { requestId, method, path: instance, code: fault.code, error: fault.cause ?? fault },
        'request-failed',
      );
    }
    // The framework closes after a refused body, and a sender that is still sending then never sees why; what comes is
    // read and dropped instead, for as long as a request may take.
    reply.removeHeader('connection');
    return reply.code(problem.status).headers(problem.headers).type(problemMediaType).send(Buffer.from(problem.body));
  };
  const app = Fastify({
    logger: false,
    genReqId: (request) => sane(request.headers['x-request-id']) ?? orderedId(),
    frameworkErrors: (error, request, reply) => {
      reply.headers(securityHeaders);
      void onError(error, request, reply);
    },
    // The stream is counted while it is read; the framework's own limit must not come first with other words.
    bodyLimit: Number.MAX_SAFE_INTEGER,
    requestTimeout: settings.requestTimeoutMs,
    http: { headersTimeout: settings.headersTimeoutMs, connectionsCheckingInterval: 2000 },
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: 500 },
    clientErrorHandler: (error, socket) => {
      const status = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request';
      const fault = new HeliosError('invalid-request', 'The request is not HTTP that can be read, or came too slowly');
      const { body } = problemOf(fault, { requestId: orderedId(), instance: '/' });
      const head = `HTTP/1.1 ${status}\r\ncontent-type: ${problemMediaType}\r\ncontent-length: ${Buffer.byteLength(body)}`;
      if (socket.writable) socket.end(`${head}\r\nconnection: close\r\n\r\n${body}`);
      else socket.destroy();
    },
  });
  app.server.maxConnections = settings.connectionsMax;
  app.setErrorHandler(onError);
  return app;
}

function sane(requestId: string | string[] | undefined): string | undefined {
  return typeof requestId === 'string' && /^[\w.:-]{1,100}$/.test(requestId) ? requestId : undefined;
}

function listenFault(error: unknown, host: string, port: number): unknown {
  const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  if (!isTaken) return error;
  return new HeliosError('port-in-use', `${errorTable['port-in-use'].title}: ${host}:${port}`, {
    cause: error,
    cure: 'Choose another with --port, or stop the program that has it',
  });
}
