import { AssetId, MetricName } from '@heliosiq/model';
import type { DiscreteSignal, TenantId } from '@heliosiq/model';
import { compileArithmetic } from './arithmetic.ts';
import { spanMs } from './pipeline-rules.ts';
import type { PipelineRule } from './pipeline-rules.ts';
import { compileRedaction } from './redact.ts';
import { factsOfSeries, factsOfSignal, compileWhen } from './rule-condition.ts';
import type { DecidedSeries } from './signal-rules.ts';
import { compileTemplate } from './template.ts';
import type { TemplateFacts } from './template.ts';

/** A rule ready to be asked; `undefined` = the rule does not mean it or leaves it as it is. */
export interface CompiledRule {
  readonly name: string;
  series(tenantId: TenantId, series: DecidedSeries): readonly DecidedSeries[] | undefined;
  /** `dropped` when nothing is left of it. */
  signal(tenantId: TenantId, signal: DiscreteSignal): DiscreteSignal | 'dropped' | undefined;
}

interface Effect {
  series(tenantId: TenantId, series: DecidedSeries, facts: TemplateFacts): readonly DecidedSeries[] | undefined;
  signal(tenantId: TenantId, signal: DiscreteSignal, facts: TemplateFacts): DiscreteSignal | 'dropped' | undefined;
}

const labelsMax = 64;
const labelLengthMax = 1024;

/** Compiles one rule. Throws `config-invalid` where a rule holds what cannot be compiled. */
export function compileRule(rule: PipelineRule): CompiledRule {
  const condition = compileWhen(rule.when);
  const effect = effectOf(rule);
  return {
    name: rule.name,
    series(tenantId, series) {
      const facts = condition(tenantId, factsOfSeries(series.name));
      return facts === undefined ? undefined : effect.series(tenantId, series, facts);
    },
    signal(tenantId, signal) {
      const facts = condition(tenantId, factsOfSignal(signal));
      return facts === undefined ? undefined : effect.signal(tenantId, signal, facts);
    },
  };
}

function effectOf({ name: ruleName, do: action }: PipelineRule): Effect {
  if (action.rename !== undefined) return renaming(action.rename);
  if (action.redact !== undefined) return redacting(compileRedaction(action.redact));
  if (action.derive !== undefined) return deriving(action.derive);
  if (action.sample !== undefined) return thinning(ruleName, action.sample);
  if (action.route !== undefined) return routing(action.route);
  return { series: () => [], signal: () => 'dropped' };
}

function renaming({ asset, metric, labels }: NonNullable<PipelineRule['do']['rename']>): Effect {
  const assetOf = asset === undefined ? undefined : compileTemplate(asset);
  const metricOf = metric === undefined ? undefined : compileTemplate(metric);
  return {
    series(_, series, facts) {
      const { name } = series;
      const own = name.labels ?? {};
      const renamed = {
        asset: nameOr(AssetId, assetOf?.(facts), name.asset),
        metric: nameOr(MetricName, metricOf?.(facts), name.metric),
        labels: renamedLabels(own, labels),
      };
      const isSame = renamed.asset === name.asset && renamed.metric === name.metric && renamed.labels === own;
      return isSame ? undefined : [{ ...series, name: { ...name, ...renamed } }];
    },
    signal(_, signal, facts) {
      const renamed = {
        asset: nameOr(AssetId, assetOf?.(facts), signal.asset),
        labels: renamedLabels(signal.labels, labels),
      };
      const isSame = renamed.asset === signal.asset && renamed.labels === signal.labels;
      return isSame ? undefined : { ...signal, ...renamed };
    },
  };
}

function redacting(redaction: ReturnType<typeof compileRedaction>): Effect {
  return {
    series(tenantId, series) {
      const name = redaction.series(tenantId, series.name);
      return name === series.name ? undefined : [{ ...series, name }];
    },
    signal: (tenantId, signal) => redaction.signal(tenantId, signal),
  };
}

