import { expect, it } from 'vitest';
import { byUrgency } from './rule-order.ts';

const rule = (name: string, state: 'firing' | 'pending' | 'inactive' | 'unknown', fault?: string) => ({
  ...{ kind: 'alert' as const, name, query: 'up', labels: {}, annotations: {}, forMs: 0, keepFiringForMs: 0 },
  ...{ state, alerts: [], tookMs: 1 },
  ...(fault === undefined ? {} : { fault }),
});
const group = (name: string, rules: ReturnType<typeof rule>[]) => ({
  ...{ file: 'f', name, intervalMs: 1, limit: 0, tookMs: 1, rules },
});

it('what fires comes first, then what failed, what waits, and what is quiet', () => {
  const sorted = byUrgency([
    group('quiet', [rule('a', 'inactive')]),
    group('empty', []),
    group('loud', [rule('b', 'inactive'), rule('c', 'unknown', 'no'), rule('d', 'pending'), rule('e', 'firing')]),
    group('broken', [rule('f', 'unknown', 'no')]),
    group('waiting', [rule('g', 'pending')]),
  ]);
  expect(sorted.map(({ name }) => name)).toEqual(['loud', 'broken', 'waiting', 'quiet', 'empty']);
  expect(sorted[0]?.rules.map(({ name }) => name)).toEqual(['e', 'c', 'd', 'b']);
});
