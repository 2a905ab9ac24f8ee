import type { OwnTime, StepCount, StepShare, TopologyEdge } from './casefile.ts';
import { logPattern, mentionsIn } from './log-pattern.ts';

/** A span, as far as it is used here; times in milliseconds since 1970. */
export interface RequestSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly asset: string;
  readonly operation: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly isError?: boolean;
}

/** A log line that was written during a span. */
export interface RequestLog {
  readonly traceId: string;
  readonly spanId: string;
  readonly asset: string;
  readonly body: string;
  /** What the sender says of its level; absent when it says nothing. */
  readonly isError?: boolean;
}

/** What was recorded in one stretch of time. */
export interface RequestRecording {
  readonly spans: readonly RequestSpan[];
  readonly logs: readonly RequestLog[];
  /** Assets that lines may name although they have no span here. */
  readonly otherAssets?: readonly string[];
}

/** Operations, calls and patterns kept at most. */
const KINDS_MAX = 20_000;
const VALUES_MAX = 2_000;
const TROUBLE_OPERATION = /error|exception|fail/i;

interface StepSeen {
  /** Requests in which it occurred. */
  seen: number;
  readonly isTrouble: boolean;
  readonly mentions: readonly string[];
}

/** What the requests of one stretch of time did, counted. */
export interface RequestTally {
  /** Requests by asset and operation. */
  readonly requests: Map<string, number>;
  /** Steps by asset, operation and step. */
  readonly steps: Map<string, StepSeen>;
  /** Own seconds by asset, operation and peer. */
  readonly times: Map<string, number[]>;
}

const SEPARATOR = '\u0000';
const keyOf = (...parts: readonly string[]): string => parts.join(SEPARATOR);

/**
 * Own time of every span: at each moment the span of its trace that began last is the one that works, for what it called
 * has begun after it. Of two that began together the deeper one is listed later and taken.
 */
function ownMs(spans: readonly RequestSpan[]): Map<RequestSpan, number> {
  const own = new Map(spans.map((span) => [span, 0]));
  const moments = spans.flatMap((span) => [
    { atMs: span.startMs, isStart: true, span },
    { atMs: Math.max(span.startMs, span.endMs), isStart: false, span },
  ]);
  moments.sort((a, b) => a.atMs - b.atMs || Number(a.isStart) - Number(b.isStart));
  const active: RequestSpan[] = [];
  let lastMs = 0;
  for (const { atMs, isStart, span } of moments) {
    const worker = active.at(-1);
    if (worker !== undefined) own.set(worker, (own.get(worker) ?? 0) + atMs - lastMs);
    lastMs = atMs;
    if (isStart) active.push(span);
    else {
      const place = active.lastIndexOf(span);
      if (place >= 0) active.splice(place, 1);
    }
  }
  return own;
}

/** Counts the steps of all requests of a recording and where these spent their time. */
export function tallyRequests(recording: RequestRecording): RequestTally {
  return countRequests(recording).tally;
}

/** The counts of a recording, and the steps of each of its spans. */
function countRequests({ spans, logs, otherAssets = [] }: RequestRecording): {
  tally: RequestTally;
  stepsOf: ReadonlyMap<RequestSpan, ReadonlySet<string>>;
} {
  const assets = [...new Set([...spans.map((span) => span.asset), ...otherAssets])].sort();
  const tally: RequestTally = { requests: new Map(), steps: new Map(), times: new Map() };
  const byId = new Map(spans.map((span) => [keyOf(span.traceId, span.spanId), span]));
  const calledBy = new Map<RequestSpan, string>();
  const counted = new Map<RequestSpan, Set<string>>();
  const step = (span: RequestSpan, what: string, kind: { isTrouble: boolean; mentions: readonly string[] }): void => {
    const known = counted.get(span) ?? new Set<string>();
    counted.set(span, known);
    if (known.has(what)) return;
    known.add(what);
    const key = keyOf(span.asset, span.operation, what);
    const tallied = tally.steps.get(key);
    if (tallied !== undefined) tallied.seen += 1;
    else if (tally.steps.size < KINDS_MAX) tally.steps.set(key, { seen: 1, ...kind });
  };
  for (const span of spans) {
    const key = keyOf(span.asset, span.operation);
    tally.requests.set(key, (tally.requests.get(key) ?? 0) + 1);
    if (span.isError === true) step(span, 'fails', { isTrouble: true, mentions: [] });
    const parent = byId.get(keyOf(span.traceId, span.parentId));
    if (parent === undefined) continue;
    if (parent.asset !== span.asset) calledBy.set(parent, span.asset);
    const what = parent.asset === span.asset ? `calls ${span.operation}` : `calls ${span.asset} ${span.operation}`;
    step(parent, what, { isTrouble: TROUBLE_OPERATION.test(span.operation), mentions: [] });
  }
  for (const log of logs) {
    const span = byId.get(keyOf(log.traceId, log.spanId));
    if (span === undefined || span.asset !== log.asset) continue;
    const { text, isTrouble } = logPattern(log.body, log.isError);
    step(span, `logs ${text}`, { isTrouble, mentions: isTrouble ? mentionsIn(log.body, assets, log.asset) : [] });
  }
  for (const trace of Map.groupBy(spans, (span) => span.traceId).values()) {
    for (const [span, own] of ownMs(trace)) {
      const callee = calledBy.get(span);
      const key = callee === undefined ? keyOf(span.asset, span.operation, '') : keyOf(callee, 'way', span.asset);
      const values = tally.times.get(key);
      if (values === undefined) {
        if (tally.times.size < KINDS_MAX) tally.times.set(key, [own / 1000]);
      } else if (values.length < VALUES_MAX) values.push(own / 1000);
    }
  }
  return { tally, stepsOf: counted };
}

