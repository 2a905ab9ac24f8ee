import { createMemorySeriesStore } from '@heliosiq/adapters/memory/series-store.ts';
import { AssetId, TenantId } from '@heliosiq/model';
import type { SampleBlock } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import type { DoorRequest, HttpDoor, SeriesStore } from '@heliosiq/ports';
import { createPrometheusDoors } from '../../packages/lake/src/prometheus-api/prometheus-doors.ts';
import { createMetricQuery } from '../../packages/lake/src/promql/metric-query.ts';
import { staleMarkerBits, type WrittenSeries } from '../support/remote-write-body.ts';

export const tenantId = TenantId.parse('acme');

/** Samples as a store takes them; the asset is `unnamed`, as of samples whose labels name none. */
export function blockOf({ labels: { __name__: metric = '', ...labels }, samples }: WrittenSeries): SampleBlock {
  const named = { asset: AssetId.parse('unnamed'), metric, labels };
  const values = new Float64Array(samples.length);
  const bits = new BigUint64Array(values.buffer);
  for (const [index, [, value]] of samples.entries()) {
    if (value === 'stale') bits[index] = staleMarkerBits;
    else values[index] = value;
  }
  return {
    series: { id: seriesIdOf(tenantId, named), ...named },
    times: Float64Array.from(samples, ([at]) => at),
    values,
  };
}

/** Writes the series to a store, half of the samples twice. */
export async function loadInto(store: SeriesStore, series: readonly WrittenSeries[]): Promise<SeriesStore> {
  await store.append(tenantId, series.map(blockOf));
  await store.append(
    tenantId,
    series.map((one) => blockOf({ ...one, samples: one.samples.slice(0, Math.ceil(one.samples.length / 2)) })),
  );
  return store;
}

/** A store in memory that holds the series. */
export function loadedStore(series: readonly WrittenSeries[]): Promise<SeriesStore> {
  return loadInto(createMemorySeriesStore(), series);
}

/** What an HTTP API of Prometheus answers. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Asks an HTTP API of Prometheus. */
export type AskApi = (path: string, parameters: readonly (readonly [string, string])[]) => Promise<ApiAnswer>;

const principal = { tenantId, actor: 'test', role: 'viewer' } as const;

/** Asks the doors over a store, without a server before them. */
export function askDoors(store: SeriesStore, now: () => number): AskApi {
  const doors = createPrometheusDoors({
    metrics: createMetricQuery({ series: store }),
    now,
    version: '0.0.0',
    timeoutMs: 120_000,
  });
  return async (path, parameters) => {
    const { door, pathParts } = doorAt(doors, path);
    const request: DoorRequest = {
      principal,
      headers: {},
      query: {},
      queryText: new URLSearchParams(parameters.map(([name, value]) => [name, value])).toString(),
      pathParts,
      mediaType: '',
      contentType: '',
      body: Buffer.alloc(0),
      requestId: 'r',
    };
    const answer = await door.handle(request).catch((error: unknown) => {
      const told =
        error instanceof Error && 'code' in error ? door.describeFault?.(error as never, request) : undefined; // a fault has a code
      if (told === undefined) throw error;
      return told;
    });
    let text = typeof answer.body === 'string' ? answer.body : '';
    for await (const piece of answer.pieces ?? []) text += String(piece);
    return { status: answer.status, body: JSON.parse(text) };
  };
}

function doorAt(doors: readonly HttpDoor[], path: string) {
  for (const door of doors) {
    const form = new RegExp(`^${door.path.replace(/:(\w+)/, '(?<$1>[^/]+)')}$`);
    const match = door.method === 'GET' ? form.exec(path) : null;
    if (match !== null) return { door, pathParts: { ...match.groups } };
  }
  throw new Error(`no door at ${path}`);
}
