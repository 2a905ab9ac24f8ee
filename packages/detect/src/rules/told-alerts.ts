import type { SentAlert } from '@heliosiq/ports';
import type { ActiveAlert } from './alert-states.ts';
import type { GroupMemory } from './rule-memory.ts';
import type { RuleGroup } from './rule-group.ts';
import { ruleKeysOf } from './rule-memory.ts';

/** Alerts that fire are told again this often. */
export const resendMs = 60_000;

/**
 * What is to be told of a group: what fires, known to fire until four rounds from now as Prometheus has it, and what is over.
 * `linkOf` gives the page that shows a question.
 */
export function alertsToTell(
  group: RuleGroup,
  memory: GroupMemory,
  { linkOf, now }: { readonly linkOf: (query: string) => string; readonly now: number },
): readonly SentAlert[] {
  const queries = new Map(ruleKeysOf(group).map((key, index) => [key, group.rules[index]?.query]));
  const until = now + 4 * Math.max(group.intervalMs, resendMs);
  return Object.entries(memory.rules).flatMap(([key, { active, ended }]) => {
    const query = queries.get(key);
    const link = query === undefined ? {} : { generatorURL: linkOf(query) };
    // An alert that ended may fire again already: its end comes first.
    return [
      ...ended.map((alert) => ({ ...sent(alert, memory.evaluatedAt), ...link })),
      ...active.flatMap((alert) => (alert.firedAt === undefined ? [] : [{ ...sent(alert, until), ...link }])),
    ];
  });
}

function sent({ labels, annotations, firedAt = 0 }: ActiveAlert, until: number): SentAlert {
  return {
    labels,
    annotations,
    startsAt: new Date(firedAt).toISOString(),
    endsAt: new Date(Math.max(until, firedAt)).toISOString(),
  };
}

/** The memory once everybody was told. */
export function afterTelling(memory: GroupMemory, group: RuleGroup): GroupMemory {
  const keys = new Set(ruleKeysOf(group));
  return {
    ...memory,
    rules: Object.fromEntries(
      Object.entries(memory.rules).flatMap(([key, found]) => (keys.has(key) ? [[key, { ...found, ended: [] }]] : [])),
    ),
  };
}
