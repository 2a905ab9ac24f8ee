import { HeliosError, type TenantId } from '@heliosiq/model';
import type {
  MetricQuery,
  RuleAlert,
  RuleDesk,
  RuleFile,
  RuleFileSummary,
  RuleGroupState,
  RuleState,
  RuleStore,
  StateStore,
} from '@heliosiq/ports';
import type { ActiveAlert } from './alert-states.ts';
import { readRuleFile } from './rule-file.ts';
import type { CheckQuery, Rule, RuleFault, RuleGroup } from './rule-group.ts';
import { decodeMemory, groupKey, ruleKeysOf, rulesScope, stateOf, type GroupMemory } from './rule-memory.ts';
import { tryGroups } from './rule-trial.ts';

export interface RuleDeskDeps {
  readonly rules: RuleStore;
  readonly states: StateStore;
  readonly metrics: MetricQuery;
  readonly checkQuery: CheckQuery;
  readonly now: () => number;
}

const filesMax = 1_000;
/** Rules of one tenant: each is asked at least once a minute or so. */
const rulesMax = 5_000;
const faultsTold = 20;
const statesAtOnce = 1_000;

export function createRuleDesk({ rules, states, metrics, checkQuery, now }: RuleDeskDeps): RuleDesk {
  function groupsIn(text: string): readonly RuleGroup[] {
    const read = readRuleFile(text, checkQuery);
    if (!read.ok) throw faulty(read.faults);
    return read.groups;
  }

  function summaryOf({ text, ...file }: RuleFile): RuleFileSummary {
    const read = readRuleFile(text, () => undefined);
    const groups = read.ok ? read.groups : [];
    return { ...file, kind: read.kind, groups: groups.length, rules: countOf(groups) };
  }

  return {
    files: async (tenantId) => (await rules.list(tenantId)).map(summaryOf),

    read: async (tenantId, name) => (await rules.list(tenantId)).find((file) => file.name === name),

    async put({ tenantId, actor }, { name, text }) {
      const groups = groupsIn(text);
      const others = (await rules.list(tenantId)).filter((file) => file.name !== name).map(summaryOf);
      if (others.length >= filesMax) throw tooMany(`${filesMax} files`);
      if (others.reduce((sum, file) => sum + file.rules, countOf(groups)) > rulesMax)
        throw tooMany(`${rulesMax} rules`);
      const file = { name, text, updatedAt: now(), updatedBy: actor };
      await rules.put(tenantId, file);
      return summaryOf(file);
    },

    remove: (tenantId, name) => rules.remove(tenantId, name),

    async groups(tenantId) {
      const known = (await rules.list(tenantId)).flatMap(({ name: file, text }) => {
        const read = readRuleFile(text, () => undefined);
        return (read.ok ? read.groups : []).map((group) => ({ file, group, key: groupKey(file, group.name) }));
      });
      const memories = await memoriesOf(
        tenantId,
        known.map(({ key }) => key),
      );
      return known.map(({ file, group, key }) => groupState(file, group, memories.get(key)));
    },

    tryOut: (tenantId, { text, from, to, signal }) =>
      tryGroups(metrics, tenantId, { groups: groupsIn(text), stretch: { from, to, signal } }),
  };

  async function memoriesOf(tenantId: TenantId, keys: readonly string[]): Promise<ReadonlyMap<string, GroupMemory>> {
    const memories = new Map<string, GroupMemory>();
    for (let start = 0; start < keys.length; start += statesAtOnce) {
      for (const { key, bytes } of await states.get(tenantId, rulesScope, keys.slice(start, start + statesAtOnce))) {
        const memory = decodeMemory(bytes);
        if (memory !== undefined) memories.set(key, memory);
      }
    }
    return memories;
  }
}

function countOf(groups: readonly RuleGroup[]): number {
  return groups.reduce((sum, group) => sum + group.rules.length, 0);
}

function groupState(file: string, group: RuleGroup, memory: GroupMemory | undefined): RuleGroupState {
  const keys = ruleKeysOf(group);
  return {
    ...{ file, name: group.name, intervalMs: group.intervalMs, limit: group.limit, tookMs: memory?.tookMs ?? 0 },
    ...(memory === undefined ? {} : { evaluatedAt: memory.evaluatedAt }),
    rules: group.rules.map((rule, index) => ruleState(rule, memory?.rules[keys[index] ?? ''])),
  };
}

function ruleState(rule: Rule, found: GroupMemory['rules'][string] | undefined): RuleState {
  const isAlert = rule.kind === 'alert';
  return {
    ...{ kind: rule.kind, name: rule.name, query: rule.query, labels: rule.labels },
    annotations: isAlert ? rule.annotations : {},
    forMs: isAlert ? rule.forMs : 0,
    keepFiringForMs: isAlert ? rule.keepFiringForMs : 0,
    state: stateOf(rule, found),
    alerts: (found?.active ?? []).map(alertOf),
    ...(found?.fault === undefined ? {} : { fault: found.fault }),
    tookMs: found?.tookMs ?? 0,
  };
}

function alertOf({ labels, annotations, value, activeAt, firedAt }: ActiveAlert): RuleAlert {
  return {
    state: firedAt === undefined ? 'pending' : 'firing',
    ...{ labels, annotations, value, activeAt },
    ...(firedAt === undefined ? {} : { firedAt }),
  };
}

function faulty(faults: readonly RuleFault[]): HeliosError {
  const told = faults.slice(0, faultsTold).map(({ line, reason }) => `line ${line}: ${reason}`);
  const more = faults.length > faultsTold ? [`and ${faults.length - faultsTold} more`] : [];
  return new HeliosError('invalid-request', [...told, ...more].join('; '), {
    field: 'text',
    cure: '`heliosiq rules check FILE` shows the same without a server.',
  });
}

function tooMany(what: string): HeliosError {
  return new HeliosError('invalid-request', `A tenant has at most ${what}`, { cure: 'Remove some that nobody needs.' });
}
