import { HeliosError, orderedId, silenceState } from '@heliosiq/model';
import type { Silence } from '@heliosiq/model';
import type { SilenceStore } from '@heliosiq/ports';
import type { Handlers } from './handler.ts';

export interface SilenceHandlerDeps {
  readonly silences: SilenceStore;
  /** Wall clock, milliseconds since the epoch. */
  readonly now: () => number;
}

const durationMsMax = 366 * 86_400_000;

export function silenceHandlers({ silences, now }: SilenceHandlerDeps) {
  return {
    async listSilences({ principal: { tenantId }, query: { show, limit } }) {
      const at = now();
      const found = await silences.list(tenantId, { limit, ...(show === 'all' ? {} : { endingAfter: at }) });
      return { silences: found.filter((silence) => show === 'all' || silenceState(silence, at) !== 'over') };
    },

    async createSilence({ principal, body: { kind, matchers, reason, endsAt, startsAt = now() } }) {
      const at = now();
      if (endsAt <= Math.max(startsAt, at)) {
        throw new HeliosError('invalid-request', 'The silence ends before it begins', {
          field: 'endsAt',
          cure: 'Give an end that lies ahead, after the start',
        });
      }
      if (endsAt - startsAt > durationMsMax) {
        throw new HeliosError('invalid-request', 'The silence lasts for more than a year', {
          field: 'endsAt',
          cure: 'Change the rule that is too loud, or give an earlier end',
        });
      }
      const silence: Silence = {
        ...{ id: orderedId(), kind, matchers, startsAt, endsAt, reason },
        author: principal.actor,
        createdAt: at,
      };
      await silences.put(principal.tenantId, silence);
      return silence;
    },

    async endSilence({ principal, params: { id } }) {
      const silence = await silences.get(principal.tenantId, id);
      if (silence === undefined) throw new HeliosError('not-found', 'There is no such silence', { field: 'id' });
      const at = now();
      // What is over stays as it ended.
      if (silenceState(silence, at) === 'over') return silence;
      const ended: Silence = { ...silence, endedAt: at, endedBy: principal.actor };
      await silences.put(principal.tenantId, ended);
      return ended;
    },
  } satisfies Handlers<'listSilences' | 'createSilence' | 'endSilence'>;
}
