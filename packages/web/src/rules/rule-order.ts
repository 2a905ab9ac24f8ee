import type { RuleGroups } from '@heliosiq/api';

type Group = RuleGroups['groups'][number];
type Rule = Group['rules'][number];

const ranks = { firing: 0, pending: 2, unknown: 3, inactive: 4 } as const;

/** What fires first, then what failed, what waits, and what is quiet; groups by their most urgent rule, else as they stand in their files. */
export function byUrgency(groups: readonly Group[]): readonly Group[] {
  const sorted = groups.map((group) => ({ ...group, rules: group.rules.toSorted((a, b) => rankOf(a) - rankOf(b)) }));
  return sorted.toSorted((a, b) => leastRank(a) - leastRank(b));
}

function leastRank({ rules }: Group): number {
  return rules[0] === undefined ? ranks.inactive : rankOf(rules[0]);
}

function rankOf({ state, fault }: Rule): number {
  return fault === undefined ? ranks[state] : 1;
}
