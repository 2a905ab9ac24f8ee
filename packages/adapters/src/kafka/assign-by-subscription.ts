import type { GroupPartitionsAssigner } from '@platformatic/kafka';

/**
 * Deals out the partitions of each topic in turn to the members that read it. Members of one group may read different topics;
 * whoever leads the group computes the same answer, and shares of a topic differ by one at most.
 */
export const assignBySubscription: GroupPartitionsAssigner = (_current, members, _topics, metadata) => {
  const assignments = new Map(
    [...members.keys()]
      .toSorted()
      .map((memberId) => [memberId, new Map<string, { topic: string; partitions: number[] }>()]),
  );
  const topics = new Set([...members.values()].flatMap((member) => member.topics ?? []));
  // Each topic begins where the one before has ended, so that nobody gets the odd partition of them all.
  let turn = 0;
  for (const topic of [...topics].toSorted()) {
    const readers = [...assignments].filter(([memberId]) => members.get(memberId)?.topics?.includes(topic) === true);
    const count = metadata.topics.get(topic)?.partitionsCount ?? 0;
    for (let partition = 0; partition < count; partition += 1) {
      const reader = readers[(turn + partition) % readers.length]?.[1];
      const share = reader?.get(topic) ?? { topic, partitions: [] };
      share.partitions.push(partition);
      reader?.set(topic, share);
    }
    turn += count;
  }
  return [...assignments].map(([memberId, shares]) => ({ memberId, assignments: shares }));
};
