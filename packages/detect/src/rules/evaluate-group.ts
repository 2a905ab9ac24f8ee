import { HeliosError } from '@heliosiq/model';
import { nextAlerts, type RuleResult } from './alert-states.ts';
import type { RuleGroup, Rule } from './rule-group.ts';
import { ruleKeysOf, type GroupMemory, type RuleFindings } from './rule-memory.ts';

/** A series that a recording rule made, at one moment. */
export interface RecordedSample {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly value: number;
}

export interface GroupEvaluation {
  /** The moment of the evaluation, milliseconds since the epoch. */
  readonly now: number;
  /** What a question in PromQL comes to at a moment; rejects when it has no answer. */
  readonly ask: (query: string, time: number) => Promise<readonly RuleResult[]>;
  readonly signal: AbortSignal;
}

/** Results of a rule that states no limit. */
const resultsMax = 5_000;
/** Alerts that are over and that nobody could be told of. */
const untoldMax = 1_000;
/** Alerts that waited before a longer outage wait anew, because nobody looked meanwhile. */
const outageMs = 3_600_000;

/** Asks every rule of a group once, in order. A rule that fails keeps its alerts as they were and says why. */
export async function evaluateGroup(
  group: RuleGroup,
  before: GroupMemory | undefined,
  { now, ask, signal }: GroupEvaluation,
): Promise<{ readonly memory: GroupMemory; readonly recorded: readonly RecordedSample[] }> {
  const startedMs = performance.now();
  const rules: Record<string, RuleFindings> = {};
  const recorded: RecordedSample[] = [];
  const keys = ruleKeysOf(group);
  for (const [index, rule] of group.rules.entries()) {
    signal.throwIfAborted();
    const key = keys[index] ?? '';
    const known = remembered(before, key, now);
    const ruleStartedMs = performance.now();
    try {
      const results = await ask(rule.query, now - group.queryOffsetMs);
      rules[key] = {
        ...found(rule, known, { results, now, limit: group.limit }),
        tookMs: performance.now() - ruleStartedMs,
      };
      if (rule.kind === 'recording') recorded.push(...recordedBy(rule, results, now));
    } catch (error) {
      if (!(error instanceof HeliosError)) throw error;
      signal.throwIfAborted();
      rules[key] = { ...known, fault: error.message, tookMs: performance.now() - ruleStartedMs };
    }
  }
  // Alerts of rules that are no more are over.
  for (const [key, { active, ended }] of Object.entries(before?.rules ?? {})) {
    const left = [...ended, ...active.filter(({ firedAt }) => firedAt !== undefined)];
    if (!(key in rules) && left.length > 0) rules[key] = { active: [], ended: left.slice(-untoldMax), tookMs: 0 };
  }
  return { memory: { evaluatedAt: now, tookMs: performance.now() - startedMs, rules }, recorded };
}

function remembered(before: GroupMemory | undefined, key: string, now: number): RuleFindings {
  const known = before?.rules[key] ?? { active: [], ended: [], tookMs: 0 };
  if (before === undefined || now - before.evaluatedAt <= outageMs) return known;
  return { ...known, active: known.active.filter(({ firedAt }) => firedAt !== undefined) };
}

function found(
  rule: Rule,
  known: RuleFindings,
  { results, now, limit }: { readonly results: readonly RuleResult[]; readonly now: number; readonly limit: number },
): Omit<RuleFindings, 'tookMs' | 'fault'> {
  const most = limit === 0 ? resultsMax : Math.min(limit, resultsMax);
  if (results.length > most) {
    throw new HeliosError('unprocessable', `the rule made ${results.length} results, more than the limit of ${most}`);
  }
  if (rule.kind === 'recording') return { active: [], ended: [] };
  const step = nextAlerts(rule, known.active, { results, now });
  if (step === undefined) {
    throw new HeliosError(
      'unprocessable',
      'two results have the same labels once the labels of the rule are put on them',
    );
  }
  return { active: step.active, ended: [...known.ended, ...step.ended].slice(-untoldMax) };
}

function recordedBy(rule: Rule, results: readonly RuleResult[], at: number): readonly RecordedSample[] {
  return results.map(({ metric, value }) => {
    const labels: Record<string, string> = { ...metric, ...rule.labels };
    for (const [name, text] of Object.entries(labels)) if (name === '__name__' || text === '') delete labels[name];
    return { metric: rule.name, labels, at, value };
  });
}
