import type { ClusterMetadata, ClusterTopicMetadata, ExtendedGroupProtocolSubscription } from '@platformatic/kafka';
import { expect, it } from 'vitest';
import { assignBySubscription } from './assign-by-subscription.ts';

/** Who gets what, as `topic/partition`, among members that read the topics named. */
function assign(members: Readonly<Record<string, readonly string[]>>, partitions: Readonly<Record<string, number>>) {
  const subscriptions = Object.entries(members).map(
    ([memberId, topics]): [string, ExtendedGroupProtocolSubscription] => [
      memberId,
      { memberId, version: 1, topics: [...topics] },
    ],
  );
  const topics = Object.entries(partitions).map(([name, partitionsCount]): [string, ClusterTopicMetadata] => [
    name,
    { id: name, partitions: [], partitionsCount, lastUpdate: 0 },
  ]);
  const metadata: ClusterMetadata = {
    id: 'c',
    brokers: new Map(),
    controllerId: 1,
    topics: new Map(topics),
    lastUpdate: 0,
  };
  const assigned = assignBySubscription('', new Map(subscriptions), new Set(), metadata);
  return Object.fromEntries(
    assigned.map(({ memberId, assignments }) => [
      memberId,
      [...assignments.values()].flatMap((share) => share.partitions.map((partition) => `${share.topic}/${partition}`)),
    ]),
  );
}

it('gives every partition to exactly one member that reads its topic, in even shares', () => {
  const shares = assign({ b: ['x', 'y'], a: ['x', 'y'], c: ['y'] }, { x: 4, y: 5 });
  expect(Object.values(shares).flat().toSorted()).toEqual([
    'x/0',
    'x/1',
    'x/2',
    'x/3',
    'y/0',
    'y/1',
    'y/2',
    'y/3',
    'y/4',
  ]);
  expect(shares['c']?.every((place) => place.startsWith('y/'))).toBe(true);
  for (const share of Object.values(shares)) {
    const ofY = share.filter((place) => place.startsWith('y/')).length;
    expect(ofY === 1 || ofY === 2).toBe(true);
  }
});

it('lets members that nothing is left for stand by', () => {
  expect(assign({ a: ['x'], b: ['x'] }, { x: 1 })).toEqual({ a: ['x/0'], b: [] });
});

it('serves members of one group that read nothing in common', () => {
  expect(assign({ a: ['x'], b: ['y'] }, { x: 2, y: 2 })).toEqual({ a: ['x/0', 'x/1'], b: ['y/0', 'y/1'] });
});
