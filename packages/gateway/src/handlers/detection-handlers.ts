import { HeliosError } from '@heliosiq/model';
import type { AnomalyStandings, Backtester, DetectionDesk } from '@heliosiq/ports';
import type { Handlers } from './handler.ts';

export interface DetectionHandlerDeps {
  readonly desk: DetectionDesk;
  readonly backtester: Backtester;
  readonly standings: AnomalyStandings;
}

export function detectionHandlers({ desk, backtester, standings }: DetectionHandlerDeps) {
  return {
    async readAnomalyContext({ principal, params: { id } }) {
      const context = await desk.context(principal.tenantId, id);
      const standing = await standings.standing(principal.tenantId, id, { mutedBy: context?.mutedBy });
      if (context === undefined || standing === undefined)
        throw new HeliosError('not-found', 'There is no such anomaly', { field: 'id' });
      return { ...context, similar: [...context.similar], standing };
    },

    dismissAnomaly: ({ principal, params: { id }, body: { reason } }) => desk.dismiss(principal, id, reason),

    listTunings: async ({ principal }) => ({ tunings: [...(await desk.tunings(principal.tenantId))] }),

    addTuning: ({ principal, body }) => desk.tune(principal, body),

    removeTuning: async ({ principal, params: { id } }) => {
      await desk.untune(principal, id);
      return undefined;
    },

    async readNoise({ principal, query: { from, to, limit } }) {
      const report = await desk.noise(principal.tenantId, ordered(from, to), { limit });
      return { ...report, series: [...report.series] };
    },

    async runBacktest({ principal, query: { from, to, level, asset, metric, limit }, signal }) {
      const filter = {
        ...(asset === undefined ? {} : { assets: [asset] }),
        ...(metric === undefined ? {} : { metric }),
      };
      const options = { level, limit, signal };
      const result = await backtester.run(principal.tenantId, { filter, range: ordered(from, to) }, options);
      return { ...result, anomalies: [...result.anomalies] };
    },
  } satisfies Handlers<
    'readAnomalyContext' | 'dismissAnomaly' | 'listTunings' | 'addTuning' | 'removeTuning' | 'readNoise' | 'runBacktest'
  >;
}

function ordered(from: number, to: number): { readonly from: number; readonly to: number } {
  if (from < to) return { from, to };
  throw new HeliosError('invalid-request', 'The range ends before it begins', { field: 'to', cure: 'Give from < to' });
}
