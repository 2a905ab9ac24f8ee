import type { IncomingMessage } from 'node:http';
import { HeliosError } from '@heliosiq/model';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { BodyBudget } from './body-budget.ts';
import { readBody } from './read-body.ts';
import type { BodyLimits, HeldBody } from './read-body.ts';
import { mediaTypeOf } from './serve-routes.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Media types that the route's body may have. */
    consumes?: readonly string[];
  }
}

/** Makes every body arrive in handlers as bytes, within limits, and gives its bytes back when the answer is out. */
export function takeBodies(app: FastifyInstance, limits: BodyLimits, budget: BodyBudget): void {
  const held = new WeakMap<object, HeldBody>();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', async (request: FastifyRequest, payload: IncomingMessage) => {
    // An unknown path or method is told so by the not-found handler, whatever it was sent.
    if (request.is404) {
      payload.resume();
      return undefined;
    }
    const mediaType = mediaTypeOf(request.headers['content-type']);
    const { consumes = [] } = request.routeOptions.config;
    if (!consumes.includes(mediaType)) throw unknownMediaType(mediaType, consumes);
    const body = await readBody(
      {
        stream: payload,
        contentLength: request.headers['content-length'],
        contentEncoding: request.headers['content-encoding'],
      },
      limits,
      budget,
    );
    held.set(request, body);
    return body.bytes;
  });
  const release = (request: object): void => {
    held.get(request)?.release();
    held.delete(request);
  };
  app.addHook('onResponse', (request, _reply, next) => {
    release(request);
    next();
  });
  app.addHook('onRequestAbort', (request, next) => {
    release(request);
    next();
  });
}

export function unknownMediaType(mediaType: string, consumes: readonly string[]): HeliosError {
  return new HeliosError('unsupported-media-type', `The content type "${mediaType.slice(0, 100)}" is not taken here`, {
    field: 'content-type',
    cure: `Send ${consumes.join(' or ')}`,
  });
}
