import { HeliosError } from '@heliosiq/model';
import type { SeriesId } from '@heliosiq/model';
import type { AnomalyStore, BandReader, ChartReader, SeriesFilter, SignalStore, TopologyStore } from '@heliosiq/ports';
import type { Handlers } from './handler.ts';

export interface LakeHandlerDeps {
  readonly charts: ChartReader;
  readonly bands: BandReader;
  readonly anomalies: AnomalyStore;
  readonly signals: SignalStore;
  readonly topology: TopologyStore;
}

interface Selection {
  readonly id?: SeriesId | undefined;
  readonly asset?: string | undefined;
  readonly metric?: string | undefined;
  readonly label?: Readonly<Record<string, string>> | undefined;
}

export function lakeHandlers({ charts, bands, anomalies, signals, topology }: LakeHandlerDeps) {
  return {
    async findSignals({ principal, query: { kind, asset, text, from, to, limit } }) {
      const filter = {
        ...(kind === undefined ? {} : { kinds: [kind] }),
        ...(asset === undefined ? {} : { assets: [asset] }),
        ...(text === undefined ? {} : { text }),
      };
      return { signals: [...(await signals.find(principal.tenantId, filter, { from, to }, { limit }))] };
    },

    getTopology: ({ principal }) => topology.get(principal.tenantId),

    async readSeries({ principal, query: { from, to, stepMs, ...selection }, signal }) {
      const range = orderedRange(from, to);
      const options = { ...(stepMs === undefined ? {} : { stepMs }), signal };
      const found = await charts.chart(principal.tenantId, filterOf(selection), range, options);
      return {
        series: found.map(({ series, stepMs: step, times, min, max, avg, count }) => ({
          series,
          stepMs: step,
          times: [...times],
          min: [...min],
          max: [...max],
          avg: [...avg],
          count: [...count],
        })),
      };
    },

    async listSeries({ principal, query: { limit, ...selection } }) {
      return { series: [...(await charts.catalogue(principal.tenantId, filterOf(selection), { limit }))] };
    },

    async readBand({ principal, params, query: { from, to } }) {
      const band = await bands.band(principal.tenantId, params.id, orderedRange(from, to));
      if (band === undefined) throw new HeliosError('not-found', 'There is no such series', { field: 'id' });
      const { times, expected, lower, upper, score } = band;
      return { times: [...times], expected: [...expected], lower: [...lower], upper: [...upper], score: [...score] };
    },

    async listAnomalies({ principal, query: { asset, seriesId, status, from, to, limit } }) {
      const filter = {
        ...(asset === undefined ? {} : { assets: [asset] }),
        ...(seriesId === undefined ? {} : { seriesIds: [seriesId] }),
        ...(status === undefined ? {} : { status }),
        ...(from === undefined && to === undefined ? {} : { range: orderedRange(from ?? 0, to ?? farFuture) }),
      };
      return { anomalies: [...(await anomalies.find(principal.tenantId, filter, { limit }))] };
    },

    async getAnomaly({ principal, params }) {
      const [anomaly] = await anomalies.find(principal.tenantId, { ids: [params.id] }, { limit: 1 });
      if (anomaly === undefined) throw new HeliosError('not-found', 'There is no such anomaly', { field: 'id' });
      return anomaly;
    },
  } satisfies Handlers<
    'findSignals' | 'getTopology' | 'readSeries' | 'listSeries' | 'readBand' | 'listAnomalies' | 'getAnomaly'
  >;
}

/** The end of year 9999, the last moment that ISO 8601 writes with four digits. */
const farFuture = Date.UTC(10_000, 0, 1);

function orderedRange(from: number, to: number): { readonly from: number; readonly to: number } {
  if (from < to && to <= farFuture) return { from, to };
  throw new HeliosError('invalid-request', 'The range ends before it begins, or after the year 9999', {
    field: 'to',
    cure: 'Give from < to',
  });
}

function filterOf({ id, asset, metric, label }: Selection): SeriesFilter {
  return {
    ...(id === undefined ? {} : { ids: [id] }),
    ...(asset === undefined ? {} : { assets: [asset] }),
    ...(metric === undefined ? {} : { metric }),
    ...(label === undefined ? {} : { labels: label }),
  };
}
