import { beforeEach, expect, test } from 'vitest';
import { defaultEvidenceBudget, gatherEvidence } from './evidence-gathering.ts';
import { anomalyAt } from './testing/anomaly-fixture.ts';
import { FAULT_FROM_MS } from './testing/casefile-fixture.ts';
import { incidentAt, slowIndexStores, tenantId } from './testing/stores-fixture.ts';

const MINUTE_MS = 60_000;
const signal = new AbortController().signal;

let ports: Awaited<ReturnType<typeof slowIndexStores>>;

beforeEach(async () => {
  ports = await slowIndexStores();
});

test('members seen in the fault window become detections; older ones do not', async () => {
  const now = anomalyAt('search', {
    startedAt: FAULT_FROM_MS + 3 * MINUTE_MS,
    lastSeenAt: FAULT_FROM_MS + 9 * MINUTE_MS,
  });
  const old = anomalyAt('cart', {
    startedAt: FAULT_FROM_MS - 90 * MINUTE_MS,
    lastSeenAt: FAULT_FROM_MS - 80 * MINUTE_MS,
  });
  await ports.anomalies.put(tenantId, [now, old]);
  const incident = { ...incidentAt('shop'), anomalyIds: [now.id, old.id] };
  const { casefile } = await gatherEvidence(ports, { tenantId, incident }, { budget: defaultEvidenceBudget, signal });
  expect(casefile.detections).toEqual([
    expect.objectContaining({ asset: 'search', metric: 'latency', deviation: 20, value: 0.5, expected: 0.1 }),
  ]);
  expect(casefile.detections?.[0]?.surpriseDecades).toBeCloseTo(6);
  expect(casefile.detections?.[0]?.excessDecades).toBeCloseTo(3);
  expect(casefile.window).toMatchObject({
    faultFromMs: FAULT_FROM_MS + 2 * MINUTE_MS,
    faultToMs: FAULT_FROM_MS + 10 * MINUTE_MS,
  });
});

test('when not all series can be read, those of the nearest assets are, and that is said', async () => {
  const budget = { ...defaultEvidenceBudget, seriesMax: 4 };
  const { casefile, missing } = await gatherEvidence(
    ports,
    { tenantId, incident: incidentAt('shop') },
    { budget, signal },
  );
  expect(new Set(casefile.series.map((one) => one.asset))).toEqual(new Set(['shop', 'cart']));
  expect(missing).toContain('Of 4 assets only the metrics of the 2 nearest were read.');
});

test('data that ends within the fault window is called cut short, a full one is not', async () => {
  const subject = { tenantId, incident: incidentAt('shop') };
  const options = { budget: defaultEvidenceBudget, signal };
  expect((await gatherEvidence(ports, subject, options)).isCutShort).toBe(false);
  const early = await slowIndexStores(FAULT_FROM_MS + 5 * MINUTE_MS);
  expect((await gatherEvidence(early, subject, options)).isCutShort).toBe(true);
});
