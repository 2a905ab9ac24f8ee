import { Readable } from 'node:stream';
import { HeliosError } from '@heliosiq/model';
import type { LakeCatalogue, SampleExport } from '@heliosiq/ports';
import { specialAnswer } from './handler.ts';
import type { Handlers } from './handler.ts';

export interface LakeCatalogueHandlerDeps {
  readonly catalogue: LakeCatalogue;
  readonly samples: SampleExport;
}

const mediaTypes = { csv: 'text/csv; charset=utf-8', parquet: 'application/vnd.apache.parquet' } as const;

export function lakeCatalogueHandlers({ catalogue, samples }: LakeCatalogueHandlerDeps) {
  return {
    async readLakeStats({ principal, signal }) {
      const { sizes, ...stats } = await catalogue.stats(principal.tenantId, { signal });
      return { ...stats, sizes: [...sizes] };
    },

    async listLakeSeries({ principal, query: { match, limit }, signal }) {
      const question = { ...(match === undefined ? {} : { match }), limit };
      const { series, matching } = await catalogue.series(principal.tenantId, question, { signal });
      return { series: [...series], matching };
    },

    async readCardinality({ principal, query: { match, limit }, signal }) {
      const question = { ...(match === undefined ? {} : { match }), limit };
      const found = await catalogue.cardinality(principal.tenantId, question, { signal });
      const { metrics, labels, pairs, growing } = found;
      return {
        ...found,
        metrics: [...metrics],
        labels: labels.map((label) => ({ ...label, commonest: [...label.commonest] })),
        pairs: [...pairs],
        growing: [...growing],
      };
    },

    async exportSamples({ principal, query: { match, from, to, format } }) {
      if (from >= to) {
        throw new HeliosError('invalid-request', 'The range ends before it begins', {
          field: 'to',
          cure: 'Give from < to',
        });
      }
      // Not the signal of the call, which ends with the time of an answer: a file may take longer, and ends with its reader.
      const pieces = await samples.open(principal.tenantId, {
        ...(match === undefined ? {} : { match }),
        range: { from, to },
        format,
      });
      return specialAnswer(200, mediaTypes[format], Readable.from(pieces, { objectMode: false }));
    },
  } satisfies Handlers<'readLakeStats' | 'listLakeSeries' | 'readCardinality' | 'exportSamples'>;
}
