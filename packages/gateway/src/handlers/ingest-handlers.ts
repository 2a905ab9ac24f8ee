import { HeliosError } from '@heliosiq/model';
import type { SignalIntake, TopologyIntake } from '@heliosiq/ports';
import { problemMediaType, problemOf } from '../http/problem.ts';
import type { Handlers } from './handler.ts';
import { specialAnswer } from './handler.ts';

export interface IngestHandlerDeps {
  readonly signalIntake: SignalIntake;
  readonly topologyIntake: TopologyIntake;
}

export function ingestHandlers({ signalIntake, topologyIntake }: IngestHandlerDeps) {
  return {
    async sendSignals({ principal, mediaType, body, requestId }) {
      const receipt = await signalIntake.accept(principal, { contentType: mediaType, body, correlationId: requestId });
      const [first] = receipt.rejected;
      if (receipt.accepted > 0 || first === undefined) return { ...receipt, rejected: [...receipt.rejected] };
      const error = new HeliosError('unprocessable', `Record ${first.index}: ${first.reason}`, {
        ...(first.field === undefined ? {} : { field: `[${first.index}].${first.field}` }),
        ...(first.cure === undefined ? {} : { cure: first.cure }),
      });
      const problem = problemOf(error, { requestId, instance: '/api/v1/signals' }, { ...receipt });
      return specialAnswer(problem.status, problemMediaType, problem.body);
    },

    putTopology: ({ principal, body }) => topologyIntake.put(principal, body),
  } satisfies Handlers<'sendSignals' | 'putTopology'>;
}
