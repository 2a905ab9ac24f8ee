import type { ErrorCode, HeliosError } from '@heliosiq/model';
import type { Logger } from '@heliosiq/ports';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { heliosErrorOf, pathOf, problemMediaType, problemOf } from './problem.ts';
import type { ProblemAnswer } from './problem.ts';

/** The words of a fault; its status and Retry-After are not theirs to choose. */
export interface FaultWords {
  readonly mediaType: string;
  readonly body: Uint8Array | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What is known of a request that cannot be answered as it was meant. */
export interface FailedRequest {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  /** True when nobody is there any more to be answered. */
  readonly isGone: boolean;
}

/** How a fault is answered. */
export interface FaultAnswer extends FaultWords {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Chooses the words of a fault. */
export type WordsOf = (fault: HeliosError, problem: ProblemAnswer) => FaultWords;

export interface FaultWriter {
  /** What a thrown thing is answered with, in problem details (RFC 9457) or other words; logs what is our fault. */
  tell(error: unknown, request: FailedRequest, wordsOf?: WordsOf): FaultAnswer;
  /** The same, answered through the framework. */
  answer(error: unknown, request: FastifyRequest, reply: FastifyReply, wordsOf?: WordsOf): FastifyReply;
}

/** An outage meets every request: of each code this many are logged in a second, and how many more there were. */
const linesPerSecond = 10;

interface Logged {
  readonly second: number;
  lines: number;
  unlogged: number;
}

export function createFaultWriter(logger: Logger): FaultWriter {
  const logged = new Map<ErrorCode, Logged>();

  function log(fault: HeliosError, fields: Readonly<Record<string, unknown>>): void {
    const second = Math.floor(performance.now() / 1000);
    const before = logged.get(fault.code);
    const current = before?.second === second ? before : { second, lines: 0, unlogged: 0 };
    logged.set(fault.code, current);
    if (current.lines >= linesPerSecond) {
      current.unlogged++;
      return;
    }
    current.lines++;
    const unlogged = before !== undefined && before !== current && before.unlogged > 0 ? before.unlogged : undefined;
    const { code, cause = fault } = fault;
    logger.error(
      { ...fields, code, error: cause, ...(unlogged === undefined ? {} : { unloggedBefore: unlogged }) },
      'request-failed',
    );
  }

  function tell(error: unknown, { id: requestId, method, url, isGone }: FailedRequest, wordsOf?: WordsOf): FaultAnswer {
    const fault = heliosErrorOf(error);
    const instance = pathOf(url);
    const problem = problemOf(fault, { requestId, instance });
    // A caller who has gone breaks things off on purpose.
    if (problem.status >= 500 && !isGone) log(fault, { requestId, method, path: instance.slice(0, 500) });
    const words: FaultWords = wordsOf?.(fault, problem) ?? {
      mediaType: problemMediaType,
      body: Buffer.from(problem.body),
    };
    const { mediaType, body } = words;
    return { status: problem.status, mediaType, body, headers: { ...words.headers, ...problem.headers } };
  }

  return {
    tell,

    answer(error, request, reply, wordsOf) {
      const { id, method, url } = request;
      const told = tell(error, { id, method, url, isGone: reply.raw.destroyed }, wordsOf);
      // The framework closes after a refused body, and a sender that is still sending then never sees why; what comes
      // is read and dropped instead, for as long as a request may take.
      reply.removeHeader('connection');
      reply.code(told.status).headers(told.headers);
      return reply.type(told.mediaType).send(told.body);
    },
  };
}
