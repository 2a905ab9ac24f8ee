import { durationMsOf } from '@heliosiq/model/prometheus-duration.ts';
import { z } from 'zod';
import { burnAlerts, type ErrorShare } from './burn-rate.ts';
import {
  type CheckQuery,
  type ReadRules,
  type RuleFault,
  type RuleGroup,
  ruleIntervalDefaultMs,
} from './rule-group.ts';
import { rateOver, sumOver, withWindow } from './windowed-query.ts';
import { readYaml, schemaFaults, type YamlDocument } from './yaml-file.ts';

const Source = z.object({
  metricSource: z.object({
    type: z.string().optional(),
    spec: z
      .object({ query: z.string().optional(), promql: z.string().optional() })
      .transform(({ query, promql }) => query ?? promql ?? ''),
  }),
});
const sourceQuery = Source.transform(({ metricSource }) => metricSource.spec).pipe(
  z.string().refine((query) => query.trim() !== '', 'needs spec.query with PromQL'),
);

const Indicator = z.object({
  metadata: z.object({ name: z.string() }).optional(),
  spec: z.object({
    ratioMetric: z
      .object({
        counter: z.boolean().default(true),
        good: sourceQuery.optional(),
        bad: sourceQuery.optional(),
        total: sourceQuery,
      })
      .refine(({ good, bad }) => (good === undefined) !== (bad === undefined), 'needs either good or bad')
      .optional(),
    thresholdMetric: sourceQuery.optional(),
  }),
});

const SloObjective = z.object({
  displayName: z.string().optional(),
  target: z.number().gt(0).lt(1).optional(),
  targetPercent: z.number().gt(0).lt(100).optional(),
  op: z.enum(['lte', 'gte', 'lt', 'gt']).optional(),
  value: z.number().optional(),
});

const Words = z.record(z.string(), z.union([z.string(), z.array(z.string()).transform((all) => all.join(','))]));

