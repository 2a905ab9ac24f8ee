/** A live member of a consumer group. */
export interface GroupMember {
  readonly memberId: string;
  readonly joinedAt: number;
}

/**
 * Which partitions are a member's: dealt out in turn to the members by age, so that every member computes the same
 * answer, and shares differ by one at most.
 */
export function partitionsOf(memberId: string, members: readonly GroupMember[], partitions: number): readonly number[] {
  const ordered = members.toSorted((a, b) => a.joinedAt - b.joinedAt || (a.memberId < b.memberId ? -1 : 1));
  const place = ordered.findIndex((member) => member.memberId === memberId);
  if (place < 0) return [];
  return Array.from({ length: partitions }, (_, partition) => partition).filter(
    (partition) => partition % ordered.length === place,
  );
}
