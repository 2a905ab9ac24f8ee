/** What is evaluated together, in order, at one moment; the words are those of Prometheus' rule files. */
export interface RuleGroup {
  readonly name: string;
  readonly intervalMs: number;
  /** Alerts or series that a rule may make; beyond it the rule fails. 0 = as many as are bearable. */
  readonly limit: number;
  /** Rules ask about this long ago. */
  readonly queryOffsetMs: number;
  readonly rules: readonly Rule[];
}

export type Rule = AlertRule | RecordingRule;

export interface AlertRule {
  readonly kind: 'alert';
  readonly name: string;
  /** PromQL; each result is an alert. */
  readonly query: string;
  /** A result has to be there for so long before its alert fires. */
  readonly forMs: number;
  /** An alert goes on firing for so long after its result has gone. */
  readonly keepFiringForMs: number;
  /** Texts may have templates, see `alert-template.ts`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface RecordingRule {
  readonly kind: 'recording';
  /** The metric that the results become. */
  readonly name: string;
  readonly query: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What is wrong with a file of rules. */
export interface RuleFault {
  /** From 1. */
  readonly line: number;
  readonly reason: string;
}

/** The groups of a file, or everything that is wrong with it. */
export type ReadRules =
  | { readonly ok: true; readonly groups: readonly RuleGroup[] }
  | { readonly ok: false; readonly faults: readonly RuleFault[] };

/** Says what is wrong with a question in PromQL; undefined when nothing is. */
export type CheckQuery = (query: string) => string | undefined;

/** Without a word in the file rules are evaluated once a minute, as Prometheus does. */
export const ruleIntervalDefaultMs = 60_000;
/** Shorter ones would ask more often than samples come. */
export const ruleIntervalMinMs = 5_000;
