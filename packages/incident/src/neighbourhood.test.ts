import { AssetId } from '@heliosiq/model';
import { expect, test } from 'vitest';
import { incidentDefaults } from './incident-settings.ts';
import { createNeighbourhood } from './neighbourhood.ts';
import { callGraph } from './testing/recorded.ts';

const id = (name: string): AssetId => AssetId.parse(name);

test('hops are counted in both directions up to the limit', () => {
  const { hops } = createNeighbourhood(callGraph('a>b', 'c>b', 'c>d', 'd>e'), incidentDefaults);
  expect(['a', 'b', 'c', 'd', 'x'].map((name) => hops(id('a'), id(name)))).toEqual([0, 1, 2, undefined, undefined]);
});

test('no path leads through a hub, but one may end there', () => {
  const { hops } = createNeighbourhood(
    callGraph(...Array.from({ length: 51 }, (_, index) => `s${index}>hub`)),
    incidentDefaults,
  );
  expect(hops(id('s1'), id('hub'))).toBe(1);
  expect(hops(id('hub'), id('s1'))).toBe(1);
  expect(hops(id('s1'), id('s2'))).toBeUndefined();
});

test('a system is everything that is connected, and an asset without edges is one of its own', () => {
  const topology = callGraph('a>b', 'c>b', 'x>y');
  const { systemSize, size, isLinked } = createNeighbourhood(
    { ...topology, assets: [...topology.assets, { id: id('lone'), labels: {} }] },
    incidentDefaults,
  );
  expect(['a', 'c', 'y', 'lone', 'unheard-of'].map((name) => systemSize(id(name)))).toEqual([3, 3, 2, 1, 1]);
  expect([isLinked(id('a')), isLinked(id('lone'))]).toEqual([true, false]);
  expect(size).toBe(6);
});
