import { createMemoryEventLog } from '@heliosiq/adapters/memory/event-log.ts';
import { createMemoryLogger } from '@heliosiq/adapters/memory/logger.ts';
import { createMemoryMeter } from '@heliosiq/adapters/memory/meter.ts';
import { AssetId, type Anomaly, type Diagnosis, type Incident } from '@heliosiq/model';
import { describe, expect, test } from 'vitest';
import { defaultEvidenceBudget } from '../../packages/diagnose/src/evidence-gathering.ts';
import { createInvestigator } from '../../packages/diagnose/src/investigator.ts';
import { anomalyAt } from '../../packages/diagnose/src/testing/anomaly-fixture.ts';
import {
  calls,
  FAULT_FROM_MS,
  service,
  type SeriesSpec,
} from '../../packages/diagnose/src/testing/casefile-fixture.ts';
import { emptyStores, recordSeries, tenantId } from '../../packages/diagnose/src/testing/stores-fixture.ts';
import { createCorrelator } from '../../packages/incident/src/correlator.ts';
import { createIncidentAnnouncer } from '../../packages/incident/src/incident-announcer.ts';
import { incidentDefaults } from '../../packages/incident/src/incident-settings.ts';

const MINUTE_MS = 60_000;
const now = (): number => FAULT_FROM_MS + 30 * MINUTE_MS;
const edges = [calls('shop', 'cart'), calls('shop', 'search'), calls('search', 'index'), calls('cart', 'store')];
const usual: Readonly<Record<string, number>> = { shop: 0.2, search: 0.05, index: 0.01, cart: 0.03, store: 0.004 };

/** What becomes of slowness, in seconds added per request, that detectors saw at each troubled asset: incidents and their diagnoses. */
async function told(
  added: Readonly<Record<string, number>>,
): Promise<{ incidents: readonly Incident[]; diagnoses: Diagnosis[] }> {
  const stores = emptyStores();
  const specs: SeriesSpec[] = Object.entries(usual).flatMap(([asset, level]) =>
    service(asset, level, added[asset] === undefined ? {} : { faultLevel: level + added[asset] }),
  );
  await recordSeries(stores, specs);
  const ids = (edge: (typeof edges)[number]) => ({
    ...edge,
    from: AssetId.parse(edge.from),
    to: AssetId.parse(edge.to),
  });
  await stores.topology.put(tenantId, {
    assets: Object.keys(usual).map((id) => ({ id: AssetId.parse(id), labels: {} })),
    edges: edges.map((edge) => ids(edge)),
  });
  const [logger, meter] = [createMemoryLogger(), createMemoryMeter()];
  const announcer = createIncidentAnnouncer(createMemoryEventLog(), stores.incidents);
  const correlator = createCorrelator({ ...stores, logger, meter, now, announcer, settings: incidentDefaults });
  const seen = Object.entries(added).map(([asset, more]): Anomaly => {
    const expected = usual[asset] ?? 0;
    const levels = { expected, value: expected + more, lower: expected * 0.8, upper: expected * 1.2 };
    return anomalyAt(asset, {
      ...{ startedAt: FAULT_FROM_MS + 3 * MINUTE_MS, lastSeenAt: FAULT_FROM_MS + 19 * MINUTE_MS, ...levels },
    });
  });
  await correlator.observe(tenantId, {
    anomalies: seen,
    inOrder: () => seen.map((anomaly) => ({ kind: 'anomaly' as const, anomaly })),
  });
  const incidents = await stores.incidents.find(tenantId, { isMerged: false }, { limit: 10 });
  const investigator = createInvestigator({
    ...stores,
    now,
    budget: { ...defaultEvidenceBudget, timeMs: 120_000, sourceTimeMs: 60_000 },
    dataStored: () => Promise.resolve(true),
    publish: () => Promise.resolve(),
  });
  const diagnoses: Diagnosis[] = [];
  for (const { id } of incidents) {
    const { diagnosis } = await investigator.investigate(tenantId, id, { signal: new AbortController().signal });
    diagnoses.push(diagnosis);
  }
  return { incidents, diagnoses };
}

const causesOf = ({ hypotheses, independentCauses = [] }: Diagnosis): string[] =>
  [hypotheses[0]?.asset ?? '', ...independentCauses.map(({ asset }) => asset)].sort();

describe('faults of one moment in one mesh', () => {
  test.each([
    ['one call apart', { shop: 0.4, search: 0.4, index: 0.2 }, ['index', 'search']],
    ['on two branches', { shop: 0.4, search: 0.2, cart: 0.2 }, ['cart', 'search']],
    ['two calls apart on two branches', { shop: 0.5, search: 0.25, index: 0.25, cart: 0.25 }, ['cart', 'index']],
  ])('%s are one incident whose diagnosis names both, with the reason', async (_, added, truth) => {
    const { incidents, diagnoses } = await told(added);
    expect(incidents).toHaveLength(1);
    const [diagnosis] = diagnoses;
    if (diagnosis === undefined) throw new Error('no diagnosis');
    expect(diagnosis.verdict).toBe('fault');
    expect(causesOf(diagnosis)).toEqual(truth);
    expect(diagnosis.summary).toContain('is at fault as well, by itself');
    expect(diagnosis.confidence).toBeLessThanOrEqual(0.75);
  });

  test.each([
    ['index', { shop: 0.3, search: 0.3, index: 0.3 }],
    ['store', { shop: 0.2, cart: 0.2, store: 0.2 }],
    ['search', { shop: 0.4, search: 0.4 }],
  ])('one fault, at %s, is one cause', async (cause, added) => {
    const { incidents, diagnoses } = await told(added);
    expect(incidents).toHaveLength(1);
    expect(diagnoses.map(causesOf)).toEqual([[cause]]);
  });
});
