import { describe, expect, test } from 'vitest';
import type { Casefile } from './casefile.ts';
import { rankCauses } from './rank-causes.ts';
import { seededRandom } from './seeded-random.ts';
import { calls, casefileOf, FAULT_FROM_MS, seriesOf, service } from './testing/casefile-fixture.ts';

const target = { asset: 'shop', metric: 'latency' };
const edges = [calls('shop', 'cart'), calls('shop', 'search'), calls('search', 'index'), calls('cart', 'store')];

/** A slow index: its delay rises to search and shop in full. */
function slowIndex(): Casefile {
  return casefileOf({
    target,
    edges,
    series: [
      ...service('shop', 0.2, { faultLevel: 0.4 }),
      ...service('search', 0.05, { faultLevel: 0.25 }),
      ...service('index', 0.01, { faultLevel: 0.21 }),
      ...service('cart', 0.03),
      ...service('store', 0.004),
    ],
  });
}

function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  const random = seededRandom(seed);
  return items
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

describe('along the call graph', () => {
  test('the deepest callee whose delay explains its callers is the cause, and its callers are ruled out', () => {
    const diagnosis = rankCauses(slowIndex());
    expect(diagnosis.verdict).toBe('fault');
    expect(diagnosis.confidence).toBeGreaterThan(0.8);
    expect(diagnosis.hypotheses[0]).toMatchObject({ asset: 'index', faultKind: 'latency' });
    expect(diagnosis.hypotheses[0]?.evidence.find((item) => item.kind === 'topology-path')?.path).toEqual([
      'shop',
      'search',
      'index',
    ]);
    expect(diagnosis.ruledOut.find(({ asset }) => asset === 'search')?.why).toContain('index');
  });

  test('a service whose callees are quiet is itself the cause, not its quiet callees', () => {
    const casefile = casefileOf({
      target,
      edges,
      series: [
        ...service('shop', 0.2, { faultLevel: 0.4 }),
        ...service('search', 0.05, { faultLevel: 0.25 }),
        ...service('index', 0.01),
        ...service('cart', 0.03),
        ...service('store', 0.004),
      ],
    });
    expect(rankCauses(casefile).hypotheses[0]?.asset).toBe('search');
  });

  test('a view of the callee that carries few of its calls ranks below it, however much larger its ratio is', () => {
    const casefile = casefileOf({
      target,
      edges: [...edges, calls('shop', 'search-seen-by-shop')],
      series: [
        ...service('shop', 0.2, { faultLevel: 0.4 }),
        ...service('search', 0.05, { faultLevel: 0.25 }),
        ...service('search-seen-by-shop', 0.01, { faultLevel: 0.3, requests: 10 }),
        ...service('index', 0.01),
        ...service('cart', 0.03),
      ],
    });
    const diagnosis = rankCauses(casefile);
    expect(diagnosis.hypotheses[0]?.asset).toBe('search');
    expect(diagnosis.ruledOut.find(({ asset }) => asset === 'search-seen-by-shop')?.why).toContain(
      'both are called by shop',
    );
  });

  test('failing calls are traced by counted failures, and a drop in availability is an errors fault', () => {
    const health = (asset: string, faultLevel: number, requests: number) => [
      { asset, metric: 'availability', statistic: 'Average', level: 99.9, noise: 0.0002, faultLevel },
      { asset, metric: 'requests', statistic: 'Sum', level: requests, noise: 0.02 },
    ];
    const casefile = casefileOf({
      target: { asset: 'shop', metric: 'availability' },
      edges,
      series: [
        ...health('shop', 95, 400),
        ...health('search', 96, 500),
        ...health('index', 99.9, 900),
        ...health('cart', 99.9, 100),
      ],
    });
    const diagnosis = rankCauses(casefile);
    expect(diagnosis).toMatchObject({ verdict: 'fault' });
    expect(diagnosis.hypotheses[0]).toMatchObject({ asset: 'search', faultKind: 'errors' });
  });

  test('a saturated host explains the service that runs on it', () => {
    const casefile = casefileOf({
      target,
      edges: [calls('shop', 'cart'), { from: 'cart', to: 'node-1', kind: 'runs-on' }],
      series: [
        ...service('shop', 0.2, { faultLevel: 0.4 }),
        ...service('cart', 0.05, { faultLevel: 0.25 }),
        { asset: 'node-1', metric: 'cpu_utilization', level: 30, faultLevel: 97 },
      ],
    });
    expect(rankCauses(casefile).hypotheses[0]).toMatchObject({ asset: 'node-1', faultKind: 'cpu' });
  });

  test('an asset that nothing leads to is not blamed, and the answer says why', () => {
    const casefile = casefileOf({
      target,
      edges: [...edges, calls('report', 'archive')],
      series: [
        ...service('shop', 0.2, { faultLevel: 0.4 }),
        ...service('search', 0.05, { faultLevel: 0.25 }),
        ...service('archive', 0.01, { faultLevel: 5 }),
        ...service('cart', 0.03),
      ],
    });
    const diagnosis = rankCauses(casefile);
    expect(diagnosis.hypotheses[0]?.asset).toBe('search');
    expect(diagnosis.ruledOut.find(({ asset }) => asset === 'archive')?.why).toContain('Nothing known leads from shop');
  });

  test('a callee that its caller has only just begun to use points at the caller', () => {
    const casefile = casefileOf({
      target,
      edges: [calls('shop', 'worker'), calls('worker', 'wrong-table')],
      series: [
        ...service('shop', 0.2, { faultLevel: 0.4 }),
        ...service('worker', 0.05, { faultLevel: 0.25 }),
        { asset: 'wrong-table', metric: 'requests', statistic: 'Sum', level: 0, faultLevel: 100, noise: 0 },
      ],
    });
    const [best] = rankCauses(casefile).hypotheses;
    expect(best).toMatchObject({ asset: 'worker', faultKind: 'dependency' });
  });

  test('a call ring ends, and its slow member is found', () => {
    const casefile = casefileOf({
      target,
      edges: [calls('shop', 'a'), calls('a', 'b'), calls('b', 'a')],
      series: [
        ...service('shop', 0.2, { faultLevel: 0.4 }),
        ...service('a', 0.1, { faultLevel: 0.3 }),
        ...service('b', 0.02, { faultLevel: 0.22 }),
      ],
    });
    expect(rankCauses(casefile).hypotheses[0]?.asset).toBe('b');
  });
});