/** Who calls whom: a span whose parent belongs to another asset was called by that. Each edge once. */
export function callEdges(spans: readonly RequestSpan[]): TopologyEdge[] {
  const byId = new Map(spans.map((span) => [keyOf(span.traceId, span.spanId), span]));
  const edges = new Map<string, TopologyEdge>();
  for (const span of spans) {
    const from = byId.get(keyOf(span.traceId, span.parentId))?.asset;
    if (from === undefined || from === span.asset) continue;
    edges.set(keyOf(from, span.asset), { from, to: span.asset, kind: 'calls' });
  }
  return [...edges.values()];
}

/** A step that follows so often is expected, one so rare is not. */
const EXPECTED = 0.9;
const UNEXPECTED = 0.1;
const REQUESTS_MIN = 3;

/** Which steps of an operation are missed when they do not occur, and which are trouble when they do. */
interface Expectations {
  readonly expected: Set<string>;
  readonly unexpected: Set<string>;
}

function expectationsOf(steps: readonly Omit<StepCount, 'sharedBelow'>[]): Map<string, Expectations> {
  const byOperation = new Map<string, Expectations>();
  for (const { asset, operation, step, isTrouble, before } of steps) {
    const requests = before.reduce((sum, one) => sum + one.requests, 0);
    if (requests < REQUESTS_MIN) continue;
    const share = before.reduce((sum, one) => sum + one.seen, 0) / requests;
    const key = keyOf(asset, operation);
    const known = byOperation.get(key) ?? { expected: new Set(), unexpected: new Set() };
    byOperation.set(key, known);
    if (isTrouble && share <= UNEXPECTED) known.unexpected.add(step);
    if (!isTrouble && share >= EXPECTED) known.expected.add(step);
  }
  return byOperation;
}

/** Spans below which, in another asset, a request went wrong. */
function troubledBelow(
  spans: readonly RequestSpan[],
  stepsOf: ReadonlyMap<RequestSpan, ReadonlySet<string>>,
  expectations: ReadonlyMap<string, Expectations>,
): Set<RequestSpan> {
  const byId = new Map(spans.map((span) => [keyOf(span.traceId, span.spanId), span]));
  const isTroubled = (span: RequestSpan): boolean => {
    const { expected, unexpected } = expectations.get(keyOf(span.asset, span.operation)) ?? {};
    const steps = stepsOf.get(span) ?? new Set<string>();
    return [...(expected ?? [])].some((step) => !steps.has(step)) || [...steps].some((step) => unexpected?.has(step));
  };
  const below = new Set<RequestSpan>();
  for (const span of spans) {
    if (!isTroubled(span)) continue;
    const seen = new Set<RequestSpan>([span]);
    let up = byId.get(keyOf(span.traceId, span.parentId));
    while (up !== undefined && !seen.has(up)) {
      seen.add(up);
      if (up.asset !== span.asset) below.add(up);
      up = byId.get(keyOf(up.traceId, up.parentId));
    }
  }
  return below;
}

const NO_STEP: StepSeen = { seen: 0, isTrouble: false, mentions: [] };

/**
 * Compares the requests of one stretch of time with those of others: in how many requests of an operation each step occurred,
 * and how long requests were at each place. Counting per request keeps a change of the mix of requests apart from a change
 * of what happens in them.
 */
export function compareRequests(
  past: readonly RequestTally[],
  recording: RequestRecording,
): { steps: StepCount[]; ownTimes: OwnTime[] } {
  const { tally: now, stepsOf } = countRequests(recording);
  const stepKeys = new Set([...past, now].flatMap((tally) => [...tally.steps.keys()]));
  const counts = [...stepKeys].sort().map((key): Omit<StepCount, 'sharedBelow'> => {
    const [asset = '', operation = '', step = ''] = key.split(SEPARATOR);
    const shareIn = (tally: RequestTally): StepShare => ({
      requests: tally.requests.get(keyOf(asset, operation)) ?? 0,
      seen: tally.steps.get(key)?.seen ?? 0,
    });
    const known = [now, ...past].map((tally) => tally.steps.get(key)).find((one) => one !== undefined) ?? NO_STEP;
    const { isTrouble, mentions } = known;
    return { asset, operation, step, isTrouble, mentions, before: past.map(shareIn), during: shareIn(now) };
  });
  const below = troubledBelow(recording.spans, stepsOf, expectationsOf(counts));
  const byOperation = Map.groupBy(recording.spans, ({ asset, operation }) => keyOf(asset, operation));
  const steps = counts.map((count): StepCount => {
    const requests = byOperation.get(keyOf(count.asset, count.operation)) ?? [];
    const affected = requests.filter((span) => (stepsOf.get(span)?.has(count.step) ?? false) === count.isTrouble);
    const shared = affected.filter((span) => below.has(span)).length;
    return { ...count, sharedBelow: affected.length === 0 ? 0 : shared / affected.length };
  });
  const ownTimes = [...now.times.keys()].sort().map((key): OwnTime => {
    const [asset = '', operation = '', peer = ''] = key.split(SEPARATOR);
    const valuesIn = (tally: RequestTally): Float64Array => Float64Array.from(tally.times.get(key) ?? []);
    return { asset, operation, ...(peer === '' ? {} : { peer }), before: past.map(valuesIn), during: valuesIn(now) };
  });
  return { steps, ownTimes };
}
