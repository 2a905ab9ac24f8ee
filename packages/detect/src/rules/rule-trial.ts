import { HeliosError, type TenantId } from '@heliosiq/model';
import { canonicalLabels } from '@heliosiq/model/content-id.ts';
import type { MetricQuery, RuleFiring, RuleTrial } from '@heliosiq/ports';
import { nextAlerts, type ActiveAlert, type RuleResult } from './alert-states.ts';
import type { AlertRule, RuleGroup } from './rule-group.ts';

const firingsShownMax = 100;
/** Steps of one question; a longer stretch is asked in pieces. */
const stepsAtOnce = 1_000;
const stepsMax = 50_000;

/** A stretch of the past; milliseconds since the epoch. */
export interface TrialStretch {
  readonly from: number;
  readonly to: number;
  readonly signal?: AbortSignal | undefined;
}

/** What the alerts of groups would have said, evaluated at their intervals over what is stored now. */
export async function tryGroups(
  metrics: MetricQuery,
  tenantId: TenantId,
  { groups, stretch }: { readonly groups: readonly RuleGroup[]; readonly stretch: TrialStretch },
): Promise<readonly RuleTrial[]> {
  const trials: RuleTrial[] = [];
  for (const group of groups) {
    for (const rule of group.rules) {
      if (rule.kind === 'alert') trials.push(await tryRule(metrics, tenantId, { group, rule, stretch }));
    }
  }
  return trials;
}

async function tryRule(
  metrics: MetricQuery,
  tenantId: TenantId,
  { group, rule, stretch }: { readonly group: RuleGroup; readonly rule: AlertRule; readonly stretch: TrialStretch },
): Promise<RuleTrial> {
  const told = { group: group.name, name: rule.name, query: rule.query };
  const stepMs = group.intervalMs;
  if ((stretch.to - stretch.from) / stepMs > stepsMax) {
    throw new HeliosError('invalid-request', `the stretch has more than ${stepsMax} evaluations of ${group.name}`, {
      cure: 'try a shorter one',
    });
  }
  const firings = new Map<string, RuleFiring>();
  const done: RuleFiring[] = [];
  let active: readonly ActiveAlert[] = [];
  try {
    for (let from = stretch.from; from <= stretch.to; from += stepsAtOnce * stepMs) {
      const to = Math.min(stretch.to, from + (stepsAtOnce - 1) * stepMs);
      for (const [at, results] of await resultsByStep(metrics, tenantId, {
        query: rule.query,
        from,
        to,
        stepMs,
        group,
        stretch,
      })) {
        const step = nextAlerts(rule, active, { results, now: at });
        if (step === undefined) throw new HeliosError('unprocessable', 'two results have the same labels');
        active = step.active;
        for (const { labels, firedAt, value } of active) {
          if (firedAt !== undefined) firings.set(canonicalLabels(labels), { labels, from: firedAt, value });
        }
        for (const { labels } of step.ended) {
          const key = canonicalLabels(labels);
          const firing = firings.get(key);
          if (firing !== undefined && firings.delete(key)) done.push({ ...firing, to: at });
        }
      }
    }
  } catch (error) {
    if (!(error instanceof HeliosError)) throw error;
    stretch.signal?.throwIfAborted();
    return { ...told, total: 0, firings: [], fault: error.message };
  }
  const all = [...done, ...firings.values()].sort((a, b) => a.from - b.from);
  return { ...told, total: all.length, firings: all.slice(0, firingsShownMax) };
}

/** What a question comes to at each evaluation of a piece, steps without results too. */
async function resultsByStep(
  metrics: MetricQuery,
  tenantId: TenantId,
  {
    query,
    from,
    to,
    stepMs,
    group,
    stretch,
  }: {
    readonly query: string;
    readonly from: number;
    readonly to: number;
    readonly stepMs: number;
    readonly group: RuleGroup;
    readonly stretch: TrialStretch;
  },
): Promise<ReadonlyMap<number, readonly RuleResult[]>> {
  const { queryOffsetMs: offsetMs } = group;
  const { data } = await metrics.range(tenantId, {
    ...{ query, stepMs, from: from - offsetMs, to: to - offsetMs },
    ...(stretch.signal === undefined ? {} : { signal: stretch.signal }),
  });
  const steps = new Map<number, RuleResult[]>();
  for (let at = from; at <= to; at += stepMs) steps.set(at, []);
  if (data.resultType !== 'matrix') return steps;
  for (const { metric, times, values } of data.result) {
    for (const [index, time] of times.entries()) {
      steps.get(time + offsetMs)?.push({ metric, value: values[index] ?? Number.NaN });
    }
  }
  return steps;
}
