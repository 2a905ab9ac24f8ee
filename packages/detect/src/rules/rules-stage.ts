import { setTimeout } from 'node:timers/promises';
import { HeliosError, orderedId, type Principal, type TenantId } from '@heliosiq/model';
import type {
  AlertIntake,
  Lease,
  Logger,
  Meter,
  MetricQuery,
  RuleStore,
  Service,
  StateStore,
  TenantStore,
} from '@heliosiq/ports';
import { askRule } from './asked-rules.ts';
import { evaluateGroup, type RecordedSample } from './evaluate-group.ts';
import { createGroupSchedule, type ScheduledGroup } from './group-schedule.ts';
import type { CheckQuery } from './rule-group.ts';
import { decodeMemory, encodeMemory, groupKey, rulesScope, type GroupMemory } from './rule-memory.ts';
import { afterTelling, alertsToTell, resendMs } from './told-alerts.ts';

export interface RulesDeps {
  readonly rules: RuleStore;
  readonly metrics: MetricQuery;
  readonly states: StateStore;
  readonly tenants: TenantStore;
  /** Has one program at a time ask. */
  readonly lease: Lease;
  readonly alerts: AlertIntake;
  /** Stores what recording rules make; resolved means stored. */
  readonly record: (principal: Principal, samples: readonly RecordedSample[]) => Promise<void>;
  readonly checkQuery: CheckQuery;
  /** The page that shows a question. */
  readonly linkOf: (query: string) => string;
  readonly logger: Logger;
  readonly meter: Meter;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly settings?: Partial<RulesSettings>;
}

export interface RulesSettings {
  /** Wait between two looks for what is due. */
  readonly tickMs: number;
  /** Files are read again this often. */
  readonly rereadMs: number;
  /** A question is given up after this time, or after its group's interval if that is shorter. */
  readonly timeoutMs: number;
}

export const rulesDefaults: RulesSettings = { tickMs: 1_000, rereadMs: 10_000, timeoutMs: 30_000 };

const leaseName = 'rules';
/** Another program takes over when this one was not heard of for so long. */
const leaseMs = 30_000;
/** The lease is taken anew this often. */
const renewMs = 10_000;
const passing: ReadonlySet<string> = new Set(['unavailable', 'timeout', 'rate-limited', 'conflict']);

/**
 * Evaluates every tenant's rules at their intervals, tells the door for alerts what fires and what is over, and stores what recording rules
 * make. What a group found is saved before anybody is told, so that after a crash an alert keeps the moment at which it fired.
 */
