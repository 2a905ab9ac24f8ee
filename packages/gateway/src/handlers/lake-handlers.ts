import { HeliosError } from '@heliosiq/model';
import type { SeriesId, TenantId } from '@heliosiq/model';
import type {
  AnomalyStore,
  BandReader,
  ChartReader,
  LakeCatalogue,
  SeriesFilter,
  SignalStore,
  TopologyStore,
} from '@heliosiq/ports';
import type { Handlers } from './handler.ts';

const chartSeriesMax = 100;

export interface LakeHandlerDeps {
  readonly charts: ChartReader;
  readonly bands: BandReader;
  readonly anomalies: AnomalyStore;
  readonly signals: SignalStore;
  readonly topology: TopologyStore;
  readonly catalogue: LakeCatalogue;
}

interface Selection {
  readonly id?: SeriesId | undefined;
  readonly asset?: string | undefined;
  readonly metric?: string | undefined;
  readonly label?: Readonly<Record<string, string>> | undefined;
}

export function lakeHandlers({ charts, bands, anomalies, signals, topology, catalogue }: LakeHandlerDeps) {
  /** The series of a filter that a selector means; at most as many as a chart has. */
  async function meantBy(tenantId: TenantId, match: string, { ids, ...rest }: SeriesFilter): Promise<SeriesFilter> {
    const { series, matching } = await catalogue.series(tenantId, { match, limit: chartSeriesMax });
    if (matching > chartSeriesMax) {
      throw new HeliosError('invalid-request', `More than ${chartSeriesMax} series match`, {
        field: 'match',
        cure: 'Name an asset, a metric or labels, so that fewer match.',
      });
    }
    const meant = series.map(({ series: { id } }) => id);
    return { ...rest, ids: ids === undefined ? meant : meant.filter((id) => ids.includes(id)) };
  }

  return {
    async findSignals({ principal, query: { kind, asset, severity, text, from, to, limit, after } }) {
      const filter = {
        ...(kind === undefined ? {} : { kinds: [kind] }),
        ...(asset === undefined ? {} : { assets: [asset] }),
        ...(severity === undefined ? {} : { severities: [severity] }),
        ...(text === undefined ? {} : { text }),
      };
      const options = { limit, ...(after === undefined ? {} : { after }) };
      const found = await signals.find(principal.tenantId, filter, { from, to }, options);
      const last = found.length < limit ? undefined : found.at(-1);
      return {
        signals: [...found],
        ...(last === undefined ? {} : { next: `${last.at}:${last.kind}:${last.id}` }),
      };
    },

    getTopology: ({ principal }) => topology.get(principal.tenantId),

    async readSeries({ principal, query: { from, to, stepMs, match, function: stepFunction, ...selection }, signal }) {
      const { tenantId } = principal;
      const range = orderedRange(from, to);
      const filter = match === undefined ? filterOf(selection) : await meantBy(tenantId, match, filterOf(selection));
      const options = {
        ...(stepMs === undefined ? {} : { stepMs }),
        ...(stepFunction === undefined ? {} : { stepFunction }),
        signal,
      };
      const found = await charts.chart(tenantId, filter, range, options);
      return {
        series: found.map(({ series, stepMs: step, times, min, max, avg, count, values }) => ({
          series,
          stepMs: step,
          times: [...times],
          min: [...min],
          max: [...max],
          avg: [...avg],
          count: [...count],
          ...(values === undefined ? {} : { values: [...values] }),
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
