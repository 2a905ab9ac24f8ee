import type { DoorAnswer, HttpDoor } from '@heliosiq/ports';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { HeliosError, errorTable } from '@heliosiq/model';
import type { Principal, Role } from '@heliosiq/model';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { BodyBudget } from './body-budget.ts';
import type { FaultWords, FaultWriter } from './fault-writer.ts';
import { createDeadline } from './deadline.ts';
import type { ProblemAnswer } from './problem.ts';
import { problemMediaType } from './problem.ts';
import { queryNameConstraint } from './query-name-constraint.ts';
import { readBody } from './read-body.ts';
import type { BodyLimits, HeldBody } from './read-body.ts';
import { mediaTypeOf } from './serve-routes.ts';
import { unknownMediaType } from './take-bodies.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The door that a route is, in metrics. */
    door?: string;
  }
}

export interface ServeDoorsDeps {
  /** Finds out who asks, within the tenant's limits. */
  readonly admit: (request: FastifyRequest, role: Role) => Promise<Principal | undefined>;
  /** Throws `rate-limited` while data is to come later. */
  readonly shed: () => void;
  readonly faults: FaultWriter;
  readonly limits: BodyLimits;
  readonly budget: BodyBudget;
  readonly answerTimeoutMs: number;
}

const nothing = Buffer.alloc(0);

/** Mounts protocols of others: admit, read, hand over, answer; faults in the protocol's own words. */
export async function serveDoors(
  app: FastifyInstance,
  doors: readonly HttpDoor[],
  deps: ServeDoorsDeps,
): Promise<void> {
  for (const door of doors) await app.register(async (scope) => serveDoor(scope, door, deps));
}

function serveDoor(app: FastifyInstance, door: HttpDoor, deps: ServeDoorsDeps): void {
  const { admit, shed, faults, limits, budget, answerTimeoutMs } = deps;
  const role = door.role ?? (door.method === 'GET' ? 'viewer' : 'operator');
  const deadline = createDeadline(answerTimeoutMs);
  const admitted = new WeakMap<FastifyRequest, Principal>();

  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (request: FastifyRequest, payload: IncomingMessage): Promise<HeldBody> => {
    const { 'content-type': contentType, 'content-length': contentLength } = request.headers;
    const mediaType = mediaTypeOf(contentType);
    if (door.consumes !== undefined && !door.consumes.includes(mediaType)) {
      return Promise.reject(unknownMediaType(mediaType, door.consumes));
    }
    const contentEncoding = encodingToUndo(door, request.headers['content-encoding']);
    return readBody({ stream: payload, contentLength, contentEncoding }, limits, budget);
  });

  app.route({
    method: door.method,
    url: door.path,
    config: { door: door.name },
    ...(door.onlyWithQuery === undefined ? {} : { constraints: { [queryNameConstraint]: door.onlyWithQuery } }),
    // Before the body is read: nobody unknown gets to fill the memory.
    onRequest: async (request) => {
      shed();
      const principal = await admit(request, role);
      if (principal !== undefined) admitted.set(request, principal);
    },
    handler: async (request, reply) => {
      // What the parser above has left; nothing when there was no body.
      const held = request.body as HeldBody | undefined;
      const principal = admitted.get(request);
      if (principal === undefined) throw new HeliosError('internal', 'A door was reached without a credential');
      const contentType = request.headers['content-type'] ?? '';
      let signal: AbortSignal | undefined;
      const handling = handleAndRelease(door, held, {
        principal,
        // Made when asked for: most doors are quicker than a listener is worth.
        get signal() {
          return (signal ??= goneSignal(reply));
        },
        headers: lastOfEach(request),
        query: queryOf(request),
        queryText: queryTextOf(request.url),
        // The cast holds: the router fills in texts.
        pathParts: request.params as Readonly<Record<string, string>>,
        mediaType: mediaTypeOf(contentType),
        contentType,
        body: held?.bytes ?? nothing,
        requestId: request.id,
      });
      return send(reply, await deadline.within(handling, tookTooLong));
    },
    errorHandler: (error, request, reply) =>
      void faults.answer(error, request, reply, (fault, problem) => wordsOf(door, request, { fault, problem })),
  });
}