export function createRules(deps: RulesDeps): Service {
  const { states, lease, logger, now } = deps;
  const settings = { ...rulesDefaults, ...deps.settings };
  const holder = orderedId();
  const schedule = createGroupSchedule(deps);
  const instruments = createInstruments(deps.meter);
  /** What groups found last, and when they were last told of. */
  const memories = new Map<string, { memory: GroupMemory; toldAt: number }>();

  async function remembered(tenantId: TenantId, key: string): Promise<GroupMemory | undefined> {
    const known = memories.get(`${tenantId} ${key}`);
    if (known !== undefined) return known.memory;
    const [entry] = await states.get(tenantId, rulesScope, [key]);
    return entry === undefined ? undefined : decodeMemory(entry.bytes);
  }

  async function evaluate({ tenantId, file, group }: ScheduledGroup, signal: AbortSignal): Promise<void> {
    const key = groupKey(file, group.name);
    const before = await remembered(tenantId, key);
    const timeoutMs = Math.min(settings.timeoutMs, group.intervalMs);
    const at = now();
    const { memory, recorded } = await evaluateGroup(group, before, {
      ...{ now: at, signal },
      ask: (query, time) =>
        askRule(deps.metrics, tenantId, {
          query,
          time,
          signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        }),
    });
    await states.put(tenantId, rulesScope, [{ key, bytes: encodeMemory(memory) }]);
    const name = `${tenantId} ${key}`;
    const told = memories.get(name)?.toldAt ?? -Infinity;
    memories.set(name, { memory, toldAt: told });
    instruments.evaluated(memory);
    await tell({ tenantId, file, group }, { memory, before, told });
    if (recorded.length > 0) await deps.record(principalOf(tenantId), recorded);
  }

  /** Tells of news at once, and of what goes on firing once a minute. */
  async function tell(
    { tenantId, file, group }: ScheduledGroup,
    {
      memory,
      before,
      told,
    }: { readonly memory: GroupMemory; readonly before: GroupMemory | undefined; readonly told: number },
  ): Promise<void> {
    const moment = memory.evaluatedAt;
    if (moment - told < resendMs && !hasNews(memory, before)) return;
    const alerts = alertsToTell(group, memory, { linkOf: deps.linkOf, now: moment });
    if (alerts.length > 0) await deps.alerts.take(principalOf(tenantId), alerts);
    memories.set(`${tenantId} ${groupKey(file, group.name)}`, { memory: afterTelling(memory, group), toldAt: moment });
  }

  /** What ended with its group: a file that was removed or changed has no rules left that could say so. */
  async function settle(gone: readonly ScheduledGroup[]): Promise<void> {
    for (const { tenantId, file, group } of gone) {
      const key = groupKey(file, group.name);
      const memory = await remembered(tenantId, key);
      if (memory === undefined) continue;
      const emptied = { ...group, rules: [] };
      const { memory: last } = await evaluateGroup(emptied, memory, {
        ...{ now: now(), signal: new AbortController().signal },
        ask: () => Promise.resolve([]),
      });
      const alerts = alertsToTell(emptied, last, { linkOf: deps.linkOf, now: now() });
      if (alerts.length > 0) await deps.alerts.take(principalOf(tenantId), alerts);
      await states.put(tenantId, rulesScope, [{ key, bytes: encodeMemory(afterTelling(last, emptied)) }]);
      memories.delete(`${tenantId} ${key}`);
    }
  }

  let isHolder = false;
  let renewAt = -Infinity;

  async function hold(): Promise<boolean> {
    if (performance.now() >= renewAt) {
      isHolder = await lease.take(leaseName, holder, leaseMs);
      renewAt = performance.now() + renewMs;
      // Whoever has it instead may find more meanwhile.
      if (!isHolder) memories.clear();
    }
    return isHolder;
  }

  async function round(signal: AbortSignal): Promise<void> {
    if (!(await hold())) return;
    if (schedule.isStale(now(), settings.rereadMs)) await settle(await schedule.reread(now()));
    for (const group of schedule.takeDue(now())) {
      if (signal.aborted || !isHolder) return;
      try {
        await evaluate(group, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof HeliosError)) throw error;
        logger.warn(
          { tenantId: group.tenantId, group: group.group.name, reason: error.message },
          'rules not evaluated',
        );
      }
      await hold();
    }
  }

  return {
    name: 'rules',
    async run(signal) {
      while (!signal.aborted) {
        try {
          await round(signal);
        } catch (error) {
          if (signal.aborted) break;
          if (!(error instanceof HeliosError && passing.has(error.code))) throw error;
          logger.warn({ reason: error.message }, 'rules wait');
        }
        await setTimeout(settings.tickMs, undefined, { signal, ref: false }).catch(() => undefined); // the loop sees it
      }
      await lease.release(leaseName, holder).catch(() => undefined); // it ends by itself
    },
  };
}

function principalOf(tenantId: TenantId): Principal {
  return { tenantId, actor: 'rules', role: 'operator' };
}

/** Whether an alert began to fire or ended since the evaluation before. */
function hasNews(memory: GroupMemory, before: GroupMemory | undefined): boolean {
  return Object.entries(memory.rules).some(([key, { active, ended }]) => {
    if (ended.length > 0) return true;
    const fired = before?.rules[key]?.active.filter(({ firedAt }) => firedAt !== undefined).length ?? 0;
    const fires = active.filter(({ firedAt }) => firedAt !== undefined);
    return fires.length > fired || fires.some(({ firedAt }) => firedAt === memory.evaluatedAt);
  });
}

function createInstruments(meter: Meter) {
  const evaluations = meter.counter({
    name: 'heliosiq_rule_evaluations_total',
    help: 'Evaluations of rules, by outcome.',
    labels: ['outcome'],
  });
  const seconds = meter.histogram({
    name: 'heliosiq_rule_group_seconds',
    help: 'Time of one evaluation of a group of rules.',
  });
  return {
    evaluated({ rules, tookMs }: GroupMemory): void {
      seconds.observe(tookMs / 1000);
      for (const { fault } of Object.values(rules))
        evaluations.add(1, { outcome: fault === undefined ? 'ok' : 'failed' });
    },
  };
}
