import type { GoldFacts } from '@heliosiq/ports';
import type { Handlers } from './handler.ts';

export interface GoldHandlerDeps {
  readonly facts: GoldFacts;
}

export function goldHandlers({ facts }: GoldHandlerDeps) {
  return {
    async readQuality({ principal, query: { asset, metric, from, to } }) {
      const filter = {
        ...(asset === undefined ? {} : { assets: [asset] }),
        ...(metric === undefined ? {} : { metric }),
      };
      const found = await facts.quality(principal.tenantId, filter, { from, to });
      return { series: found.map(({ series, days }) => ({ series, days: [...days] })) };
    },

    async readFeatures({ principal, query: { asset, from, to } }) {
      const found = await facts.features(principal.tenantId, asset, { from, to });
      return { series: found.map(({ profile, ...rest }) => ({ ...rest, profile: [...profile] })) };
    },
  } satisfies Handlers<'readQuality' | 'readFeatures'>;
}
