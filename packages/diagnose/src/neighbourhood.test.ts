import { AssetId, type Edge } from '@heliosiq/model';
import { expect, test } from 'vitest';
import { assetsAround } from './neighbourhood.ts';

const id = (name: string) => AssetId.parse(name);
const edge = (from: string, to: string, kind: Edge['kind'] = 'calls'): Edge => ({ from: id(from), to: id(to), kind });

test('everything below the affected assets and the callers above them are looked at, nearest first', () => {
  const edges = [
    edge('web', 'shop'),
    edge('proxy', 'web'),
    edge('phone', 'proxy'),
    edge('web', 'cart'),
    edge('cart', 'store'),
    edge('store', 'tape'),
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
  expect(assets).toEqual(['shop', 'search', 'node', 'disk', 'web', 'proxy', 'cart', 'store']);
  expect(truncated).toBe(false);
});

test('a large neighbourhood is cut at the limit and says so', () => {
  const edges = Array.from({ length: 50 }, (_, index) => edge('shop', `callee-${index}`));
  const { assets, truncated } = assetsAround({ assets: [id('shop')] }, edges, 10);
  expect(assets).toHaveLength(10);
  expect(assets[0]).toBe('shop');
  expect(truncated).toBe(true);
});

test('siblings that find no room are not called missing', () => {
  const siblings = Array.from({ length: 50 }, (_, index) => edge('web', `sibling-${index}`));
  const { assets, truncated } = assetsAround({ assets: [id('shop')] }, [edge('web', 'shop'), ...siblings], 10);
  expect(assets.slice(0, 2)).toEqual(['shop', 'web']);
  expect(assets).toHaveLength(10);
  expect(truncated).toBe(false);
});