/** The body's bytes are given back when the door is done with them, which may be after the sender has gone. */
async function handleAndRelease(
  door: HttpDoor,
  held: HeldBody | undefined,
  request: Parameters<HttpDoor['handle']>[0],
): Promise<DoorAnswer> {
  try {
    return await door.handle(request);
  } finally {
    held?.release();
  }
}

function tookTooLong(): HeliosError {
  return new HeliosError('timeout', 'The door took too long', { retryAfterS: 5 });
}

/** Aborts when the connection of an answer closes. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}

/** Undefined where the door decodes the encoding itself. */
function encodingToUndo({ decodes }: HttpDoor, contentEncoding: string | undefined): string | undefined {
  return contentEncoding !== undefined && decodes?.includes(contentEncoding.trim().toLowerCase()) === true
    ? undefined
    : contentEncoding;
}

function lastOfEach({ raw }: FastifyRequest): Readonly<Record<string, string | undefined>> {
  const { headers, rawHeaders } = raw;
  const isRepeated = Object.keys(headers).length * 2 !== rawHeaders.length;
  // The cast holds: only a repeated set-cookie is a list.
  if (!isRepeated && headers['set-cookie'] === undefined) return headers as Record<string, string | undefined>;
  return Object.fromEntries(Object.entries(raw.headersDistinct).map(([name, values]) => [name, values?.at(-1)]));
}

function queryOf(request: FastifyRequest): Readonly<Record<string, string | undefined>> {
  // Fastify's types say unknown: it is a flat record of texts, or lists of texts for repeated names.
  const query = request.query as Record<string, string | string[]>;
  return Object.fromEntries(Object.entries(query).map(([name, v]) => [name, typeof v === 'string' ? v : v.at(-1)]));
}

function queryTextOf(url: string): string {
  const at = url.indexOf('?');
  return at === -1 ? '' : url.slice(at + 1);
}

function send(reply: FastifyReply, { status, mediaType, headers, body, pieces }: DoorAnswer): FastifyReply {
  reply.code(status);
  if (headers !== undefined) reply.headers(headers);
  if (mediaType !== undefined) reply.header('content-type', mediaType);
  if (pieces !== undefined) return reply.send(Readable.from(pieces, { objectMode: false }));
  return body === undefined ? reply.send() : reply.send(bytesOf(body));
}

/** Bytes, because the framework adds a charset to texts. */
function bytesOf(body: string | Uint8Array): Uint8Array {
  return typeof body === 'string' ? Buffer.from(body) : body;
}

interface FaultToTell {
  readonly fault: HeliosError;
  readonly problem: ProblemAnswer;
}

function wordsOf(door: HttpDoor, request: FastifyRequest, { fault, problem }: FaultToTell): FaultWords {
  const contentType = request.headers['content-type'] ?? '';
  const told = door.describeFault?.(publicFault(fault), { contentType });
  if (told === undefined) return { mediaType: problemMediaType, body: Buffer.from(problem.body) };
  return {
    mediaType: told.mediaType ?? 'text/plain; charset=utf-8',
    body: told.body === undefined ? undefined : bytesOf(told.body),
    ...(told.headers === undefined ? {} : { headers: told.headers }),
  };
}

/** Words of faults from 500 on stay inside, whatever the door does with them. */
function publicFault(fault: HeliosError): HeliosError {
  const { status, title } = errorTable[fault.code];
  if (status < 500) return fault;
  const { retryAfterS, cure } = fault;
  return new HeliosError(fault.code, title, {
    ...(retryAfterS === undefined ? {} : { retryAfterS }),
    ...(cure === undefined ? {} : { cure }),
  });
}
