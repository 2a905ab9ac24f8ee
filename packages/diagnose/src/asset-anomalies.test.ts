import type { Anomaly } from '@heliosiq/model';
import { describe, expect, test } from 'vitest';
import { assetAnomaliesIn } from './asset-anomalies.ts';
import { defaultEvidenceBudget, gatherEvidence } from './evidence-gathering.ts';
import { diagnosisRecord } from './diagnosis-record.ts';
import { rankCauses } from './rank-causes.ts';
import { anomalyAt } from './testing/anomaly-fixture.ts';
import { calls, casefileOf, FAULT_FROM_MS, service } from './testing/casefile-fixture.ts';
import { incidentAt, slowIndexStores, tenantId } from './testing/stores-fixture.ts';

const MINUTE_MS = 60_000;
const window = {
  baselineFromMs: FAULT_FROM_MS - 240 * MINUTE_MS,
  faultFromMs: FAULT_FROM_MS,
  faultToMs: FAULT_FROM_MS + 20 * MINUTE_MS,
};
const seen = { startedAt: FAULT_FROM_MS + 2 * MINUTE_MS, lastSeenAt: FAULT_FROM_MS + 10 * MINUTE_MS };

/** An anomaly of the series of a pump together: pressure makes most of it. */
function shiftOf(name: string, over: Partial<Anomaly> = {}): Anomaly {
  const { series } = anomalyAt(name, seen, 'pressure');
  return anomalyAt(
    name,
    {
      ...{ ...seen, detector: 'asset-shift', deviation: 3.4 },
      contributors: [
        { series, share: 0.62 },
        { series: { ...series, metric: 'flow' }, share: 0.31 },
        { series: { ...series, metric: 'noise' }, share: 0.01 },
      ],
      ...over,
    },
    'pressure',
  );
}

function silenceOf(name: string, over: Partial<Anomaly> = {}): Anomaly {
  const { series } = anomalyAt(name, seen);
  return anomalyAt(
    name,
    {
      ...{ ...seen, detector: 'silence', value: 480, expected: 60, deviation: 8, score: 1 - 1e-8, threshold: 0.999 },
      contributors: [
        { series, share: 0.5 },
        { series: { ...series, metric: 'requests' }, share: 0.5 },
      ],
      ...over,
    },
    'silence',
  );
}

describe('anomalies of whole assets', () => {
  test('are those of the two detectors that judge an asset as a whole, near the onset, the most surprising of each', () => {
    const found = assetAnomaliesIn(
      [
        shiftOf('pump'),
        shiftOf('pump', { startedAt: seen.startedAt + 1, score: 0.9999 }),
        shiftOf('old', { startedAt: FAULT_FROM_MS - 31 * MINUTE_MS }),
        shiftOf('later', { startedAt: window.faultToMs + 1, lastSeenAt: window.faultToMs + 2 }),
        anomalyAt('single', seen),
        silenceOf('index'),
        silenceOf('one-series', { score: 1 - 1e-5 }),
      ],
      window,
    );
    expect(found.map(({ kind, asset }) => `${kind} ${asset}`)).toEqual(['silence index', 'shift pump']);
    expect(found[1]?.contributors.map(({ metric, share }) => [metric, share])).toEqual([
      ['pressure', 0.62],
      ['flow', 0.31],
      ['noise', 0.01],
    ]);
  });

  test('of many assets that fall silent together each is told', () => {
    const [one, other] = [silenceOf('index').series, silenceOf('cart').series];
    const group = silenceOf('index', { contributors: [one, other].map((series) => ({ series, share: 0.5 })) });
    expect(assetAnomaliesIn([group], window).map(({ asset }) => asset)).toEqual(['cart', 'index']);
  });

  test('are gathered for the assets around an incident, also those that are no members of it', async () => {
    const ports = await slowIndexStores();
    const incident = incidentAt('shop');
    await ports.anomalies.put(tenantId, [shiftOf('index'), silenceOf('cart'), shiftOf('elsewhere')]);
    const steps: string[] = [];
    const { casefile } = await gatherEvidence(
      ports,
      { tenantId, incident },
      {
        budget: defaultEvidenceBudget,
        signal: new AbortController().signal,
        onStep: ({ name, items }) => void steps.push(`${name} ${items}`),
      },
    );
    expect(casefile.assetAnomalies?.map(({ kind, asset }) => `${kind} ${asset}`)).toEqual([
      'silence cart',
      'shift index',
    ]);
    expect(steps).toContain('whole-assets 2');
  });
});

const shop = casefileOf({
  target: { asset: 'shop', metric: 'latency' },
  edges: [calls('shop', 'search'), calls('shop', 'cart')],
  series: [
    ...service('shop', 0.2, { faultLevel: 0.4 }),
    ...service('search', 0.05, { faultLevel: 0.12 }),
    ...service('cart', 0.05),
  ],
});

describe('a shift', () => {
  test('speaks for its asset with the series that make it and their shares, and links to the anomaly', () => {
    const shifted = { ...shop, assetAnomalies: assetAnomaliesIn([shiftOf('search')], window) };
    const search = rankCauses(shifted).hypotheses.find(({ asset }) => asset === 'search');
    const item = search?.evidence.find(({ kind }) => kind === 'asset-shift');
    expect(item?.text).toBe(
      'The series of search together left their normal state, 3.4 times as far as is still usual: pressure (statistic Average) 62% and flow (statistic Average) 31% of it.',
    );
    expect(item).toMatchObject({
      metric: 'pressure',
      forOrAgainst: 'for',
      numbers: { share: 0.62, count: 3, onsetMs: seen.startedAt },
    });
    const before = rankCauses(shop).hypotheses.find(({ asset }) => asset === 'search');
    expect(search?.score).toBeGreaterThan(before?.score ?? 1);
    const incident = incidentAt('shop');
    const record = diagnosisRecord(rankCauses(shifted), { tenantId, incident, window, revision: 1, madeAt: 0 });
    const told = record.hypotheses.flatMap(({ evidence }) => evidence).find(({ kind }) => kind === 'anomaly');
    expect(told?.text).toContain('62%');
  });
});

describe('an asset that fell silent', () => {
  const silent = casefileOf({
    target: { asset: 'shop', metric: 'latency' },
    edges: [calls('shop', 'search'), calls('shop', 'cart')],
    series: [
      ...service('shop', 0.2, { faultLevel: 0.4 }),
      ...service('search', 0.05).map((spec) => ({ ...spec, silentDuringFault: true })),
      ...service('cart', 0.05),
    ],
  });

  test('is the first suspect for the trouble of who calls it, and what is silent is told', () => {
    const diagnosis = rankCauses({ ...silent, assetAnomalies: assetAnomaliesIn([silenceOf('search')], window) });
    const [first] = diagnosis.hypotheses;
    expect(first?.asset).toBe('search');
    expect(first?.because).toContain('it fell silent: nothing (latency and requests) came for 480 s');
    expect(first?.evidence.some(({ kind }) => kind === 'silence')).toBe(true);
    expect(first?.onsetMs).toBe(seen.startedAt);
  });

  test('is no suspect when nobody who is in trouble depends on it', () => {
    const apart = { ...silent, edges: [calls('shop', 'cart'), calls('report', 'search')] };
    const diagnosis = rankCauses({ ...apart, assetAnomalies: assetAnomaliesIn([silenceOf('search')], window) });
    expect(diagnosis.hypotheses[0]?.asset).toBe('shop');
  });
});
