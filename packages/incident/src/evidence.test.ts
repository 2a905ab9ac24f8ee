import { describe, expect, test } from 'vitest';
import { anomalyWeight, type EvidenceBars, evidenceBars, pooledWeight } from './evidence.ts';
import { anomaly } from './testing/recorded.ts';

describe('evidence', () => {
  test('a blip at the threshold weighs nothing, each decade beyond it weighs one, at most four', () => {
    const weights = [1e-3, 1e-4, 1e-6, 1e-12].map((miss) =>
      anomalyWeight(anomaly({ asset: 'a', atMinute: 0, score: 1 - miss })),
    );
    expect(weights.map((weight) => Number(weight.toFixed(3)))).toEqual([0, 1, 3, 4]);
  });

  test('lasting adds half a decade a step, for two steps', () => {
    const weights = [1, 2, 3, 9].map((samples) =>
      anomalyWeight(anomaly({ asset: 'a', atMinute: 0, samples, score: 1 - 1e-4 })),
    );
    expect(weights.map((weight) => Number(weight.toFixed(3)))).toEqual([1, 1.5, 2, 2]);
  });

  test('what went where nobody is hurt weighs nothing, traffic that rose weighs less than traffic that fell', () => {
    const weigh = (metric: string, direction: 'up' | 'down'): number =>
      anomalyWeight(anomaly({ asset: 'a', metric, direction, atMinute: 0, samples: 3, deviation: 0 }));
    expect([weigh('latency', 'down'), weigh('error_rate', 'down'), weigh('availability', 'up')]).toEqual([0, 0, 0]);
    expect(weigh('latency', 'up')).toBeGreaterThan(0);
    expect(weigh('availability', 'down')).toBeGreaterThan(0);
    expect(weigh('requests', 'up')).toBeLessThan(weigh('requests', 'down'));
  });

  test('what will be used up, is silent or stuck, or did not run weighs in full, wherever its metric went', () => {
    const weigh = (detector: string, metric: string): number =>
      anomalyWeight({ ...anomaly({ asset: 'a', metric, direction: 'down', atMinute: 0, score: 1 - 1e-6 }), detector });
    expect(weigh('forecast', 'time until disk_used_percent is used up')).toBeCloseTo(3);
    expect(weigh('forecast', 'time until queue_depth is used up')).toBeCloseTo(3);
    expect(weigh('stuck-sensor', 'queue_depth')).toBeCloseTo(3);
    expect(weigh('missed-job', 'cpu_percent')).toBeCloseTo(3);
    expect(weigh('missed-job', 'error_count')).toBe(0);
    expect(weigh('series-model', 'cpu_percent')).toBeCloseTo(1);
  });

  test('a drop of availability by 5 points and more opens at its first sample in any crowd, by one point it does not', () => {
    const opens = (value: number): boolean => {
      const drop = { asset: 'a', metric: 'availability', unit: '%', direction: 'down', score: 1 } as const;
      const bars = evidenceBars({ system: 1_000, tenant: 1_000 });
      return pooledWeight([anomaly({ ...drop, atMinute: 0, value, expected: 100 })], bars.floor) >= bars.open;
    };
    expect([opens(98.6), opens(95), opens(81.7)]).toEqual([false, true, true]);
  });

  test('after an outage the next one weighs by its distance from usual, though the detector is hardly surprised', () => {
    const drop = (deviation: number): number =>
      anomalyWeight(
        anomaly({
          ...{ asset: 'a', metric: 'availability', unit: '%', direction: 'down', atMinute: 0 },
          ...{ score: 0.9991, value: 90, expected: 100, deviation },
        }),
      );
    expect(drop(-6)).toBeLessThan(0.3);
    expect(drop(-48)).toBeCloseTo(3 + 2, 0);
  });

  test('latency that tripled weighs a decade more once it lasts', () => {
    const weigh = (value: number, samples: number): number =>
      anomalyWeight(anomaly({ asset: 'a', atMinute: 0, unit: 's', value, expected: 0.1, samples }));
    expect(weigh(0.3, 1)).toBeCloseTo(weigh(0.15, 1), 2);
    expect(weigh(0.3, 2)).toBeCloseTo(weigh(0.15, 2) + 1, 2);
    const microseconds = anomaly({ asset: 'a', atMinute: 0, unit: 's', value: 0.0003, expected: 0.0001 });
    expect(anomalyWeight(microseconds)).toBeCloseTo(weigh(0.15, 1) / 4, 2);
  });

  test('statistics of one quantity count once, a second quantity half, other assets fully', () => {
    const one = anomaly({ asset: 'a', metric: 'latency_p50', atMinute: 0 });
    const weight = anomalyWeight(one);
    expect(pooledWeight([one, anomaly({ asset: 'a', metric: 'latency_p99', atMinute: 0 })], 0)).toBeCloseTo(weight);
    expect(pooledWeight([one, anomaly({ asset: 'a', metric: 'errors', atMinute: 0 })], 0)).toBeCloseTo(1.5 * weight);
    expect(pooledWeight([one, anomaly({ asset: 'b', atMinute: 0 })], 0)).toBeCloseTo(2 * weight);
  });

  test('in a crowd one sample alone opens nothing, on a lone device it can', () => {
    const spike = anomaly({ asset: 'a', metric: 'temperature', atMinute: 0, score: 1 - 1e-9 });
    const barsOf = (assets: number): EvidenceBars => evidenceBars({ system: assets, tenant: assets });
    const opens = (assets: number): boolean => pooledWeight([spike], barsOf(assets).floor) >= barsOf(assets).open;
    expect([opens(1), opens(100)]).toEqual([true, false]);
  });
});