const Slo = z.object({
  apiVersion: z.string(),
  kind: z.literal('SLO'),
  metadata: z.object({
    name: z.string().min(1).max(200),
    displayName: z.string().optional(),
    labels: Words.default({}),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.object({
    service: z.string().min(1).max(300),
    description: z.string().optional(),
    indicator: Indicator.optional(),
    indicatorRef: z.string().optional(),
    timeWindow: z
      .array(z.object({ duration: z.string() }))
      .length(1)
      .optional(),
    budgetingMethod: z.string().default('Occurrences'),
    objectives: z.array(SloObjective).min(1).max(20),
  }),
});
type Slo = z.infer<typeof Slo>;
type Indicator = z.infer<typeof Indicator>;

const Any = z.object({ apiVersion: z.string(), kind: z.string() });
const Sli = Indicator.extend({ kind: z.literal('SLI'), metadata: z.object({ name: z.string() }) });

/** The comparison of a threshold that is met, and its opposite. */
const missed = { lte: '>', lt: '>=', gte: '<', gt: '<=' } as const;

/** True for a text that is meant as a file of OpenSLO. */
export function isOpenSlo(text: string): boolean {
  return /^apiVersion:\s*["']?openslo(\.com)?\//m.test(text);
}

/**
 * Reads service level objectives (https://github.com/OpenSLO/OpenSLO, v1) whose indicators are PromQL, and makes of each
 * objective alerts on the rate at which its budget burns. Documents of other kinds are passed over.
 */
export function readOpenSlo(text: string, checkQuery: CheckQuery): ReadRules {
  const yaml = readYaml(text);
  if (!yaml.ok) return yaml;
  const faults: RuleFault[] = [];
  const indicators = new Map<string, Indicator>();
  const found: { readonly document: YamlDocument; readonly slo: Slo }[] = [];
  for (const document of yaml.documents) {
    const kind = Any.safeParse(document.content).data?.kind;
    if (kind === undefined) faults.push({ line: document.lineOf([]), reason: 'needs apiVersion and kind' });
    if (kind === 'SLI') {
      const sli = Sli.safeParse(document.content);
      if (sli.success) indicators.set(sli.data.metadata.name, sli.data);
      else faults.push(...schemaFaults(document, sli.error));
    }
    if (kind === 'SLO') {
      const slo = Slo.safeParse(document.content);
      if (slo.success) found.push({ document, slo: slo.data });
      else faults.push(...schemaFaults(document, slo.error));
    }
  }
  const groups = found.flatMap(({ document, slo }) => {
    const made = groupOf(slo, indicators);
    if (typeof made === 'string') {
      faults.push({ line: document.lineOf(['spec']), reason: `${slo.metadata.name}: ${made}` });
      return [];
    }
    for (const { query } of made.rules) {
      const wrong = checkQuery(query);
      if (wrong !== undefined)
        faults.push({ line: document.lineOf(['spec']), reason: `${slo.metadata.name}: ${wrong} in: ${query}` });
    }
    return [made];
  });
  if (faults.length === 0 && groups.length === 0) faults.push({ line: 1, reason: 'there is no SLO in the file' });
  return faults.length > 0 ? { ok: false, faults } : { ok: true, groups };
}

function groupOf({ metadata, spec }: Slo, indicators: ReadonlyMap<string, Indicator>): RuleGroup | string {
  if (spec.budgetingMethod !== 'Occurrences')
    return `budgetingMethod ${spec.budgetingMethod} is not supported, Occurrences is`;
  const indicator = spec.indicator ?? indicators.get(spec.indicatorRef ?? '');
  if (indicator === undefined)
    return `needs an indicator${spec.indicatorRef === undefined ? '' : `; "${spec.indicatorRef}" is not in the file`}`;
  const windowMs =
    spec.timeWindow === undefined ? 30 * dayMs : durationMsOf(monthsAsDays(spec.timeWindow[0]?.duration ?? ''));
  if (!(windowMs >= dayMs)) return 'timeWindow: give a duration of a day or more, such as 30d';
  const rules = spec.objectives.map((objective, index) => {
    const target = objective.target ?? (objective.targetPercent ?? Number.NaN) / 100;
    if (!(target > 0 && target < 1)) return `objectives[${index}]: needs target or targetPercent`;
    const share = shareOf(indicator, objective);
    if (typeof share === 'string') return `objectives[${index}]: ${share}`;
    const suffix = spec.objectives.length === 1 ? '' : ` (${objective.displayName ?? index + 1})`;
    return burnAlerts(share, {
      slo: `${metadata.displayName ?? metadata.name}${suffix}`,
      service: spec.service,
      target,
      days: Math.round(windowMs / dayMs),
      labels: labelsOf(metadata.labels),
      annotations: metadata.annotations,
    });
  });
  const wrong = rules.find((one) => typeof one === 'string');
  if (typeof wrong === 'string') return wrong;
  const alerts = rules.flatMap((one) => (typeof one === 'string' ? [] : one));
  return { name: `slo:${metadata.name}`, intervalMs: ruleIntervalDefaultMs, limit: 0, queryOffsetMs: 0, rules: alerts };
}

const dayMs = 86_400_000;

/** OpenSLO has months and quarters, too. */
function monthsAsDays(duration: string): string {
  const [, count = '', unit = ''] = /^(\d+)([MQ])$/.exec(duration) ?? [];
  return unit === '' ? duration : `${Number(count) * (unit === 'M' ? 30 : 90)}d`;
}

function shareOf({ spec }: Indicator, { op, value }: z.infer<typeof SloObjective>): ErrorShare | string {
  if (spec.ratioMetric !== undefined) {
    const { counter, good, bad, total } = spec.ratioMetric;
    const over = counter ? rateOver : sumOver;
    return {
      presence: withWindow(total, '5m'),
      over: (window) =>
        bad === undefined
          ? `1 - (${over(good ?? '', window)}) / (${over(total, window)})`
          : `(${over(bad, window)}) / (${over(total, window)})`,
    };
  }
  const threshold = spec.thresholdMetric;
  if (threshold === undefined) return 'the indicator needs ratioMetric or thresholdMetric';
  if (op === undefined || value === undefined) return 'a thresholdMetric needs op and value';
  return {
    presence: threshold,
    over: (window) => `avg_over_time(((${threshold}) ${missed[op]} bool ${value})[${window}:1m])`,
  };
}

/** Labels of the objective that an alert can have. */
function labelsOf(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [
      name.replaceAll(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=\d)/, '_'),
      value,
    ]),
  );
}