describe('honesty', () => {
  test('a quiet system is no fault', () => {
    const quiet = casefileOf({
      target,
      edges,
      series: ['shop', 'search', 'index', 'cart', 'store'].flatMap((asset) => service(asset, 0.1)),
    });
    expect(rankCauses(quiet).verdict).toBe('no-fault');
  });

  test('a strong symptom that nothing below explains is blamed on the target with less confidence than a traced one', () => {
    const casefile = casefileOf({
      target,
      edges,
      series: [...service('shop', 0.2, { faultLevel: 0.4 }), ...service('search', 0.05), ...service('cart', 0.03)],
    });
    const diagnosis = rankCauses(casefile);
    expect(diagnosis.hypotheses[0]?.asset).toBe('shop');
    expect(diagnosis.missing.join(' ')).toContain('No metrics of store and index');
  });

  test('two suspects that look alike are not told apart with confidence', () => {
    const casefile = casefileOf({
      target,
      edges,
      series: [
        ...service('shop', 0.2, { faultLevel: 0.4 }),
        ...service('search', 0.05, { faultLevel: 0.15 }),
        ...service('cart', 0.05, { faultLevel: 0.15 }),
      ],
    });
    const diagnosis = rankCauses(casefile);
    expect(new Set(diagnosis.hypotheses.slice(0, 2).map(({ asset }) => asset))).toEqual(new Set(['search', 'cart']));
    expect(diagnosis.confidence).toBeLessThan(0.6);
  });

  test('nothing to look at is inconclusive or no fault and says so, and never throws', () => {
    const diagnosis = rankCauses(casefileOf({ target, edges, series: [] }));
    expect(diagnosis.verdict).not.toBe('fault');
    expect(diagnosis.missing).toEqual(['No metric of any asset covers the time of the trouble.']);
  });

  test('one sensor without topology is named with the kind sensor and never surely', () => {
    const diagnosis = rankCauses(
      casefileOf({ series: [{ asset: 'machine', metric: 'temperature', level: 90, noise: 0.02, faultLevel: 40 }] }),
    );
    expect(diagnosis.hypotheses[0]).toMatchObject({ asset: 'machine', faultKind: 'sensor' });
    expect(diagnosis.confidence).toBeLessThanOrEqual(0.6);
    expect(diagnosis.missing.join(' ')).toContain('Nothing is known of what this asset depends on');
  });

  test('without any topology the most changed asset leads, never surely', () => {
    const casefile = casefileOf({
      series: [
        ...service('a', 0.1),
        { asset: 'b', metric: 'cpu', level: 20, faultLevel: 95 },
        ...service('c', 0.1, { faultLevel: 0.13 }),
      ],
    });
    const diagnosis = rankCauses(casefile);
    expect(diagnosis.hypotheses[0]).toMatchObject({ asset: 'b', faultKind: 'cpu' });
    expect(diagnosis.confidence).toBeLessThanOrEqual(0.6);
  });
});

