import { createMemoryAnomalyStore } from '@heliosiq/adapters/memory/anomaly-store.ts';
import { createMemoryDiagnosisStore } from '@heliosiq/adapters/memory/diagnosis-store.ts';
import { createMemoryIncidentStore } from '@heliosiq/adapters/memory/incident-store.ts';
import { createMemorySeriesStore } from '@heliosiq/adapters/memory/series-store.ts';
import { createMemorySignalStore } from '@heliosiq/adapters/memory/signal-store.ts';
import { createMemoryTopologyStore } from '@heliosiq/adapters/memory/topology-store.ts';
import { AssetId, Incident, newIncidentId, TenantId } from '@heliosiq/model';
import { seriesIdOf } from '@heliosiq/model/content-id.ts';
import { calls, FAULT_FROM_MS, seriesOf, service, type SeriesSpec } from './casefile-fixture.ts';

export const tenantId = TenantId.parse('acme');
const MINUTE_MS = 60_000;

function stores() {
  return {
    series: createMemorySeriesStore(),
    signals: createMemorySignalStore(),
    topology: createMemoryTopologyStore(),
    anomalies: createMemoryAnomalyStore(),
    diagnoses: createMemoryDiagnosisStore(),
    incidents: createMemoryIncidentStore(),
  };
}

/** Stores that hold a shop whose search has a slow index. */
export async function slowIndexStores(): Promise<ReturnType<typeof stores>> {
  const ports = stores();
  const edges = [calls('shop', 'search'), calls('search', 'index'), calls('shop', 'cart')];
  await ports.topology.put(tenantId, {
    assets: [],
    edges: edges.map((edge) => ({ ...edge, from: AssetId.parse(edge.from), to: AssetId.parse(edge.to) })),
  });
  await record(ports, [
    ...service('shop', 0.2, { faultLevel: 0.4 }),
    ...service('search', 0.05, { faultLevel: 0.25 }),
    ...service('index', 0.01, { faultLevel: 0.21 }),
    ...service('cart', 0.03),
  ]);
  return ports;
}

async function record(ports: ReturnType<typeof stores>, specs: readonly SeriesSpec[]): Promise<void> {
  await ports.series.append(
    tenantId,
    specs.map((spec) => {
      const { metric, baseline, fault } = seriesOf(spec);
      const asset = AssetId.parse(spec.asset);
      const labels = spec.statistic === undefined ? {} : { statistic: spec.statistic };
      return {
        kind: 'samples',
        series: { id: seriesIdOf(tenantId, { asset, metric, labels }), asset, metric, labels },
        times: [...baseline.timesMs, ...fault.timesMs],
        values: [...baseline.values, ...fault.values],
      };
    }),
  );
}

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
