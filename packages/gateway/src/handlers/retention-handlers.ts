import type { RetentionKeeper } from '@heliosiq/ports';
import type { Handlers } from './handler.ts';

export interface RetentionHandlerDeps {
  readonly retention: RetentionKeeper;
}

export function retentionHandlers({ retention }: RetentionHandlerDeps) {
  return {
    async readRetention({ principal: { tenantId }, query: { limit } }) {
      return { rules: [...retention.rules(tenantId)], journal: [...(await retention.journal(tenantId, { limit }))] };
    },

    async previewRetention({ principal, signal }) {
      return { outcomes: [...(await retention.preview(principal.tenantId, signal))] };
    },

    async runRetention({ principal, signal }) {
      // Ends with the time of an answer: what is left then the schedule takes up.
      return { outcomes: [...(await retention.enforce(principal.tenantId, principal.actor, signal))] };
    },
  } satisfies Handlers<'readRetention' | 'previewRetention' | 'runRetention'>;
}
