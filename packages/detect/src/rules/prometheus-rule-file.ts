import { durationMsOf } from '@heliosiq/model/prometheus-duration.ts';
import { z } from 'zod';
import { templateFault } from './alert-template.ts';
import {
  type CheckQuery,
  type ReadRules,
  type Rule,
  type RuleFault,
  type RuleGroup,
  ruleIntervalDefaultMs,
  ruleIntervalMinMs,
} from './rule-group.ts';
import { readYaml, schemaFaults, type YamlDocument } from './yaml-file.ts';

const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const yearMs = 366 * 86_400_000;

const Duration = z
  .union([z.string(), z.number()])
  .transform(String)
  .refine((text) => isDuration(text), 'is no duration such as 5m')
  .transform(durationMsOf);

const Texts = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String)).default({});
const RuleLabels = Texts.refine(
  (labels) => Object.keys(labels).every((name) => labelName.test(name) && name !== '__name__'),
  'a label has a name that none can have',
);

const RuleOfFile = z
  .strictObject({
    alert: z.string().min(1).max(200).optional(),
    record: z
      .string()
      .regex(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/, 'is no name for a metric')
      .max(300)
      .optional(),
    expr: z
      .union([z.string(), z.number()])
      .transform(String)
      .refine((text) => text.trim() !== '', 'is empty'),
    for: Duration.optional(),
    keep_firing_for: Duration.optional(),
    labels: RuleLabels,
    annotations: Texts,
  })
  .superRefine((rule, context) => {
    const complain = (message: string): void => context.addIssue({ code: 'custom', message });
    if ((rule.alert === undefined) === (rule.record === undefined)) complain('needs either alert or record');
    if (rule.record === undefined) return;
    if (rule.for !== undefined) complain('a recording rule has no for');
    if (rule.keep_firing_for !== undefined) complain('a recording rule has no keep_firing_for');
    if (Object.keys(rule.annotations).length > 0) complain('a recording rule has no annotations');
  });

const GroupOfFile = z.strictObject({
  name: z.string().min(1).max(200),
  interval: Duration.optional(),
  query_offset: Duration.optional(),
  limit: z.number().int().nonnegative().default(0),
  labels: RuleLabels,
  rules: z.array(RuleOfFile).max(1000).nullable().default([]),
});

/** A rule file of Prometheus (https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/). */
const RuleFile = z.strictObject({ groups: z.array(GroupOfFile).max(1000).nullable().default([]) });

/** Reads a rule file of Prometheus; it is taken whole or not at all, and every fault names its line. */
export function readPrometheusRules(text: string, checkQuery: CheckQuery): ReadRules {
  const yaml = readYaml(text);
  if (!yaml.ok) return yaml;
  const [document, ...further] = yaml.documents;
  if (document === undefined) return { ok: true, groups: [] };
  if (further.length > 0)
    return { ok: false, faults: [{ line: further[0]?.lineOf([]) ?? 1, reason: 'a rule file is one document' }] };
  const parsed = RuleFile.safeParse(document.content);
  if (!parsed.success) return { ok: false, faults: schemaFaults(document, parsed.error) };
  const groups = (parsed.data.groups ?? []).map(groupOf);
  const faults = [...nameFaults(document, groups), ...ruleFaults(document, groups, checkQuery)];
  return faults.length > 0 ? { ok: false, faults } : { ok: true, groups };
}

function groupOf({ name, interval, query_offset, limit, labels, rules }: z.infer<typeof GroupOfFile>): RuleGroup {
  return {
    name,
    intervalMs: Math.max(ruleIntervalMinMs, interval ?? ruleIntervalDefaultMs),
    limit,
    queryOffsetMs: query_offset ?? 0,
    rules: (rules ?? []).map((rule) => ruleOf(rule, labels)),
  };
}

function ruleOf(rule: z.infer<typeof RuleOfFile>, groupLabels: Readonly<Record<string, string>>): Rule {
  const labels = { ...groupLabels, ...rule.labels };
  if (rule.record !== undefined) return { kind: 'recording', name: rule.record, query: rule.expr, labels };
  return {
    kind: 'alert',
    name: rule.alert ?? '',
    query: rule.expr,
    forMs: rule.for ?? 0,
    keepFiringForMs: rule.keep_firing_for ?? 0,
    labels,
    annotations: rule.annotations,
  };
}

function nameFaults(document: YamlDocument, groups: readonly RuleGroup[]): readonly RuleFault[] {
  const seen = new Set<string>();
  return groups.flatMap(({ name }, index) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    const line = document.lineOf(['groups', index, 'name']);
    return [{ line, reason: `groups[${index}].name: "${name}" is the name of another group of the file` }];
  });
}

function ruleFaults(
  document: YamlDocument,
  groups: readonly RuleGroup[],
  checkQuery: CheckQuery,
): readonly RuleFault[] {
  return groups.flatMap(({ rules }, group) =>
    rules.flatMap((rule, index) => {
      const path = ['groups', group, 'rules', index];
      const fault = (field: readonly string[], reason: string): RuleFault => ({
        line: document.lineOf([...path, ...field]),
        reason: `${rule.name}: ${field.join('.')}: ${reason}`,
      });
      const wrongQuery = checkQuery(rule.query);
      const templates = rule.kind === 'alert' ? { labels: rule.labels, annotations: rule.annotations } : {};
      return [
        ...(wrongQuery === undefined ? [] : [fault(['expr'], wrongQuery)]),
        ...Object.entries(templates).flatMap(([part, texts]) =>
          Object.entries(texts).flatMap(([name, template]) => {
            const wrong = templateFault(template);
            return wrong === undefined ? [] : [fault([part, name], wrong)];
          }),
        ),
      ];
    }),
  );
}

function isDuration(text: string): boolean {
  const durationMs = durationMsOf(text);
  return durationMs >= 0 && durationMs <= yearMs;
}
