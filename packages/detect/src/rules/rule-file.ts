import { isOpenSlo, readOpenSlo } from './open-slo-file.ts';
import { readPrometheusRules } from './prometheus-rule-file.ts';
import type { CheckQuery, ReadRules } from './rule-group.ts';

/** What a file of rules can be. */
export type RuleFileKind = 'prometheus' | 'openslo';

/** A file's text as rules: of Prometheus, or objectives of OpenSLO. */
export function readRuleFile(text: string, checkQuery: CheckQuery): ReadRules & { readonly kind: RuleFileKind } {
  return isOpenSlo(text)
    ? { kind: 'openslo', ...readOpenSlo(text, checkQuery) }
    : { kind: 'prometheus', ...readPrometheusRules(text, checkQuery) };
}
