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

  test('what hurts nobody weighs less', () => {
    const weigh = (metric: string, direction: 'up' | 'down'): number =>
      anomalyWeight(anomaly({ asset: 'a', metric, direction, atMinute: 0 }));
    expect(weigh('latency', 'down')).toBeLessThan(weigh('latency', 'up'));
    expect(weigh('availability', 'up')).toBeLessThan(weigh('availability', 'down'));
    expect(weigh('requests', 'up')).toBeLessThan(weigh('requests', 'down'));
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
