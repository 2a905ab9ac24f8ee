import type { Alert, AssetId, DiscreteSignal, Log, TenantId } from '@heliosiq/model';
import type { SignalPlace, SignalStore, TimeRange } from '@heliosiq/ports';
import type { AlertFiring, AlertRecord, AlertStretch, CaseWindow, StepCount } from './casefile.ts';
import { mentionsIn } from './log-pattern.ts';
import { compareRequests, tallyRequests, type RequestLog, type RequestRecording } from './request-steps.ts';

/** Signals read at once: few enough that taking them over holds no door up. */
const PAGE_MAX = 250;
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

/** A page of signals; all of the range from `sinceMs` on have been read with it. */
interface Page<Kind extends DiscreteSignal['kind']> {
  readonly signals: readonly Extract<DiscreteSignal, { kind: Kind }>[];
  readonly sinceMs: number;
}

/** Signals of one kind in a range, newest first, page after page, until `countMax` are read. */
async function* pagesOf<Kind extends DiscreteSignal['kind']>(
  store: SignalStore,
  { tenantId, assets }: Pick<ToldScope, 'tenantId' | 'assets'>,
  wanted: { readonly kind: Kind; readonly range: TimeRange; readonly countMax: number },
): AsyncGenerator<Page<Kind>, void, undefined> {
  const { kind, range, countMax } = wanted;
  let after: SignalPlace | undefined;
  for (let count = 0; count < countMax; count += PAGE_MAX) {
    const place = after === undefined ? {} : { after };
    const page = await store.find(tenantId, { kinds: [kind], assets }, range, { limit: PAGE_MAX, ...place });
    const oldest = page.at(-1);
    const isLast = page.length < PAGE_MAX || oldest === undefined;
    // The store was asked for this kind alone.
    const signals = page as readonly Extract<DiscreteSignal, { kind: Kind }>[];
    yield { signals, sinceMs: isLast ? range.from : oldest.at + 1 };
    if (isLast) return;
    after = { at: oldest.at, kind: oldest.kind, id: oldest.id };
  }
}

function alarmName(alert: Alert): string {
  return alert.labels['alertname'] ?? alert.title;
}

/** Alerts of one name at one asset, counted. */
interface CountedAlerts {
  readonly asset: AssetId;
  readonly name: string;
  firstMs: number;
  count: number;
  /** One alarm fires in the same words again and again. */
  readonly words: Set<string>;
}

function firingOf({ words, ...counted }: CountedAlerts, assets: readonly string[]): AlertFiring {
  const mentions = [...words].flatMap((text) => mentionsIn(text, assets, counted.asset));
  return { ...counted, mentions: [...new Set(mentions)].sort() };
}

/**
 * Alarms of the fault window, and which ones fired in each of as many stretches before it as were read whole; undefined without
 * any alarm. There may be thousands of alerts of few alarms: they are counted page by page, and none is kept.
 */
export async function gatherAlerts(
  store: SignalStore,
  scope: ToldScope,
  countMax: number,
): Promise<AlertRecord | undefined> {
  const { faultFromMs, faultToMs } = scope.window;
  const lengthMs = Math.max(STRETCH_MIN_MS, faultToMs - faultFromMs);
  const range = { from: Math.floor(faultFromMs - STRETCHES_MAX * lengthMs), to: Math.ceil(faultToMs) };
  const firings = new Map<string, CountedAlerts>();
  /** By their number, counted back from the fault. */
  const stretches = new Map<number, Map<string, AlertStretch['firings'][number]>>();
  let sinceMs = range.to;
  for await (const page of pagesOf(store, scope, { kind: 'alert', range, countMax })) {
    ({ sinceMs } = page);
    for (const alert of page.signals) {
      if (alert.status !== 'firing') continue;
      const { asset, at, title, text = '' } = alert;
      const name = alarmName(alert);
      const key = JSON.stringify([asset, name]);
      if (at < faultFromMs) {
        const number = Math.ceil((faultFromMs - at) / lengthMs);
        const stretch = stretches.get(number) ?? new Map<string, AlertStretch['firings'][number]>();
        if (stretch.size === 0) stretches.set(number, stretch);
        if (!stretch.has(key)) stretch.set(key, { asset, name });
        continue;
      }
      const firstMs = alert.startedAt ?? at;
      const known = firings.get(key) ?? { asset, name, firstMs, count: 0, words: new Set<string>() };
      if (known.count === 0) firings.set(key, known);
      known.firstMs = Math.min(known.firstMs, firstMs);
      known.count += 1;
      known.words.add(`${title} ${text}`);
    }
  }
  if (firings.size === 0 && stretches.size === 0) return undefined;
  const past: AlertStretch[] = [];
  for (let number = 1; faultFromMs - number * lengthMs >= sinceMs; number += 1) {
    const fired = stretches.get(number)?.values() ?? [];
    past.push({ fromMs: faultFromMs - number * lengthMs, firings: [...fired] });
  }
  return { firings: [...firings.values()].map((counted) => firingOf(counted, scope.assets)), past };
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

/** The newest log lines of a range. */
async function logsOf(
  store: SignalStore,
  scope: ToldScope,
  wanted: { readonly range: TimeRange; readonly countMax: number },
): Promise<readonly Log[]> {
  const lines: Log[] = [];
  for await (const { signals } of pagesOf(store, scope, { kind: 'log', ...wanted })) lines.push(...signals);
  return lines;
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
  const during = await logsOf(store, scope, { range: { from, to: Math.ceil(faultToMs) }, countMax });
  if (during.length === 0) return undefined;
  const range = { from: Math.floor(faultFromMs - (faultToMs - faultFromMs)), to: from };
  const before = await logsOf(store, scope, { range, countMax });
  if (before.length === 0) return undefined;
  const wanted = (logs: readonly Log[]): RequestRecording =>
    requestsOfLogs(withTraces ? logs : logs.filter(({ traceId }) => traceId === undefined), scope.assets);
  const now = wanted(during);
  return now.spans.length === 0 ? undefined : compareRequests([tallyRequests(wanted(before))], now).steps;
}
