import { describe, expect, test } from 'vitest';
import type { Casefile, TopologyEdge } from './casefile.ts';
import { rankCauses } from './rank-causes.ts';
import { calls, casefileOf, service, type SeriesSpec } from './testing/casefile-fixture.ts';

const target = { asset: 'shop', metric: 'latency' };
const edges = [calls('shop', 'cart'), calls('shop', 'search'), calls('search', 'index'), calls('cart', 'store')];

function ranked(series: readonly SeriesSpec[], known: readonly TopologyEdge[] = edges) {
  return rankCauses(casefileOf({ target, edges: known, series }));
}

/** A service whose requests take `added` seconds longer. */
const slow = (asset: string, level: number, added: number): SeriesSpec[] =>
  service(asset, level, { faultLevel: level + added });

describe('two faults at the same time', () => {
  test('on services one call apart are both named, with the reason that one does not explain the other', () => {
    // The search is slow by itself as well as by its index: 0.2 s of its own, 0.2 s of the index.
    const diagnosis = ranked([
      ...slow('shop', 0.2, 0.4),
      ...slow('search', 0.05, 0.4),
      ...slow('index', 0.01, 0.2),
      ...service('cart', 0.03),
      ...service('store', 0.004),
    ]);
    const named = [diagnosis.hypotheses[0]?.asset, ...diagnosis.independentCauses.map(({ asset }) => asset)];
    expect(new Set(named)).toEqual(new Set(['index', 'search']));
    expect(diagnosis.verdict).toBe('fault');
    expect(diagnosis.confidence).toBeLessThanOrEqual(0.75);
    expect(diagnosis.independentCauses[0]?.why).toMatch(
      /search depends on index, but that accounts for only \d+% of its trouble/,
    );
    expect(diagnosis.ruledOut.map(({ asset }) => asset)).not.toContain(diagnosis.independentCauses[0]?.asset);
  });

  test('on two branches below the same caller are both named, whichever comes first', () => {
    const diagnosis = ranked([
      ...slow('shop', 0.2, 0.4),
      ...slow('search', 0.05, 0.2),
      ...slow('cart', 0.03, 0.2),
      ...service('index', 0.01),
      ...service('store', 0.004),
    ]);
    const named = [diagnosis.hypotheses[0]?.asset, ...diagnosis.independentCauses.map(({ asset }) => asset)];
    expect(new Set(named)).toEqual(new Set(['cart', 'search']));
    expect(diagnosis.independentCauses[0]?.why).toContain('Neither');
  });

  test('are not told where something that nobody measures may be behind both', () => {
    const dark = [...edges, calls('search', 'database'), calls('cart', 'database')];
    const diagnosis = ranked(
      [
        ...slow('shop', 0.2, 0.4),
        ...slow('search', 0.05, 0.2),
        ...slow('cart', 0.03, 0.2),
        ...service('index', 0.01),
        ...service('store', 0.004),
      ],
      dark,
    );
    expect(diagnosis.independentCauses).toEqual([]);
  });
});

describe('one fault', () => {
  const places: readonly (readonly [string, (added: number) => SeriesSpec[]])[] = [
    [
      'index',
      (s) => [
        ...slow('shop', 0.2, s),
        ...slow('search', 0.05, s),
        ...slow('index', 0.01, s),
        ...service('cart', 0.03),
        ...service('store', 0.004),
      ],
    ],
    [
      'search',
      (s) => [
        ...slow('shop', 0.2, s),
        ...slow('search', 0.05, s),
        ...service('index', 0.01),
        ...service('cart', 0.03),
        ...service('store', 0.004),
      ],
    ],
    [
      'store',
      (s) => [
        ...slow('shop', 0.2, s),
        ...slow('cart', 0.03, s),
        ...slow('store', 0.004, s),
        ...service('search', 0.05),
        ...service('index', 0.01),
      ],
    ],
    [
      'shop',
      (s) => [
        ...slow('shop', 0.2, s),
        ...service('search', 0.05),
        ...service('index', 0.01),
        ...service('cart', 0.03),
        ...service('store', 0.004),
      ],
    ],
  ];

  test.each(places)('at %s is one cause, however large', (asset, seriesOf) => {
    for (const added of [0.1, 0.2, 0.4, 1, 3]) {
      const diagnosis = ranked(seriesOf(added));
      expect(diagnosis.hypotheses[0]?.asset).toBe(asset);
      expect(diagnosis.independentCauses).toEqual([]);
    }
  });

  test('that sends more load down is one cause', () => {
    const casefile: Casefile = casefileOf({
      target,
      edges,
      series: [
        ...slow('shop', 0.2, 0.4),
        ...slow('search', 0.05, 0.4),
        // Retries: twice the requests, and therefore slower.
        ...service('index', 0.01, { faultLevel: 0.05 }).map((spec) =>
          spec.metric === 'requests' ? { ...spec, faultLevel: 250 } : spec,
        ),
        ...service('cart', 0.03),
        ...service('store', 0.004),
      ],
    });
    expect(rankCauses(casefile).independentCauses).toEqual([]);
  });
});

test('without a topology nothing is said to be independent', () => {
  expect(ranked([...slow('shop', 0.2, 0.4), ...slow('search', 0.05, 0.4)], []).independentCauses).toEqual([]);
});
