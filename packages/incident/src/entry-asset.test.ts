import { describe, expect, test } from 'vitest';
import { entryPointOf } from './entry-asset.ts';
import { incidentDefaults } from './incident-settings.ts';
import { createNeighbourhood } from './neighbourhood.ts';
import { anomaly, callGraph } from './testing/recorded.ts';

function entryOf(calls: readonly string[], ...affected: readonly Parameters<typeof anomaly>[0][]) {
  const found = entryPointOf(affected.map(anomaly), createNeighbourhood(callGraph(...calls), incidentDefaults));
  return found === undefined ? undefined : `${found.asset} ${found.anomaly.series.metric}`;
}

describe('the entry of an incident', () => {
  test('is the affected asset without an affected caller, over callers that nothing is known of too', () => {
    const calls = ['web>balancer', 'balancer>cart', 'cart>db'];
    expect(entryOf(calls, { asset: 'db', atMinute: 0 }, { asset: 'cart', atMinute: 0 })).toBe('cart latency');
    expect(entryOf(calls, { asset: 'db', atMinute: 0 }, { asset: 'web', atMinute: 0 })).toBe('web latency');
  });

  test('shows the metric that users feel rather than a stronger one of the machine', () => {
    const metrics = [
      { asset: 'web', metric: 'cpu', atMinute: 0, samples: 3 },
      { asset: 'web', metric: 'error_rate', atMinute: 0 },
    ] as const;
    expect(entryOf([], ...metrics)).toBe('web error_rate');
  });

  test('is not a caller that is slower by a hair', () => {
    const hair = { asset: 'client', atMinute: 0, value: 0.104, expected: 0.1 };
    const calls = ['client>list', 'list>db', 'web>search', 'search>db'];
    expect(entryOf(calls, hair, { asset: 'web', atMinute: 0 }, { asset: 'db', atMinute: 0 })).toBe('web latency');
  });

  test('is not a caller that is slower by microseconds, however much that is for it', () => {
    const blip = { asset: 'client', atMinute: 0, unit: 's', value: 0.0003, expected: 0.00005, score: 1 };
    const slow = { asset: 'web', atMinute: 0, unit: 's', value: 0.5, expected: 0.03 };
    expect(entryOf(['client>web', 'web>db'], blip, slow, { ...slow, asset: 'db' })).toBe('web latency');
    expect(entryOf(['client>web'], blip)).toBe('client latency');
  });

  test('is of two callers the one with the larger felt effect, not the one with the more surprising blip', () => {
    const down = {
      asset: 'web',
      metric: 'availability',
      unit: '%',
      direction: 'down',
      value: 97,
      expected: 100,
    } as const;
    const slow = { asset: 'api', unit: 's', value: 0.003, expected: 0.001, score: 1 };
    expect(entryOf([], { ...slow, atMinute: 0 }, { ...down, atMinute: 0 })).toBe('web availability');
  });

  test('exists in a ring of callers, and does not exist without anomalies', () => {
    expect(entryOf(['a>b', 'b>a'], { asset: 'a', atMinute: 0 }, { asset: 'b', atMinute: 0 })).toBe('a latency');
    expect(entryOf([])).toBeUndefined();
  });
});
