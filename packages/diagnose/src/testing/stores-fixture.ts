import { createMemoryAnomalyStore } from '@heliosiq/adapters/memory/anomaly-store.ts';
import { createMemoryDiagnosisStore } from '@heliosiq/adapters/memory/diagnosis-store.ts';
import { createMemoryIncidentStore } from '@heliosiq/adapters/memory/incident-store.ts';
import { createMemorySeriesStore } from '@heliosiq/adapters/memory/series-store.ts';
import { createMemorySignalStore } from '@heliosiq/adapters/memory/signal-store.ts';
import { createMemoryTopologyStore } from '@heliosiq/adapters/memory/topology-store.ts';
import { AssetId, type Change, Incident, newIncidentId, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { calls, FAULT_FROM_MS, seriesOf, service, type SeriesSpec } from './casefile-fixture.ts';

export const tenantId = TenantId.parse('acme');
const MINUTE_MS = 60_000;

/** Empty stores. */
export function emptyStores() {
  return {
    series: createMemorySeriesStore(),
    signals: createMemorySignalStore(),
    topology: createMemoryTopologyStore(),
    anomalies: createMemoryAnomalyStore(),
    diagnoses: createMemoryDiagnosisStore(),
    incidents: createMemoryIncidentStore(),
  };
}

/** Stores that hold a shop whose search has a slow index, recorded up to a moment (all of it by default). */
export async function slowIndexStores(recordedUntilMs = Infinity): Promise<ReturnType<typeof emptyStores>> {
  const ports = emptyStores();
  const edges = [calls('shop', 'search'), calls('search', 'index'), calls('shop', 'cart')];
  await ports.topology.put(tenantId, {
    assets: [],
    edges: edges.map((edge) => ({ ...edge, from: AssetId.parse(edge.from), to: AssetId.parse(edge.to) })),
  });
  await recordSlowIndex(ports, { toMs: recordedUntilMs });
  return ports;
}

/** Records the shop's samples of [fromMs, toMs). */
export async function recordSlowIndex(
  ports: ReturnType<typeof emptyStores>,
  range: { readonly fromMs?: number; readonly toMs?: number },
): Promise<void> {
  const specs: SeriesSpec[] = [
    ...service('shop', 0.2, { faultLevel: 0.4 }),
    ...service('search', 0.05, { faultLevel: 0.25 }),
    ...service('index', 0.01, { faultLevel: 0.21 }),
    ...service('cart', 0.03),
  ];
  await recordSeries(ports, specs, range);
}

/** Records samples of some series of [fromMs, toMs). */
export async function recordSeries(
  ports: Pick<ReturnType<typeof emptyStores>, 'series'>,
  specs: readonly SeriesSpec[],
  { fromMs = -Infinity, toMs = Infinity }: { readonly fromMs?: number; readonly toMs?: number } = {},
): Promise<void> {
  await ports.series.append(
    tenantId,
    specs.map((spec) => {
      const { metric, baseline, fault } = seriesOf(spec);
      const asset = AssetId.parse(spec.asset);
      const labels = spec.statistic === undefined ? {} : { statistic: spec.statistic };
      const times = [...baseline.timesMs, ...fault.timesMs];
      const values = [...baseline.values, ...fault.values];
      const isRecorded = (index: number): boolean => {
        const atMs = times[index] ?? Number.NaN;
        return atMs >= fromMs && atMs < toMs;
      };
      return {
        series: { id: seriesIdOf(tenantId, { asset, metric, labels }), asset, metric, labels },
        times: times.filter((_, index) => isRecorded(index)),
        values: values.filter((_, index) => isRecorded(index)),
      };
    }),
  );
}

/** A deploy of the index right at the start of the fault. */
export const indexDeploy: Change = {
  kind: 'change',
  id: 'd1',
  asset: AssetId.parse('index'),
  at: FAULT_FROM_MS,
  change: 'deploy',
  title: 'index 2.4.0',
  labels: {},
};

/** An open incident that people feel at one asset as latency. */
export function incidentAt(asset: string): Incident {
  const startedAt = FAULT_FROM_MS + 3 * MINUTE_MS;
  return Incident.parse({
    id: newIncidentId(),
    tenantId,
    revision: 1,
    title: `${asset} is slow`,
    status: 'open',
    severity: 'high',
    fingerprint: asset,
    startedAt,
    openedAt: startedAt,
    updatedAt: startedAt,
    lastSeenAt: startedAt + 10 * MINUTE_MS,
    reopenedCount: 0,
    assets: [asset],
    entry: { asset, metric: 'latency' },
    anomalyIds: [],
    alertFingerprints: [],
    occurrences: 1,
  });
}
