import { routes } from '@heliosiq/api';
import { describe, expect, it } from 'vitest';
import { layoutMap } from './map-layout.ts';
import { nameLines } from './name-lines.ts';

const calls = (from: string, to: string) => ({ from, to, kind: 'calls' });
const topologyOf = (edges: readonly ReturnType<typeof calls>[]) =>
  routes.getTopology.response.parse({ assets: [], edges });
const topology = topologyOf([
  calls('site', 'gateway'),
  calls('gateway', 'search'),
  calls('gateway', 'pay'),
  calls('site', 'list'),
  calls('search', 'database'),
  ...Array.from({ length: 40 }, (_, index) => calls('site', `other-${index}`)),
]);
const subject = { affected: ['site', 'search'], cause: 'database', felt: 'site' };

describe('the map of an incident', () => {
  it('shows the affected, the cause and what lies between them, not every neighbour', () => {
    const { nodes } = layoutMap(topology, subject, 2000);
    expect(nodes.map(({ id, role }) => `${id} ${role}`).toSorted()).toEqual([
      'database cause',
      'gateway near',
      'search affected',
      'site felt',
    ]);
  });

  it('puts callers left of the called, and above them where it has to be narrow', () => {
    const wide = layoutMap(topology, subject, 2000).nodes;
    const narrow = layoutMap(topology, subject, 300).nodes;
    const place = (nodes: typeof wide, id: string) => nodes.find((node) => node.id === id) ?? { x: 0, y: 0 };
    expect(place(wide, 'site').x).toBeLessThan(place(wide, 'database').x);
    expect(place(narrow, 'site').y).toBeLessThan(place(narrow, 'database').y);
  });

  it('keeps every node and edge inside its frame', () => {
    const { nodes, width, height } = layoutMap(topology, subject, 300);
    for (const node of nodes) {
      expect(node.x - node.width / 2).toBeGreaterThanOrEqual(0);
      expect(node.x + node.width / 2).toBeLessThanOrEqual(width);
      expect(node.y + node.height / 2).toBeLessThanOrEqual(height);
    }
  });

  it('ends on a graph with a cycle, and shows an asset that nothing is known about', () => {
    const round = topologyOf([calls('a', 'b'), calls('b', 'a'), calls('b', 'b')]);
    expect(layoutMap(round, { affected: ['a', 'b', 'lone'], cause: 'b', felt: 'a' }, 500).nodes).toHaveLength(3);
  });

  it.each([
    ['PetSite', ['PetSite']],
    ['PetSearch_AWS::ECS::Fargate', ['PetSearch_AWS::', 'ECS::Fargate']],
  ])('breaks %s where a word ends', (name, lines) => {
    expect(nameLines(name)).toEqual(lines);
  });
});
