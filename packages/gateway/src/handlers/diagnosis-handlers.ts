import { PassThrough } from 'node:stream';
import { HeliosError, type InvestigationEvent } from '@heliosiq/model';
import type { InvestigationDesk, Logger } from '@heliosiq/ports';
import type { Handlers } from './handler.ts';
import { specialAnswer } from './handler.ts';

export interface DiagnosisHandlerDeps {
  readonly investigations: InvestigationDesk;
  readonly logger: Logger;
}

const internalWords = 'An internal fault ended it.';

export function diagnosisHandlers({ investigations, logger }: DiagnosisHandlerDeps) {
  return {
    async investigate({ principal, params: { id }, signal, requestId }) {
      // Refused before the stream begins: an unknown incident is a 404, no event.
      await investigations.investigations(principal, id, { limit: 1 });
      const stream = new PassThrough();
      const send = (event: InvestigationEvent): void => {
        if (!stream.writableEnded) stream.write(`event: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`);
      };
      stream.write(': begun\n\n');
      const left = new AbortController();
      stream.once('close', () => left.abort());
      investigations
        .investigate(principal, id, { signal: AbortSignal.any([signal, left.signal]), onEvent: send })
        .catch((error: unknown) => {
          if (!left.signal.aborted) logger.warn({ error, incidentId: id, requestId }, 'an investigation failed');
          send({ kind: 'fault', message: error instanceof HeliosError ? error.message : internalWords });
        })
        .finally(() => stream.end());
      return specialAnswer(200, 'text/event-stream', stream);
    },

    async listInvestigations({ principal, params: { id }, query: { limit } }) {
      return { investigations: [...(await investigations.investigations(principal, id, { limit }))] };
    },

    replayInvestigation: ({ principal, params: { id, investigationId }, signal }) =>
      investigations.replay(principal, id, { investigationId, signal }),

    async getReliability({ principal }) {
      return { reliability: await investigations.reliability(principal) };
    },

    markCause: ({ principal, params: { id }, body }) => investigations.markCause(principal, id, body),

    async getCause({ principal, params: { id } }) {
      const cause = await investigations.knownCause(principal, id);
      return cause === undefined ? {} : { cause };
    },
  } satisfies Handlers<
    'investigate' | 'listInvestigations' | 'replayInvestigation' | 'markCause' | 'getCause' | 'getReliability'
  >;
}
