import type { Alert, AssetId, DiscreteSignal, Log, TenantId } from '@heliosiq/model';
import type { SignalStore, TimeRange } from '@heliosiq/ports';
import type { AlertFiring, AlertRecord, AlertStretch, CaseWindow, StepCount } from './casefile.ts';
import { mentionsIn } from './log-pattern.ts';
import { compareRequests, tallyRequests, type RequestLog, type RequestRecording } from './request-steps.ts';

/** Signals read at once: what the store gives at most. */
const PAGE_MAX = 1000;
/** Stretches of the past that alarms are compared with, and how short one may be. */
const STRETCHES_MAX = 48;
const STRETCH_MIN_MS = 10 * 60_000;
/** Lines without a trace are counted by slots of time, as if each slot were a request. */
const SLOT_MS = 10_000;
/** Levels of a line that say that something went wrong. */
const ERROR_LEVELS: ReadonlySet<Log['severity']> = new Set(['high', 'critical']);

/** Where to look. */
export interface ToldScope {
  readonly tenantId: TenantId;
  readonly assets: readonly AssetId[];
  readonly window: CaseWindow;
}

/**
 * Signals of one kind in a range, newest first, page after page and at most `countMax`. `sinceMs` is from where on all of them were
 * read: the range's start, or the oldest read where there were more.
 */
async function readAll<Kind extends DiscreteSignal['kind']>(
  store: SignalStore,
  { tenantId, assets }: Pick<ToldScope, 'tenantId' | 'assets'>,
  wanted: { readonly kind: Kind; readonly range: TimeRange; readonly countMax: number },
): Promise<{ signals: Extract<DiscreteSignal, { kind: Kind }>[]; sinceMs: number }> {
  const { kind, range, countMax } = wanted;
  const byId = new Map<string, Extract<DiscreteSignal, { kind: Kind }>>();
  let to = range.to;
  while (byId.size < countMax && to > range.from) {
    const page = await store.find(tenantId, { kinds: [kind], assets }, { from: range.from, to }, { limit: PAGE_MAX });
    for (const signal of page) {
      // The store was asked for this kind alone.
      if (signal.kind === kind)
        byId.set(`${signal.id} ${signal.at}`, signal as Extract<DiscreteSignal, { kind: Kind }>);
    }
    const oldestMs = page.at(-1)?.at;
    if (page.length < PAGE_MAX || oldestMs === undefined) return { signals: [...byId.values()], sinceMs: range.from };
    // The oldest moment is read again unless it fills a page alone.
    to = oldestMs + 1 < to ? oldestMs + 1 : oldestMs;
  }
  return { signals: [...byId.values()], sinceMs: to };
}

function alarmName(alert: Alert): string {
  return alert.labels['alertname'] ?? alert.title;
}

function firingsOf(alerts: readonly Alert[], assets: readonly string[]): AlertFiring[] {
  const byKey = Map.groupBy(alerts, (alert) => JSON.stringify([alert.asset, alarmName(alert)]));
  return [...byKey.values()].flatMap((group): AlertFiring[] => {
    const [first] = group;
    if (first === undefined) return [];
    // One alarm fires in the same words again and again.
    const words = new Set(group.map(({ title, text }) => `${title} ${text ?? ''}`));
    const mentions = [...words].flatMap((text) => mentionsIn(text, assets, first.asset));
    return [
      {
        asset: first.asset,
        name: alarmName(first),
        firstMs: Math.min(...group.map(({ startedAt, at }) => startedAt ?? at)),
        count: group.length,
        mentions: [...new Set(mentions)].sort(),
      },
    ];
  });
}

/** Alarms of the fault window, and those of as many stretches before it as were read whole; undefined without any alarm. */
export async function gatherAlerts(
  store: SignalStore,
  scope: ToldScope,
  countMax: number,
): Promise<AlertRecord | undefined> {
  const { faultFromMs, faultToMs } = scope.window;
  const lengthMs = Math.max(STRETCH_MIN_MS, faultToMs - faultFromMs);
  const range = { from: Math.floor(faultFromMs - STRETCHES_MAX * lengthMs), to: Math.ceil(faultToMs) };
  const { signals, sinceMs } = await readAll(store, scope, { kind: 'alert', range, countMax });
  const firing = signals.filter(({ status }) => status === 'firing');
  if (firing.length === 0) return undefined;
  const past: AlertStretch[] = [];
  for (let from = faultFromMs - lengthMs; from >= sinceMs; from -= lengthMs) {
    const inside = firing.filter(({ at }) => at >= from && at < from + lengthMs);
    past.push({ fromMs: from, firings: inside.map((alert) => ({ asset: alert.asset, name: alarmName(alert) })) });
  }
  return {
    firings: firingsOf(
      firing.filter(({ at }) => at >= faultFromMs),
      scope.assets,
    ),
    past,
  };
}

/** Lines as the logs of requests: a request is a trace at one asset, or a slot of time for lines without a trace. */
export function requestsOfLogs(logs: readonly Log[], otherAssets: readonly string[]): RequestRecording {
  const lines = logs.map((log): RequestLog & { readonly at: number } => ({
    traceId: log.traceId ?? `slot ${Math.floor(log.at / SLOT_MS)}`,
    spanId: log.traceId === undefined ? log.asset : `${log.asset} ${log.labels['span_id'] ?? ''}`,
    asset: log.asset,
    body: log.body,
    ...(ERROR_LEVELS.has(log.severity) ? { isError: true } : {}),
    at: log.at,
  }));
  const spans = [...Map.groupBy(lines, ({ traceId, spanId }) => `${traceId}\u0000${spanId}`).values()].flatMap(
    (group) => {
      const [first] = group;
      if (first === undefined) return [];
      const { traceId, spanId, asset, at } = first;
      const operation = traceId.startsWith('slot ') ? `each ${SLOT_MS / 1000} s` : 'requests';
      return [{ traceId, spanId, parentId: '', asset, operation, startMs: at, endMs: at }];
    },
  );
  return { spans, logs: lines, otherAssets };
}

/**
 * What the log lines of the fault window say beside those of as long before it: in how many requests each kind of line occurs.
 * Undefined without lines in both. Lines of traces are left out where the traces themselves are compared.
 */
export async function gatherLogSteps(
  store: SignalStore,
  scope: ToldScope,
  { countMax, withTraces }: { readonly countMax: number; readonly withTraces: boolean },
): Promise<StepCount[] | undefined> {
  const { faultFromMs, faultToMs } = scope.window;
  const from = Math.floor(faultFromMs);
  const during = await readAll(store, scope, { kind: 'log', range: { from, to: Math.ceil(faultToMs) }, countMax });
  if (during.signals.length === 0) return undefined;
  const range = { from: Math.floor(faultFromMs - (faultToMs - faultFromMs)), to: from };
  const before = await readAll(store, scope, { kind: 'log', range, countMax });
  if (before.signals.length === 0) return undefined;
  const wanted = (logs: readonly Log[]): RequestRecording =>
    requestsOfLogs(withTraces ? logs : logs.filter(({ traceId }) => traceId === undefined), scope.assets);
  const now = wanted(during.signals);
  return now.spans.length === 0 ? undefined : compareRequests([tallyRequests(wanted(before.signals))], now).steps;
}
