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

  test('exists in a ring of callers, and does not exist without anomalies', () => {
    expect(entryOf(['a>b', 'b>a'], { asset: 'a', atMinute: 0 }, { asset: 'b', atMinute: 0 })).toBe('a latency');
    expect(entryOf([])).toBeUndefined();
  });
});
