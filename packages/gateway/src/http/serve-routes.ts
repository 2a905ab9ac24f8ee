import { routes } from '@heliosiq/api';
import type { Route, RouteName } from '@heliosiq/api';
import { HeliosError } from '@heliosiq/model';
import type { Principal } from '@heliosiq/model';
import { parseJsonText } from '@heliosiq/model/json-text.ts';
import { unstorablePathOf } from '@heliosiq/model/storable-text.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Readable } from 'node:stream';
import type { ServedHandlers } from '../gateway-parts.ts';
import { isSpecialAnswer } from '../handlers/handler.ts';
import type { Idempotency } from './idempotency.ts';
import { parsePart } from './problem.ts';

export interface ServeRoutesDeps {
  readonly handlers: ServedHandlers;
  readonly idempotency: Idempotency;
  /** Finds out who asks, within the tenant's limits; undefined for public routes. */
  readonly admit: (
    request: FastifyRequest,
    role: Route['role'],
  ) => Principal | undefined | Promise<Principal | undefined>;
  /** Throws `rate-limited` while data is to come later. */
  readonly shed: () => void;
  readonly answerTimeoutMs: number;
}

/** Operations that a sender may repeat under an `Idempotency-Key`. Not `createKey`: its answer holds a secret. */
const repeatable = new Set<RouteName>(['sendSignals', 'putTopology', 'addDocument', 'commentOnIncident']);

interface Answer {
  readonly status: number;
  readonly mediaType: string;
  readonly body: string | Readable;
}

/** Registers every route of the contract that has a handler: admit, parse, handle, answer. */
export function serveRoutes(app: FastifyInstance, deps: ServeRoutesDeps): void {
  const admitted = new WeakMap<FastifyRequest, Principal>();
  for (const [name, route] of Object.entries<Route>(routes)) {
    // The casts hold because the keys of the table are the names, and a handler is called with its own route's parts.
    const handle = deps.handlers[name as RouteName] as ((call: unknown) => Promise<unknown>) | undefined;
    if (handle === undefined) continue;
    app.route({
      method: route.method,
      url: route.path,
      config: { consumes: route.body === 'raw' ? (route.consumes ?? []) : ['application/json'] },
      // Before the body is read: nobody unknown gets to fill the memory.
      onRequest: async (request) => {
        if (route.body === 'raw') deps.shed();
        const principal = await deps.admit(request, route.role);
        if (principal !== undefined) admitted.set(request, principal);
      },
      handler: async (request, reply) => {
        const principal = admitted.get(request);
        const call = new RouteCall(route, { request, principal }, () => callSignal(reply, route, deps.answerTimeoutMs));
        const execute = async (): Promise<Answer> => answerOf(route, await handle(call));
        const key = request.headers['idempotency-key'];
        if (principal === undefined || key === undefined || !repeatable.has(name as RouteName)) {
          return send(reply, await execute());
        }
        const { tenantId } = principal;
        const identity = { tenantId, operation: name, key: String(key), body: bytesOf(request) };
        const answer = await deps.idempotency.run(identity, async () => {
          const { status, body } = await execute();
          return { status, body: typeof body === 'string' ? body : '' };
        });
        if (answer.isRepeat) reply.header('idempotent-replayed', 'true');
        const mediaType = answer.status < 400 ? 'application/json' : 'application/problem+json';
        return send(reply, { status: answer.status, mediaType, body: answer.body });
      },
    });
  }
}

function partsOf(route: Route, request: FastifyRequest): Readonly<Record<'params' | 'query' | 'body', unknown>> {
  // Fastify's types say unknown: both are flat records of texts, or lists of texts for repeated names.
  const params = { ...(request.params as Record<string, string>) };
  const query = { ...(request.query as Record<string, string | string[]>) };
  const unstorable = unstorablePathOf({ ...query, ...params });
  if (unstorable !== undefined) throw unstorableText(unstorable);
  return {
    params: route.params === undefined ? {} : parsePart(route.params, params, 'path'),
    query: route.query === undefined ? {} : parsePart(route.query, query, 'query'),
    body: bodyOf(route, request),
  };
}

function bodyOf(route: Route, request: FastifyRequest): unknown {
  if (route.body === undefined) return undefined;
  const bytes = bytesOf(request);
  if (route.body === 'raw') return bytes;
  const json = bytes.length === 0 ? {} : parseJsonText(bytes);
  const unstorable = unstorablePathOf(json);
  if (unstorable !== undefined) throw unstorableText(unstorable === '' ? 'body' : unstorable);
  return parsePart(route.body, json, 'body');
}

/** The body as the content type parser left it: bytes, or nothing when there was none. */
function bytesOf(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

interface AdmittedAsk {
  readonly request: FastifyRequest;
  readonly principal: Principal | undefined;
}

/** What a handler is called with. A class for the sake of its accessor: each object literal with one would be a hidden class of its own. */
class RouteCall {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly requestId: string;
  readonly mediaType: string;
  readonly lastEventId: string | undefined;
  readonly principal: Principal | undefined;
  readonly #makeSignal: () => AbortSignal;
  #signal: AbortSignal | undefined;

  constructor(route: Route, { request, principal }: AdmittedAsk, makeSignal: () => AbortSignal) {
    const { params, query, body } = partsOf(route, request);
    const lastEventId = request.headers['last-event-id'];
    this.params = params;
    this.query = query;
    this.body = body;
    this.requestId = request.id;
    this.mediaType = mediaTypeOf(request.headers['content-type']);
    this.lastEventId = typeof lastEventId === 'string' ? lastEventId : undefined;
    this.principal = principal;
    this.#makeSignal = makeSignal;
  }

  /** Made when asked for: most handlers are quicker than a timer is worth. */
  get signal(): AbortSignal {
    return (this.#signal ??= this.#makeSignal());
  }
}

/** A content type without parameters, lower case. */
export function mediaTypeOf(contentType: string | undefined): string {
  if (contentType === undefined) return '';
  const end = contentType.indexOf(';');
  return (end === -1 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}

function callSignal(reply: FastifyReply, route: Route, answerTimeoutMs: number): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return route.response === 'text/event-stream'
    ? gone.signal
    : AbortSignal.any([gone.signal, AbortSignal.timeout(answerTimeoutMs)]);
}

function answerOf(route: Route, answer: unknown): Answer {
  if (isSpecialAnswer(answer)) return answer;
  const status = route.status ?? 200;
  if (status === 204) return { status, mediaType: '', body: '' };
  if (typeof route.response !== 'string')
    return { status, mediaType: 'application/json', body: JSON.stringify(answer) };
  return { status, mediaType: `${route.response}; charset=utf-8`, body: String(answer) };
}

function send(reply: FastifyReply, { status, mediaType, body }: Answer): FastifyReply {
  if (mediaType !== '') reply.header('content-type', mediaType);
  // Bytes, because the framework adds a charset to texts, which JSON has no parameter for.
  return reply.code(status).send(status === 204 ? undefined : typeof body === 'string' ? Buffer.from(body) : body);
}

function unstorableText(field: string): HeliosError {
  return new HeliosError('invalid-request', `${field}: it holds U+0000 or half of a surrogate pair`, {
    field,
    cure: 'Send text without these',
  });
}
