import { createMemoryAnomalyStore } from '@heliosiq/adapters/memory/anomaly-store.ts';
import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryIncidentStore } from '@heliosiq/adapters/memory/incident-store.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { createMemoryTopologyStore } from '@heliosiq/adapters/memory/topology-store.ts';
import type { Alert, Incident } from '@heliosiq/model';
import { expect, test } from 'vitest';
import { randomOf } from '../../packages/adapters/src/testing/random-numbers.ts';
import { createCorrelator } from '../../packages/incident/src/correlator.ts';
import { createIncidentAnnouncer } from '../../packages/incident/src/incident-announcer.ts';
import { incidentDefaults } from '../../packages/incident/src/incident-settings.ts';
import { epoch, tenantId } from '../../packages/incident/src/testing/recorded.ts';
import { stormOf } from '../../packages/incident/src/testing/storm.ts';

/** What correlation makes of the alerts, read in batches of a size. */
async function incidentsOf(storm: ReturnType<typeof stormOf>, batchSize: number): Promise<readonly Incident[]> {
  const topology = createMemoryTopologyStore();
  await topology.put(tenantId, storm.topology);
  const log = createMemoryEventLog();
  const incidents = createMemoryIncidentStore();
  const correlator = createCorrelator({
    ...{ incidents, topology, anomalies: createMemoryAnomalyStore(), meter: createMemoryMeter() },
    logger: createMemoryLogger(),
    now: () => epoch,
    settings: incidentDefaults,
    announcer: createIncidentAnnouncer(log, incidents),
  });
  for (let from = 0; from < storm.alerts.length; from += batchSize) {
    const batch = storm.alerts.slice(from, from + batchSize);
    await correlator.observe(tenantId, {
      anomalies: [],
      inOrder: () => batch.map((alert: Alert) => ({ kind: 'alert', alert })),
    });
  }
  return incidents.find(tenantId, { isMerged: false }, { limit: 1000 });
}

test.each([
  [20_000, 'a known map', true, 500],
  [4_000, 'a known map, read in small batches', true, 40],
  [10_000, 'labels alone', false, 500],
  [4_000, 'labels alone, read in small batches', false, 40],
])(
  '%d alerts of 500 assets and 3 causes are 3 incidents by %s, with every alert counted',
  async (alertsCount, _, isMapped, batchSize) => {
    const storm = stormOf({
      ...{ alertsCount, assetsCount: 500, causesCount: 3, rulesPerAsset: 4, startAt: epoch, isMapped },
      random: randomOf(7),
    });
    const found = await incidentsOf(storm, batchSize);
    expect(found).toHaveLength(3);
    expect(found.reduce((sum, { occurrences }) => sum + occurrences, 0)).toBe(alertsCount);
    for (const { assets } of found) expect(new Set(assets.map((asset) => asset.split('-')[0])).size).toBe(1);
  },
  120_000,
);
