import type { RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { DoorAnswer, HttpDoor } from '@heliosiq/ports';
import { requestIdOf } from './create-app.ts';
import type { DoorCall, DoorExchange } from './door-exchange.ts';
import type { FaultWriter } from './fault-writer.ts';
import type { MeasureRequest } from './request-metrics.ts';
import { doorHeaders } from './security-headers.ts';

/**
 * Doors through which data comes thousands of times a second. Their requests need none of what the HTTP framework is there
 * for (routes with parts, queries, hooks, serializers), and its way through them costs more than most doors do: what is
 * for one of them goes straight from Node's server to it. All other requests, also those that such a door does not take
 * as they are, go through the framework, where the same doors stand as well.
 */
export interface DirectDoors {
  /** Takes a door in, where it is one that data is sent to at a fixed path. */
  add(door: HttpDoor, exchange: DoorExchange): void;
  /** The listener of a server: doors first, everything else by `handle`. */
  before(handle: RequestListener): RequestListener;
}

export interface DirectDoorsDeps {
  readonly faults: FaultWriter;
  readonly measure: MeasureRequest;
  /** True at addresses where a path is not served: the framework says so. */
  readonly isHidden: (socket: Socket, path: string) => boolean;
  /** True once no new requests are taken: the framework says so. */
  readonly isStopping: () => boolean;
}

/** An answer of a door, or one to a fault. */
interface AnyAnswer {
  readonly status: number;
  readonly mediaType?: string | undefined;
  readonly headers?: DoorAnswer['headers'] | undefined;
  readonly body?: DoorAnswer['body'] | undefined;
  readonly pieces?: DoorAnswer['pieces'] | undefined;
}

interface SendOptions {
  readonly id: string;
  /** True when the connection is to end with it. */
  readonly isLast: boolean;
}

interface DirectDoor {
  readonly door: HttpDoor;
  readonly exchange: DoorExchange;
}

const noQuery = {};
const noParts = {};

export function createDirectDoors({ faults, measure, isHidden, isStopping }: DirectDoorsDeps): DirectDoors {
  const doors = new Map<string, DirectDoor>();

  async function serve({ door, exchange }: DirectDoor, call: DoorCall): Promise<void> {
    const { request, response, id } = call;
    const beganAt = performance.now();
    const { name: route, method } = door;
    // Also when the sender has gone before its answer.
    response.on('close', () => {
      measure({ method, route, status: response.statusCode, tookMs: performance.now() - beganAt });
    });
    try {
      const answer = await exchange.run(call);
      await send(response, answer, { id, isLast: isStopping() });
    } catch (error) {
      const { url = door.path } = request;
      const isGone = response.destroyed;
      const { 'content-type': contentType } = request.headers;
      const told = faults.tell(error, { id, method, url, isGone }, exchange.wordsFor(contentType));
      // What was begun cannot be taken back; the sender sees that it is not whole.
      if (response.headersSent) response.destroy();
      else await send(response, told, { id, isLast: isStopping() });
    }
  }

  return {
    add(door, exchange) {
      const isFixed = !door.path.includes(':') && door.onlyWithQuery === undefined;
      if (isFixed && door.method === 'POST') doors.set(door.path, { door, exchange });
    },

    before: (handle) => (request, response) => {
      const { method, url, headers, socket } = request;
      const found = method === 'POST' && url !== undefined ? doors.get(url) : undefined;
      if (found === undefined || isStopping() || isHidden(socket, found.door.path)) {
        handle(request, response);
        return;
      }
      // What cannot be told to the sender any more breaks the connection.
      serve(found, {
        id: requestIdOf(request),
        asking: { method: 'POST', headers, socket, ip: socket.remoteAddress ?? '' },
        request,
        response,
        query: noQuery,
        queryText: '',
        pathParts: noParts,
      }).catch(() => response.destroy());
    },
  };
}

/** Writes an answer; fails when it cannot be written, or its pieces cannot be made, which alone are waited for. */
function send(response: ServerResponse, answer: AnyAnswer, { id, isLast }: SendOptions): Promise<void> | undefined {
  const { status, mediaType, headers, body, pieces } = answer;
  const hasNoLength = pieces !== undefined || (body === undefined && (status === 204 || status === 304));
  const all: Record<string, string | number> = { ...doorHeaders, 'x-request-id': id };
  if (body !== undefined) all['content-type'] = 'application/octet-stream';
  if (headers !== undefined) Object.assign(all, headers);
  if (mediaType !== undefined) all['content-type'] = mediaType;
  if (!hasNoLength) all['content-length'] = body === undefined ? 0 : Buffer.byteLength(body);
  if (isLast) all['connection'] = 'close';
  response.writeHead(status, all);
  if (pieces !== undefined) return pipeline(Readable.from(pieces, { objectMode: false }), response);
  response.end(body);
  return undefined;
}
