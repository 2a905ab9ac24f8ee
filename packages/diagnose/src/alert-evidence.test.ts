import { describe, expect, it } from 'vitest';
import { alertTroubles } from './alert-evidence.ts';
import type { AlertFiring, AlertRecord, TopologyEdge } from './casefile.ts';

const START_MS = 1_700_000_000_000;
const HOUR_MS = 3_600_000;

const firing = (asset: string, name: string, rest: Partial<AlertFiring> = {}): AlertFiring => ({
  asset,
  name,
  firstMs: START_MS,
  count: 1,
  mentions: [],
  ...rest,
});

/** Forty stretches of an hour, in some of which alarms fired. */
function recordOf(
  firings: readonly AlertFiring[],
  past: (stretch: number) => readonly AlertFiring[] = () => [],
): AlertRecord {
  return {
    firings,
    past: Array.from({ length: 40 }, (_, index) => ({
      fromMs: START_MS - (index + 1) * HOUR_MS,
      firings: past(index),
    })),
  };
}

function decadesOf(record: AlertRecord, edges: readonly TopologyEdge[] = []): (asset: string) => number {
  const troubles = alertTroubles(record, { edges });
  return (asset) => troubles.get(asset)?.decades ?? 0;
}

describe('alarms', () => {
  it('count by how rare they are at their asset', () => {
    const noisy = firing('cart', 'cpu up');
    const of = decadesOf(recordOf([noisy, firing('stock', 'cpu up')], (index) => (index % 2 === 0 ? [noisy] : [])));
    expect(of('stock')).toBeGreaterThan(2 * of('cart'));
  });

  it('count less the later they come', () => {
    const of = decadesOf(recordOf([firing('cart', 'a'), firing('stock', 'b', { firstMs: START_MS + 480_000 })]));
    expect(of('cart')).toBeGreaterThan(5 * of('stock'));
  });

  it('that fired just before already are no news', () => {
    const old = firing('cart', 'disk full');
    const of = decadesOf(recordOf([old, firing('stock', 'disk full')], (index) => (index < 2 ? [old] : [])));
    expect(of('stock')).toBeGreaterThan(1.5 * of('cart'));
  });

  it('at all parts of a whole are an alarm of the whole, at one part of that part', () => {
    const edges = ['1', '2', '3'].map((part): TopologyEdge => ({ from: `cart-${part}`, to: 'cart', kind: 'part-of' }));
    const all = decadesOf(recordOf(['1', '2', '3'].map((part) => firing(`cart-${part}`, 'cpu up'))), edges);
    expect(all('cart')).toBeGreaterThan(all('cart-1'));
    const one = decadesOf(recordOf([firing('cart-1', 'cpu up')]), edges);
    expect(one('cart-1')).toBeGreaterThan(one('cart'));
  });

  it('that name another asset speak of it too', () => {
    const of = decadesOf(recordOf([firing('cart', 'log x', { mentions: ['stock'] })]));
    expect(of('stock')).toBeCloseTo(of('cart'));
  });

  it('at one of few hosts count more than at one of many services on it', () => {
    const edges = Array.from({ length: 20 }, (_, index): TopologyEdge => ({
      from: `s${index}`,
      to: 'host',
      kind: 'runs-on',
    }));
    const of = decadesOf(recordOf([firing('host', 'cpu up'), firing('s1', 'cpu up')]), edges);
    expect(of('host')).toBeGreaterThan(of('s1') + 1);
  });

  it('say the same in whatever order they come', () => {
    const firings = [firing('a', 'cpu up'), firing('b', 'memory up'), firing('a', 'log x', { mentions: ['b'] })];
    const told = (list: readonly AlertFiring[]): unknown =>
      Object.fromEntries(alertTroubles(recordOf(list), { edges: [] }));
    expect(told(firings.toReversed())).toEqual(told(firings));
  });
});
