import { canonicalLabels } from '@heliosiq/model/content-id.ts';
import { renderTemplate } from './alert-template.ts';
import type { AlertRule } from './rule-group.ts';

/** One alert of a rule that waits or fires. Times in milliseconds since the epoch. */
export interface ActiveAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly value: number;
  /** When its result was first there. */
  readonly activeAt: number;
  /** Since when it fires; absent while it waits for the rule's `for`. */
  readonly firedAt?: number;
  /** Since when it fires without a result, because of `keep_firing_for`. */
  readonly goneAt?: number;
}

/** A result of a rule's question. */
export interface RuleResult {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What an evaluation makes of the alerts before it. */
export interface AlertStep {
  readonly active: readonly ActiveAlert[];
  /** Those that fired and are over. */
  readonly ended: readonly ActiveAlert[];
}

/**
 * The alerts of a rule after an evaluation, by the rules of Prometheus: an alert is its labels, it fires when its result was there for `for`,
 * and is over when the result has gone, or `keep_firing_for` later. Undefined when two results would be one alert.
 */
export function nextAlerts(
  rule: AlertRule,
  before: readonly ActiveAlert[],
  { results, now }: { readonly results: readonly RuleResult[]; readonly now: number },
): AlertStep | undefined {
  const known = new Map(before.map((alert) => [canonicalLabels(alert.labels), alert]));
  const active = new Map<string, ActiveAlert>();
  for (const result of results) {
    const fresh = alertOf(rule, result);
    const identity = canonicalLabels(fresh.labels);
    if (active.has(identity)) return undefined;
    const earlier = known.get(identity);
    known.delete(identity);
    const activeAt = earlier?.activeAt ?? now;
    const firedAt = earlier?.firedAt ?? (now - activeAt >= rule.forMs ? now : undefined);
    active.set(identity, { ...fresh, activeAt, ...(firedAt === undefined ? {} : { firedAt }) });
  }
  const ended: ActiveAlert[] = [];
  for (const [identity, alert] of known) {
    if (alert.firedAt === undefined) continue;
    const goneAt = alert.goneAt ?? now;
    if (rule.keepFiringForMs > 0 && now - goneAt < rule.keepFiringForMs) active.set(identity, { ...alert, goneAt });
    else ended.push(alert);
  }
  return { active: [...active.values()], ended };
}

function alertOf(rule: AlertRule, { metric, value }: RuleResult): Omit<ActiveAlert, 'activeAt'> {
  const own: Record<string, string> = {};
  for (const [name, text] of Object.entries(metric)) if (name !== '__name__') own[name] = text;
  const subject = { labels: own, value };
  const labels: Record<string, string> = { ...own, ...rendered(rule.labels, subject), alertname: rule.name };
  // A label without a value is no label.
  for (const [name, text] of Object.entries(labels)) if (text === '') delete labels[name];
  return { labels, annotations: rendered(rule.annotations, subject), value };
}

function rendered(
  texts: Readonly<Record<string, string>>,
  subject: Parameters<typeof renderTemplate>[1],
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, renderTemplate(text, subject)]));
}
