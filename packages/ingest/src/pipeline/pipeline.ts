import type { DiscreteSignal, TenantId } from '@heliosiq/model';
import type { SeriesName } from '../intake/series-book.ts';
import { compileRule } from './compile-rules.ts';
import { secretsRule } from './pipeline-rules.ts';
import type { PipelineRule } from './pipeline-rules.ts';
import { noRules } from './signal-rules.ts';
import type { DecidedSeries, SignalRules } from './signal-rules.ts';

export interface PipelineOptions {
  readonly rules: readonly PipelineRule[];
  /** Hide secrets in texts before anything else. */
  readonly redactsSecrets: boolean;
  /** Told of every rule that changed something, for those who want to know. */
  readonly onChange?: (change: RuleChange) => void;
}

/** What one rule did. */
export interface RuleChange {
  readonly rule: string;
  readonly before: DiscreteSignal | DecidedSeries;
  readonly after: readonly (DiscreteSignal | DecidedSeries)[];
}

/** Series that rules may make of one at most. */
const outputsMax = 16;

/** Compiles the rules; they run in their order. Throws `config-invalid` for a rule that was not parsed by its schema. */
export function createPipeline({ rules, redactsSecrets, onChange }: PipelineOptions): SignalRules {
  const compiled = [...(redactsSecrets ? [secretsRule] : []), ...rules].map((rule) => compileRule(rule));
  if (compiled.length === 0) return noRules;

  return {
    decideSeries(tenantId: TenantId, name: SeriesName) {
      const first: DecidedSeries = { name };
      let outputs: readonly DecidedSeries[] = [first];
      for (const rule of compiled) {
        const next: DecidedSeries[] = [];
        for (const series of outputs) {
          const made = rule.series(tenantId, series) ?? [series];
          next.push(...made);
          if (made.length !== 1 || made[0] !== series) onChange?.({ rule: rule.name, before: series, after: made });
        }
        outputs = next.slice(0, outputsMax);
        if (outputs.length === 0) return { outputs, droppedBy: rule.name };
      }
      return outputs.length === 1 && outputs[0] === first ? undefined : { outputs };
    },

    decideSignal(tenantId, signal) {
      let current = signal;
      for (const rule of compiled) {
        const made = rule.signal(tenantId, current) ?? current;
        if (made !== current) onChange?.({ rule: rule.name, before: current, after: made === 'dropped' ? [] : [made] });
        if (made === 'dropped') return { droppedBy: rule.name };
        current = made;
      }
      return { signal: current };
    },
  };
}