function deriving({ labels = {}, metric, value, unit }: NonNullable<PipelineRule['do']['derive']>): Effect {
  const templates = Object.entries(labels).map(([name, text]) => ({ name, template: compileTemplate(text) }));
  const metricOf = metric === undefined ? undefined : compileTemplate(metric);
  const ownValue = value === undefined ? undefined : compileArithmetic(value);

  function withLabels(own: Readonly<Record<string, string>>, facts: TemplateFacts): Readonly<Record<string, string>> {
    const derived = { ...own };
    for (const { name, template } of templates) {
      const text = template(facts).slice(0, labelLengthMax).toWellFormed();
      const hasRoom = Object.hasOwn(derived, name) || Object.keys(derived).length < labelsMax;
      if (text !== '' && hasRoom) derived[name] = text;
    }
    return derived;
  }

  return {
    series(_, series, facts) {
      const before = series.value;
      const composed =
        before === undefined || ownValue === undefined
          ? (ownValue ?? before)
          : (input: number): number => ownValue(before(input));
      const derived: DecidedSeries = {
        ...series,
        value: composed,
        name: {
          ...series.name,
          metric: nameOr(MetricName, metricOf?.(facts), series.name.metric),
          labels: withLabels(series.name.labels ?? {}, facts),
          ...(unit === undefined ? {} : { unit }),
        },
      };
      // A metric of its own stands beside the one it comes from.
      return derived.name.metric === series.name.metric ? [derived] : [series, derived];
    },
    signal: (_, signal, facts) =>
      templates.length === 0 ? undefined : { ...signal, labels: withLabels(signal.labels, facts) },
  };
}

function thinning(ruleName: string, { 'one-of': oneOf, every }: NonNullable<PipelineRule['do']['sample']>): Effect {
  const everyMs = every === undefined ? undefined : spanMs(every);
  return {
    series: (_, series) => [
      {
        ...series,
        thinnedBy: ruleName,
        ...(oneOf === undefined ? {} : { oneOf: (series.oneOf ?? 1) * oneOf }),
        ...(everyMs === undefined ? {} : { everyMs: Math.max(series.everyMs ?? 0, everyMs) }),
      },
    ],
    signal: (_, signal) => (oneOf === undefined || hashOf(signal.id) % oneOf === 0 ? undefined : 'dropped'),
  };
}

function routing({ asset, severity }: NonNullable<PipelineRule['do']['route']>): Effect {
  const moving = renaming({ asset });
  return {
    series: moving.series,
    signal(tenantId, signal, facts) {
      const moved = moving.signal(tenantId, signal, facts);
      const routed = moved === undefined || moved === 'dropped' ? signal : moved;
      if (severity === undefined || routed.kind === 'change' || routed.severity === severity) return routed;
      return { ...routed, severity };
    },
  };
}

/** A name that a template made, where it is one; else the name as it was. */
function nameOr<Name extends string>(
  schema: { safeParse(text: string): { readonly success: boolean; readonly data?: Name | undefined } },
  text: string | undefined,
  otherwise: Name,
): Name {
  if (text === undefined) return otherwise;
  const parsed = schema.safeParse(text.slice(0, 300).toWellFormed());
  return parsed.data ?? otherwise;
}

function renamedLabels(
  labels: Readonly<Record<string, string>>,
  names: Readonly<Record<string, string | null>> = {},
): Readonly<Record<string, string>> {
  if (!Object.keys(names).some((name) => Object.hasOwn(labels, name))) return labels;
  const renamed: Record<string, string> = {};
  for (const [name, value] of Object.entries(labels)) {
    const other = Object.hasOwn(names, name) ? names[name] : name;
    if (other !== null && other !== undefined) renamed[other] = value;
  }
  return renamed;
}

/** FNV-1a, folded: the same id is chosen alike in a re-send and in another process. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
