import type { DoorAnswer, DoorRequest, HttpDoor } from '@heliosiq/ports';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { HeliosError, errorTable } from '@heliosiq/model';
import type { Principal, Role } from '@heliosiq/model';
import type { AskingRequest } from '../auth/authenticate.ts';
import type { BodyBudget } from './body-budget.ts';
import { withinTime } from './deadline.ts';
import type { WordsOf } from './fault-writer.ts';
import { problemMediaType } from './problem.ts';
import { readBody } from './read-body.ts';
import type { BodyLimits, HeldBody } from './read-body.ts';
import { mediaTypeOf } from './serve-routes.ts';
import { unknownMediaType } from './take-bodies.ts';

export interface DoorExchangeDeps {
  /** Finds out who asks, within the tenant's limits. */
  readonly admit: (request: AskingRequest, role: Role) => Principal | undefined | Promise<Principal | undefined>;
  /** Throws `rate-limited` while data is to come later. */
  readonly shed: () => void;
  readonly limits: BodyLimits;
  readonly budget: BodyBudget;
  readonly answerTimeoutMs: number;
}

/** A request at a door, by whichever way it came. */
export interface DoorCall {
  readonly id: string;
  readonly asking: AskingRequest;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly queryText: string;
  readonly pathParts: Readonly<Record<string, string>>;
}

/** What happens at a door, from the head of a request to its answer. */
export interface DoorExchange {
  /** Admits, reads and hands over; rejects with the fault that is to be told. */
  run(call: DoorCall): Promise<DoorAnswer>;
  /** How the door words faults. */
  wordsFor(contentType: string | undefined): WordsOf;
}

const nothing = Buffer.alloc(0);

/** Makes the one way through a door; nobody unknown gets to fill the memory: the body is read after the sender is known. */
export function createDoorExchange(door: HttpDoor, deps: DoorExchangeDeps): DoorExchange {
  const { admit, shed, limits, budget, answerTimeoutMs } = deps;
  const role = door.role ?? (door.method === 'GET' ? 'viewer' : 'operator');

  function bodyOf({ asking: { headers }, request }: DoorCall, mediaType: string): Promise<HeldBody> | undefined {
    if (door.method === 'GET' || !hasBody(headers)) return undefined;
    if (door.consumes !== undefined && !door.consumes.includes(mediaType)) {
      throw unknownMediaType(mediaType, door.consumes);
    }
    const contentEncoding = encodingToUndo(door, headers['content-encoding']);
    return readBody({ stream: request, contentLength: headers['content-length'], contentEncoding }, limits, budget);
  }

  return {
    async run(call) {
      shed();
      const principal = await admit(call.asking, role);
      if (principal === undefined) throw new HeliosError('internal', 'A door was reached without a credential');
      const contentType = call.asking.headers['content-type'] ?? '';
      const mediaType = mediaTypeOf(contentType);
      const held = await bodyOf(call, mediaType);
      const request = new AdmittedRequest(call, { principal, mediaType, contentType, body: held?.bytes ?? nothing });
      return withinTime(handleAndRelease(door, held, request), answerTimeoutMs, tookTooLong);
    },

    wordsFor: (contentType) => (fault, problem) => {
      const told = door.describeFault?.(publicFault(fault), { contentType: contentType ?? '' });
      if (told === undefined) return { mediaType: problemMediaType, body: Buffer.from(problem.body) };
      return {
        mediaType: told.mediaType ?? 'text/plain; charset=utf-8',
        body: told.body === undefined ? undefined : bytesOf(told.body),
        ...(told.headers === undefined ? {} : { headers: told.headers }),
      };
    },
  };
}

/**
 * A request as a door gets it. A class for the sake of its accessor: an object literal with one makes a hidden class of its
 * own each time, and with it keeps everything that it is about from the quick part of garbage collection.
 */
class AdmittedRequest implements DoorRequest {
  readonly principal: Principal;
  readonly headers: DoorRequest['headers'];
  readonly query: DoorRequest['query'];
  readonly queryText: string;
  readonly pathParts: Readonly<Record<string, string>>;
  readonly mediaType: string;
  readonly contentType: string;
  readonly body: Buffer;
  readonly requestId: string;
  readonly #response: ServerResponse;
  #signal: AbortSignal | undefined;

  constructor(call: DoorCall, found: Pick<DoorRequest, 'principal' | 'mediaType' | 'contentType' | 'body'>) {
    this.principal = found.principal;
    this.headers = lastOfEach(call.request);
    this.query = call.query;
    this.queryText = call.queryText;
    this.pathParts = call.pathParts;
    this.mediaType = found.mediaType;
    this.contentType = found.contentType;
    this.body = found.body;
    this.requestId = call.id;
    this.#response = call.response;
  }

  /** Made when asked for: most doors are quicker than a listener is worth. */
  get signal(): AbortSignal {
    return (this.#signal ??= goneSignal(this.#response));
  }
}

/** Bytes, because the framework adds a charset to texts. */
export function bytesOf(body: string | Uint8Array): Uint8Array {
  return typeof body === 'string' ? Buffer.from(body) : body;
}

/** The body's bytes are given back when the door is done with them, which may be after the sender has gone. */
async function handleAndRelease(door: HttpDoor, held: HeldBody | undefined, request: DoorRequest): Promise<DoorAnswer> {
  try {
    return await door.handle(request);
  } finally {
    held?.release();
  }
}

/** True for what may have a body: one that is announced, by its length, its type or in chunks. */
function hasBody(headers: IncomingHttpHeaders): boolean {
  if (headers['content-type'] !== undefined || headers['transfer-encoding'] !== undefined) return true;
  return headers['content-length'] !== undefined && headers['content-length'] !== '0';
}

function tookTooLong(): HeliosError {
  return new HeliosError('timeout', 'The door took too long', { retryAfterS: 5 });
}

/** Aborts when the connection of an answer closes. */
function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return gone.signal;
}

/** Undefined where the door decodes the encoding itself. */
function encodingToUndo({ decodes }: HttpDoor, contentEncoding: string | undefined): string | undefined {
  return contentEncoding !== undefined && decodes?.includes(contentEncoding.trim().toLowerCase()) === true
    ? undefined
    : contentEncoding;
}

function lastOfEach(raw: IncomingMessage): Readonly<Record<string, string | undefined>> {
  const { headers, rawHeaders } = raw;
  const isRepeated = Object.keys(headers).length * 2 !== rawHeaders.length;
  // The cast holds: only a repeated set-cookie is a list.
  if (!isRepeated && headers['set-cookie'] === undefined) return headers as Record<string, string | undefined>;
  return Object.fromEntries(Object.entries(raw.headersDistinct).map(([name, values]) => [name, values?.at(-1)]));
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
