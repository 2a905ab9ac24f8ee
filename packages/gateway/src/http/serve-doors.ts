import type { DoorAnswer, HttpDoor } from '@heliosiq/ports';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { DirectDoors } from './direct-doors.ts';
import { bytesOf, createDoorExchange } from './door-exchange.ts';
import type { DoorCall, DoorExchange, DoorExchangeDeps } from './door-exchange.ts';
import type { FaultWriter } from './fault-writer.ts';
import { queryNameConstraint } from './query-name-constraint.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The door that a route is, in metrics. */
    door?: string;
  }
}

export interface ServeDoorsDeps extends DoorExchangeDeps {
  readonly faults: FaultWriter;
  /** Where those are told that need no routing. */
  readonly direct: Pick<DirectDoors, 'add'>;
}

/** Mounts protocols of others: admit, read, hand over, answer; faults in the protocol's own words. */
export async function serveDoors(
  app: FastifyInstance,
  doors: readonly HttpDoor[],
  deps: ServeDoorsDeps,
): Promise<void> {
  for (const door of doors) {
    const exchange = createDoorExchange(door, deps);
    deps.direct.add(door, exchange);
    await app.register(async (scope) => serveDoor(scope, { door, exchange, faults: deps.faults }));
  }
}

function serveDoor(
  app: FastifyInstance,
  {
    door,
    exchange,
    faults,
  }: { readonly door: HttpDoor; readonly exchange: DoorExchange; readonly faults: FaultWriter },
): void {
  app.removeAllContentTypeParsers();
  // The body is left where it is: the exchange reads it.
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.route({
    method: door.method,
    url: door.path,
    config: { door: door.name },
    ...(door.onlyWithQuery === undefined ? {} : { constraints: { [queryNameConstraint]: door.onlyWithQuery } }),
    handler: async (request, reply) => send(reply, await exchange.run(callOf(request, reply))),
    errorHandler: (error, request, reply) =>
      void faults.answer(error, request, reply, exchange.wordsFor(request.headers['content-type'])),
  });
}

function callOf(request: FastifyRequest, reply: FastifyReply): DoorCall {
  return {
    id: request.id,
    asking: request,
    request: request.raw,
    response: reply.raw,
    query: queryOf(request),
    queryText: queryTextOf(request.url),
    // The cast holds: the router fills in texts.
    pathParts: request.params as Readonly<Record<string, string>>,
  };
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
