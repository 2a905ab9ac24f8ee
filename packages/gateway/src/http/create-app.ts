import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import type { IncomingMessage, RequestListener } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { FaultWriter } from './fault-writer.ts';
import { byQueryName, queryNameConstraint } from './query-name-constraint.ts';
import { answerClientError, makeServer } from './make-server.ts';
import type { ServerOptions } from './make-server.ts';
import { securityHeaders } from './security-headers.ts';

/** What the framework is made with. */
export interface AppOptions extends ServerOptions {
  readonly faults: FaultWriter;
  /** Makes the listener of the server of the framework's own. */
  readonly before: (handle: RequestListener) => RequestListener;
}

/** The HTTP framework, set to this house's limits, request ids and error answers. */
export function createApp({ faults, before, ...options }: AppOptions): FastifyInstance {
  const app = Fastify({
    logger: false,
    genReqId: requestIdOf,
    frameworkErrors: (error, request, reply) => {
      reply.headers(securityHeaders);
      void faults.answer(error, request, reply);
    },
    // The stream is counted while it is read; the framework's own limit must not come first with other words.
    bodyLimit: Number.MAX_SAFE_INTEGER,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: 500, constraints: { [queryNameConstraint]: byQueryName } },
    clientErrorHandler: answerClientError,
    serverFactory: (handle) => makeServer(before(handle), options),
  });
  app.setErrorHandler((error, request, reply) => faults.answer(error, request, reply));
  return app;
}

/** The id under which a request is known: its sender's, where it is one that can be shown, else a new one. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  return sane(headers['x-request-id']) ?? randomUUID();
}

function sane(requestId: string | string[] | undefined): string | undefined {
  return typeof requestId === 'string' && /^[\w.:-]{1,100}$/.test(requestId) ? requestId : undefined;
}
