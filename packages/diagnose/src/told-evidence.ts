import type { EvidenceItem, FaultKind } from './diagnosis.ts';
import { metricSemantics, type MetricClass } from './metric-semantics.ts';
import type { StepTrouble, TimeTrouble } from './request-evidence.ts';
import { oneLine } from './sentences.ts';
import type { ToldTrouble } from './told-trouble.ts';
import { percentText, valueText } from './value-words.ts';

/** Items of each sort told per suspect. */
const ALERTS_MAX = 3;
const STEPS_MAX = 3;
const TIMES_MAX = 2;
/** Quoted text at most. */
const QUOTE_MAX = 120;
/** Decades, and points of a step, below which nothing is told. */
const DECADES_TELLING = 0.3;
const POINTS_TELLING = 1;
/** Seconds, and share of all excess at an asset, below which slowness is not told. */
const EXCESS_TELLING_S = 0.05;

const KIND_OF_CLASS: Readonly<Partial<Record<MetricClass, FaultKind>>> = {
  cpu: 'cpu',
  memory: 'memory',
  disk: 'disk',
  network: 'network',
  latency: 'latency',
  errors: 'errors',
  traffic: 'traffic',
  saturation: 'traffic',
  sensor: 'sensor',
};

function quoted(text: string): string {
  const line = oneLine(text);
  return `'${line.length > QUOTE_MAX ? `${line.slice(0, QUOTE_MAX)}...` : line}'`;
}

/** Shares of all stretches of the past together. */
function pooled(step: StepTrouble['step']): { requests: number; seen: number } {
  return step.before.reduce((sum, one) => ({ requests: sum.requests + one.requests, seen: sum.seen + one.seen }), {
    requests: 0,
    seen: 0,
  });
}

function stepText({ step }: StepTrouble): string {
  const then = pooled(step);
  const { requests, seen } = step.during;
  const what = step.step.startsWith('logs ')
    ? `a line ${quoted(step.step.slice(5))} was written`
    : `it ${oneLine(step.step)}`;
  return `In ${seen} of ${requests} requests of ${oneLine(step.operation)} at ${step.asset} ${what}; before, in ${then.seen} of ${then.requests}.`;
}

function timeText({ time, excessS }: TimeTrouble): string {
  const where =
    time.peer === undefined
      ? `in ${oneLine(time.operation)} of ${time.asset}`
      : `on the way from ${time.peer} to ${time.asset}`;
  const more = valueText(excessS, { metric: 'excess', unit: 's' });
  return `${time.during.length} requests spent ${more} more than usual ${where}.`;
}

/** What is told of a suspect, the weightiest first of each sort. */
export function toldItems(asset: string, told: ToldTrouble): EvidenceItem[] {
  const items: EvidenceItem[] = [];
  for (const { firing, decades, chance } of (told.alerts?.firings ?? []).slice(0, ALERTS_MAX)) {
    if (decades < DECADES_TELLING) continue;
    items.push({
      kind: 'alert',
      asset,
      ...(firing.name.startsWith('log ') ? { logPattern: firing.name.slice(4) } : {}),
      text: `${oneLine(firing.name)} fired at ${firing.asset}, which happens in about ${percentText(chance)} of such stretches.`,
      numbers: { onsetMs: firing.firstMs, count: firing.count, share: chance },
      strength: decades / (decades + 1),
      forOrAgainst: 'for',
    });
  }
  for (const trouble of (told.requests?.steps ?? []).slice(0, STEPS_MAX)) {
    if (trouble.points < POINTS_TELLING) continue;
    items.push({
      kind: 'request-step',
      asset,
      ...(trouble.step.step.startsWith('logs ') ? { logPattern: trouble.step.step.slice(5) } : {}),
      text: stepText(trouble),
      numbers: { share: trouble.step.during.seen / trouble.step.during.requests, count: trouble.step.during.requests },
      strength: trouble.points / (trouble.points + 5),
      forOrAgainst: 'for',
    });
  }
  for (const slow of (told.requests?.times ?? []).slice(0, TIMES_MAX)) {
    if (slow.excessS < EXCESS_TELLING_S) continue;
    items.push({
      kind: 'own-time',
      asset,
      text: timeText(slow),
      numbers: { after: slow.excessS, count: slow.time.during.length },
      strength: 1 - 10 ** -slow.decades,
      forOrAgainst: 'for',
    });
  }
  return items;
}

/** The kind of fault that alarms and requests speak of; undefined where they say nothing. */
export function toldFaultKind(told: ToldTrouble): FaultKind | undefined {
  const [slow] = told.requests?.times ?? [];
  const [step] = told.requests?.steps ?? [];
  if (slow !== undefined && slow.excessS >= EXCESS_TELLING_S && (told.requests?.latePoints ?? 0) > (step?.points ?? 0))
    return slow.time.peer === undefined ? 'latency' : 'network';
  if (step !== undefined && step.points >= POINTS_TELLING) return 'errors';
  const [alarm] = told.alerts?.firings ?? [];
  if (alarm === undefined || alarm.decades < DECADES_TELLING) return undefined;
  if (alarm.firing.name.startsWith('log ')) return 'errors';
  return KIND_OF_CLASS[metricSemantics(alarm.firing.name).metricClass] ?? 'unknown';
}

/** A clause on the weightiest thing told, without a full stop; undefined where there is none. */
export function toldClause(asset: string, told: ToldTrouble): string | undefined {
  const [first] = toldItems(asset, told).sort((a, b) => b.strength - a.strength);
  if (first === undefined) return undefined;
  const text = first.text.replace(/\.$/, '');
  return /^\d/.test(text) || first.kind === 'alert' ? text : text.charAt(0).toLowerCase() + text.slice(1);
}
