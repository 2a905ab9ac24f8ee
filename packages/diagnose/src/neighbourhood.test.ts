import { AssetId, type Edge } from '@heliosiq/model';
import { expect, test } from 'vitest';
import { assetsAround } from './neighbourhood.ts';

const id = (name: string) => AssetId.parse(name);
const edge = (from: string, to: string, kind: Edge['kind'] = 'calls'): Edge => ({ from: id(from), to: id(to), kind });

test('everything below the affected assets and their direct callers are looked at, nearest first', () => {
  const edges = [
    edge('web', 'shop'),
    edge('proxy', 'web'),
    edge('shop', 'search'),
    edge('search', 'node', 'runs-on'),
    edge('disk', 'node', 'part-of'),
    edge('other', 'thing'),
  ];
  const { assets, truncated } = assetsAround(
    { entry: { asset: id('shop'), metric: 'latency' }, assets: [] },
    edges,
    100,
  );
  expect(assets).toEqual(['shop', 'search', 'node', 'disk', 'web']);
  expect(truncated).toBe(false);
});

test('a large neighbourhood is cut at the limit and says so', () => {
  const edges = Array.from({ length: 50 }, (_, index) => edge('shop', `callee-${index}`));
  const { assets, truncated } = assetsAround({ assets: [id('shop')] }, edges, 10);
  expect(assets).toHaveLength(10);
  expect(assets[0]).toBe('shop');
  expect(truncated).toBe(true);
});