describe('evidence', () => {
  test('every item of evidence about a metric quotes its own numbers', () => {
    for (const { evidence } of rankCauses(slowIndex()).hypotheses) {
      for (const item of evidence.filter(({ kind }) => kind === 'metric-change')) {
        expect(item.text).toContain(String(Number((item.numbers.after ?? 0).toPrecision(3))));
        expect(item.text).toContain(String(Number((item.numbers.before ?? 0).toPrecision(3))));
      }
    }
  });

  test('a deploy just before the onset speaks for its asset and names the kind; one after the onset does not', () => {
    const withDeploy = (atMs: number) =>
      rankCauses({
        ...slowIndex(),
        changes: [{ id: 'd1', asset: 'index', atMs, kind: 'deploy', title: 'index 2.4.0' }],
      });
    const before = withDeploy(FAULT_FROM_MS);
    expect(before.hypotheses[0]).toMatchObject({ asset: 'index', faultKind: 'deploy' });
    expect(before.hypotheses[0]?.score).toBeGreaterThan(rankCauses(slowIndex()).hypotheses[0]?.score ?? 1);
    expect(withDeploy(FAULT_FROM_MS + 10 * 60_000).hypotheses[0]?.faultKind).toBe('latency');
  });

  test('a queue that fills up below a slow caller is its cause, and is told as used-up capacity', () => {
    const diagnosis = rankCauses(
      casefileOf({
        target,
        edges: [calls('shop', 'orders'), calls('shop', 'cart')],
        series: [
          ...service('shop', 0.2, { faultLevel: 0.4 }),
          { asset: 'orders', metric: 'queue_depth', level: 20, faultLevel: 4000 },
          ...service('cart', 0.03),
        ],
      }),
    );
    expect(diagnosis.hypotheses[0]).toMatchObject({ asset: 'orders', faultKind: 'traffic' });
    expect(diagnosis.hypotheses[0]?.evidence[0]?.text).toContain('Queue depth of orders rose from');
  });

  test('a scaling just before the onset speaks for its asset as a change of load', () => {
    const atMs = FAULT_FROM_MS + 2 * 60_000;
    const changes = [{ id: 's1', asset: 'index', atMs, kind: 'scale', title: 'index from 6 to 2' }];
    const [first] = rankCauses({ ...slowIndex(), changes }).hypotheses;
    expect(first).toMatchObject({ asset: 'index', faultKind: 'traffic' });
    expect(first?.evidence.find(({ kind }) => kind === 'change')?.text).toContain('index from 6 to 2 (scale)');
  });

  test('the onset is when the series left its normal', () => {
    expect(rankCauses(slowIndex()).hypotheses[0]?.onsetMs).toBe(FAULT_FROM_MS + 3 * 60_000);
  });

  test('confidences of one diagnosis never exceed one together', () => {
    const total = rankCauses(slowIndex()).hypotheses.reduce((sum, one) => sum + one.confidence, 0);
    expect(total).toBeLessThanOrEqual(1);
  });
});

test('the order of series, edges, changes and samples does not change the answer', () => {
  const casefile = {
    ...slowIndex(),
    changes: [{ id: 'd1', asset: 'index', atMs: FAULT_FROM_MS, kind: 'deploy', title: 'x' }],
  };
  const expected = JSON.stringify(rankCauses(casefile));
  for (const seed of [1, 2, 3]) {
    const series = shuffled(casefile.series, seed).map((one) => {
      const order = shuffled([...one.fault.timesMs.keys()], seed);
      const pick = (values: Float64Array) => Float64Array.from(order, (index) => values[index] ?? Number.NaN);
      return { ...one, fault: { timesMs: pick(one.fault.timesMs), values: pick(one.fault.values) } };
    });
    expect(JSON.stringify(rankCauses({ ...casefile, series, edges: shuffled(casefile.edges, seed) }))).toBe(expected);
  }
});

test('three hundred series of six hundred samples are ranked, with a bounded list', () => {
  const series = Array.from({ length: 300 }, (_, index) =>
    seriesOf({ asset: `a${index % 60}`, metric: 'latency', statistic: `p${index}`, level: 1, baselineMinutes: 580 }),
  );
  const casefile = { ...casefileOf({ target, edges, series: [] }), series };
  expect(rankCauses(casefile).hypotheses).toHaveLength(20);
});

describe('a resource that is used up', () => {
  const ofMemory = (faultLevel: number) =>
    rankCauses(
      casefileOf({
        series: [
          { asset: 'index', metric: 'cpu_usage', level: 0.2, faultLevel: 0.98 },
          { asset: 'index', metric: 'memory_usage_bytes', level: 3e8, faultLevel },
        ],
      }),
    ).hypotheses[0]?.faultKind;

  test('is the processor, unless memory ran away and keeps it busy', () => {
    expect(ofMemory(3.6e8)).toBe('cpu');
    expect(ofMemory(1.2e9)).toBe('memory');
  });
});
