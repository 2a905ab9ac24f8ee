import { describe, expect, test } from 'vitest';
import type { Casefile, SeriesWindow } from './casefile.ts';
import { casefileHash } from './casefile-hash.ts';
import { diagnosisRecord } from './diagnosis-record.ts';
import { Diagnosis } from '@heliosiq/model';
import { rankCauses } from './rank-causes.ts';
import { seededRandom } from './seeded-random.ts';
import { calls, FAULT_FROM_MS } from './testing/casefile-fixture.ts';
import { incidentAt, tenantId } from './testing/stores-fixture.ts';

const MINUTE_MS = 60_000;
const [PAST, FAULT] = [600, 20];

/** A line of tanks: pressure in one follows that in the one before by a minute; the first one rises in the fault window. */
function line(seed: number, { isLinked = true } = {}): Casefile {
  const random = seededRandom(seed);
  const noise = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const names = ['tank-1', 'tank-2', 'tank-3', 'tank-4'];
  const values = names.map(() => new Float64Array(PAST + FAULT));
  for (let at = 0; at < PAST + FAULT; at++)
    for (const [index, own] of values.entries()) {
      const led = index > 0 && isLinked ? 0.8 * ((values[index - 1]?.[at - 1] ?? 100) - 100) : 0;
      const push = at >= PAST + 2 && (index === 0 || !isLinked) ? 14 : 0;
      own[at] = 100 + led + push + noise();
    }
  const times = new Float64Array(PAST + FAULT).map((_, index) => FAULT_FROM_MS + (index - PAST) * MINUTE_MS);
  return {
    target: { asset: 'tank-4', metric: 'pressure' },
    window: { baselineFromMs: times[0] ?? 0, faultFromMs: FAULT_FROM_MS, faultToMs: FAULT_FROM_MS + FAULT * MINUTE_MS },
    series: names.map((asset, index): SeriesWindow => {
      const own = values[index] ?? new Float64Array();
      return {
        ...{ asset, metric: 'pressure' },
        baseline: { timesMs: times.subarray(0, PAST), values: own.subarray(0, PAST) },
        fault: { timesMs: times.subarray(PAST), values: own.subarray(PAST) },
      };
    }),
    edges: [],
    changes: [],
  };
}

describe('edges inferred from lagged dependence', () => {
  test('are those of the true graph, each with what it rests on', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const { inferredEdges } = rankCauses(line(seed));
      expect(inferredEdges.map(({ from, to }) => `${from}>${to}`).sort()).toEqual([
        'tank-2>tank-1',
        'tank-3>tank-2',
        'tank-4>tank-3',
      ]);
      for (const { basis, text, lagMs } of inferredEdges) {
        expect(basis).toBe('lagged-dependence');
        expect(lagMs).toBe(MINUTE_MS);
        expect(text).toMatch(
          /^Inferred, not observed: .* followed .* by 60 s \(correlation 0\.\d\d over \d+ samples, by luck/,
        );
      }
    }
  });

  test('are found in a past of 300 samples as well', () => {
    const casefile = line(1);
    const series = casefile.series.map(({ baseline, ...one }) => ({
      ...one,
      baseline: { timesMs: baseline.timesMs.subarray(PAST - 300), values: baseline.values.subarray(PAST - 300) },
    }));
    expect(rankCauses({ ...casefile, series }).inferredEdges).toHaveLength(3);
  });

  test('are none where every tank is moved by itself', () => {
    for (const seed of [1, 2, 3, 4, 5]) expect(rankCauses(line(seed, { isLinked: false })).inferredEdges).toEqual([]);
  });

  test('are marked in the evidence and the record, and the answer is no surer for them than without any topology', () => {
    const diagnosis = rankCauses(line(1));
    const first = diagnosis.hypotheses.find(({ asset }) => asset === 'tank-1');
    const way = first?.evidence.find(({ kind }) => kind === 'inferred-path');
    expect(way?.path).toEqual(['tank-4', 'tank-3', 'tank-2', 'tank-1']);
    expect(way?.text).toContain('is only inferred');
    expect(way?.strength).toBeLessThan(0.5);
    expect(first?.evidence.some(({ kind }) => kind === 'topology-path')).toBe(false);
    expect(diagnosis.confidence).toBeLessThanOrEqual(0.6);
    expect(diagnosis.missing.join(' ')).toContain('No topology is known');
    const frame = { tenantId, incident: incidentAt('tank-4'), window: line(1).window, revision: 1, madeAt: 0 };
    const record = Diagnosis.parse(structuredClone(diagnosisRecord(diagnosis, frame)));
    expect(record.inferredEdges).toHaveLength(3);
  });

  test('give way to declared ones: an asset of which edges are known gets none', () => {
    const known = { ...line(1), edges: [calls('tank-4', 'tank-3'), calls('tank-2', 'tank-1')] };
    expect(rankCauses(known).inferredEdges).toEqual([]);
  });

  test('do not depend on the order of series or samples', () => {
    const casefile = line(2);
    const turned = casefile.series.toReversed().map((one) => ({
      ...one,
      baseline: { timesMs: one.baseline.timesMs.toReversed(), values: one.baseline.values.toReversed() },
    }));
    expect(JSON.stringify(rankCauses({ ...casefile, series: turned }))).toBe(JSON.stringify(rankCauses(casefile)));
    expect(casefileHash({ ...casefile, series: casefile.series.toReversed() })).toBe(casefileHash(casefile));
  });
});

test('an edge that only traces tell of is told as inferred', () => {
  const casefile: Casefile = {
    ...line(1),
    edges: [
      calls('tank-4', 'tank-3'),
      calls('tank-3', 'tank-2'),
      { ...calls('tank-2', 'tank-1'), inferredFrom: 'traces' },
    ],
  };
  const diagnosis = rankCauses(casefile);
  expect(diagnosis.inferredEdges.map(({ from, to, basis }) => `${from}>${to} ${basis}`)).toEqual([
    'tank-2>tank-1 traces',
  ]);
  const way = diagnosis.hypotheses
    .find(({ asset }) => asset === 'tank-1')
    ?.evidence.find(({ kind }) => kind === 'topology-path');
  expect(way?.text).toContain('Of that tank-2 -> tank-1 is inferred from traces.');
});
