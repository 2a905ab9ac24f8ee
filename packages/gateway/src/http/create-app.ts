import { randomUUID } from 'node:crypto';
import type { HeliosError } from '@heliosiq/model';
import type { Logger } from '@heliosiq/ports';
import Fastify from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { answerClientError, makeServer } from './make-server.ts';
import type { ServerOptions } from './make-server.ts';
import { heliosErrorOf, pathOf, problemMediaType, problemOf } from './problem.ts';
import type { ProblemAnswer } from './problem.ts';
import { securityHeaders } from './security-headers.ts';

/** The words of a fault; its status and headers are not theirs to choose. */
export interface FaultWords {
  readonly mediaType: string;
  readonly body: Uint8Array | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface FaultWriter {
  /** Answers a thrown thing, in problem details (RFC 9457) or other words, and logs what is our fault. */
  answer(
    error: unknown,
    request: FastifyRequest,
    reply: FastifyReply,
    wordsOf?: (fault: HeliosError, problem: ProblemAnswer) => FaultWords,
  ): FastifyReply;
}

export function createFaultWriter(logger: Logger): FaultWriter {
  return {
    answer(error, request, reply, wordsOf) {
      const fault = heliosErrorOf(error);
      const { id: requestId, method, url } = request;
      const instance = pathOf(url);
      const problem = problemOf(fault, { requestId, instance });
      // A caller who has gone breaks things off on purpose.
      if (problem.status >= 500 && !reply.raw.destroyed) {
        const path = instance.slice(0, 500);
        logger.error({ requestId, method, path, code: fault.code, error: fault.cause ?? fault }, 'request-failed');
      }
      const words: FaultWords = wordsOf?.(fault, problem) ?? {
        mediaType: problemMediaType,
        body: Buffer.from(problem.body),
      };
      // The framework closes after a refused body, and a sender that is still sending then never sees why; what comes
      // is read and dropped instead, for as long as a request may take.
      reply.removeHeader('connection');
      reply.code(problem.status).headers({ ...words.headers, ...problem.headers });
      return reply.type(words.mediaType).send(words.body);
    },
  };
}

/** The HTTP framework, set to this house's limits, request ids and error answers. */
export function createApp(options: ServerOptions, faults: FaultWriter): FastifyInstance {
  const app = Fastify({
    logger: false,
    genReqId: (request) => sane(request.headers['x-request-id']) ?? randomUUID(),
    frameworkErrors: (error, request, reply) => {
      reply.headers(securityHeaders);
      void faults.answer(error, request, reply);
    },
    // The stream is counted while it is read; the framework's own limit must not come first with other words.
    bodyLimit: Number.MAX_SAFE_INTEGER,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: 500 },
    clientErrorHandler: answerClientError,
    serverFactory: (handle) => makeServer(handle, options),
  });
  app.setErrorHandler((error, request, reply) => faults.answer(error, request, reply));
  return app;
}

function sane(requestId: string | string[] | undefined): string | undefined {
  return typeof requestId === 'string' && /^[\w.:-]{1,100}$/.test(requestId) ? requestId : undefined;
}
