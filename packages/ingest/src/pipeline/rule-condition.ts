import type { DiscreteSignal, TenantId } from '@heliosiq/model';
import type { SeriesName } from '../intake/series-book.ts';
import type { PipelineWhen } from './pipeline-rules.ts';
import type { TemplateFacts } from './template.ts';
import { compileMatch } from './text-match.ts';

/** What conditions look at. */
export interface RuleFacts extends Omit<TemplateFacts, 'groups'> {
  /** The free texts of a signal. */
  readonly texts: readonly string[];
}

/** Answers the facts with what the expressions found, or `undefined` when the condition does not hold. */
export type RuleCondition = (tenantId: TenantId, facts: RuleFacts) => TemplateFacts | undefined;

export function factsOfSeries({ asset, metric, labels = {} }: SeriesName): RuleFacts {
  return { kind: 'sample', asset, metric, labels, texts: [] };
}

export function factsOfSignal(signal: DiscreteSignal): RuleFacts {
  const { kind, asset, labels } = signal;
  const texts: string[] = [];
  if ('body' in signal) texts.push(signal.body);
  if ('title' in signal) texts.push(signal.title);
  if ('text' in signal && signal.text !== undefined) texts.push(signal.text);
  return { kind, asset, labels, texts, severity: 'severity' in signal ? signal.severity : undefined };
}

/** Compiles a condition: all its parts must hold; a part that speaks of what a signal has not does not hold. */
export function compileWhen(when: PipelineWhen): RuleCondition {
  const tenant = when.tenant === undefined ? undefined : compileMatch(when.tenant);
  const asset = when.asset === undefined ? undefined : compileMatch(when.asset);
  const metric = when.metric === undefined ? undefined : compileMatch(when.metric);
  const text = when.text === undefined ? undefined : compileMatch(when.text);
  const labels = Object.entries(when.labels ?? {}).map(([name, words]) => ({ name, match: compileMatch(words) }));
  const kinds = when.kinds === undefined ? undefined : new Set<string>(when.kinds);
  const severities = when.severity === undefined ? undefined : new Set<string>(when.severity);

  return (tenantId, facts) => {
    if (kinds !== undefined && !kinds.has(facts.kind)) return undefined;
    if (severities !== undefined && !severities.has(facts.severity ?? '')) return undefined;
    if (tenant !== undefined && tenant(tenantId) === undefined) return undefined;
    const groups: Record<string, readonly string[]> = {};
    if (asset !== undefined) {
      const found = asset(facts.asset);
      if (found === undefined) return undefined;
      groups['asset'] = found;
    }
    if (metric !== undefined) {
      const found = facts.metric === undefined ? undefined : metric(facts.metric);
      if (found === undefined) return undefined;
      groups['metric'] = found;
    }
    for (const { name, match } of labels) {
      const value = Object.hasOwn(facts.labels, name) ? facts.labels[name] : undefined;
      if (value === undefined || match(value) === undefined) return undefined;
    }
    if (text !== undefined) {
      const found = firstFound(facts.texts, text);
      if (found === undefined) return undefined;
      groups['text'] = found;
    }
    return { ...facts, groups };
  };
}

function firstFound(texts: readonly string[], match: ReturnType<typeof compileMatch>): readonly string[] | undefined {
  for (const text of texts) {
    const found = match(text);
    if (found !== undefined) return found;
  }
  return undefined;
}
