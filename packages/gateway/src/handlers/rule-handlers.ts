import { HeliosError } from '@heliosiq/model';
import type { RuleDesk } from '@heliosiq/ports';
import type { Handlers } from './handler.ts';

export interface RuleHandlerDeps {
  readonly desk: RuleDesk;
}

export function ruleHandlers({ desk }: RuleHandlerDeps) {
  return {
    async listRuleFiles({ principal }) {
      return { files: [...(await desk.files(principal.tenantId))] };
    },

    async readRuleFile({ principal, params: { name } }) {
      const file = await desk.read(principal.tenantId, name);
      if (file === undefined) throw missing(name);
      return file;
    },

    putRuleFile: ({ principal, params: { name }, body: { text } }) => desk.put(principal, { name, text }),

    async removeRuleFile({ principal, params: { name } }) {
      if (!(await desk.remove(principal.tenantId, name))) throw missing(name);
      return undefined;
    },

    async listRuleGroups({ principal }) {
      const groups = await desk.groups(principal.tenantId);
      return {
        groups: groups.map(({ rules, ...group }) => ({
          ...group,
          rules: rules.map(({ alerts, labels, annotations, ...rule }) => ({
            ...rule,
            labels: { ...labels },
            annotations: { ...annotations },
            alerts: alerts.map((alert) => ({
              ...alert,
              labels: { ...alert.labels },
              annotations: { ...alert.annotations },
              value: numberOrNull(alert.value),
            })),
          })),
        })),
      };
    },

    async tryRules({ principal, body: { text, from, to }, signal }) {
      if (from >= to) {
        throw new HeliosError('invalid-request', 'The stretch ends before it begins', {
          field: 'to',
          cure: 'Give from < to',
        });
      }
      const trials = await desk.tryOut(principal.tenantId, { text, from, to, signal });
      return {
        trials: trials.map(({ firings, ...trial }) => ({
          ...trial,
          firings: firings.map(({ labels, value, ...firing }) => ({
            ...firing,
            labels: { ...labels },
            value: numberOrNull(value),
          })),
        })),
      };
    },
  } satisfies Handlers<
    'listRuleFiles' | 'readRuleFile' | 'putRuleFile' | 'removeRuleFile' | 'listRuleGroups' | 'tryRules'
  >;
}

/** JSON has no word for what is no finite number. */
function numberOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function missing(name: string): HeliosError {
  return new HeliosError('not-found', `There is no file of rules "${name}"`, {
    cure: 'GET /api/v1/rule-files lists them.',
  });
}
