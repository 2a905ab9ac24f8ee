import { setTimeout as wait } from 'node:timers/promises';
import type { EventLog, PartitionLag } from '@heliosiq/ports';

/** The group that brings samples from the topic `signals` to the stores. */
const LAKE_GROUP = 'lake';

export interface LakeWait {
  /** The wait ends after this long, whatever is still on its way. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const PAUSE_MIN_MS = 10;
const PAUSE_MAX_MS = 200;

async function lakePartitions(log: EventLog): Promise<readonly PartitionLag[]> {
  return (await log.lag()).filter((one) => one.group === LAKE_GROUP && one.topic === 'signals');
}

/**
 * Waits until everything that is in the topic `signals` now is in the stores: the sample that made an anomaly travels to the
 * stores beside the anomaly, not before it. True when all of it is there, or when nobody brings anything; false when
 * the time was up first. Rejects when `signal` aborts.
 */
export async function lakeHasStored(log: EventLog, { timeoutMs, signal }: LakeWait): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  const partitions = await lakePartitions(log);
  let waitedFor = partitions.filter((one) => one.lagRecords > 0);
  for (let pauseMs = PAUSE_MIN_MS; waitedFor.length > 0; pauseMs = Math.min(2 * pauseMs, PAUSE_MAX_MS)) {
    signal.throwIfAborted();
    if (performance.now() >= deadline) return false;
    await wait(pauseMs, undefined, { signal });
    const now = new Map((await lakePartitions(log)).map((one) => [one.partition, one]));
    waitedFor = waitedFor.filter(({ partition, endOffset }) => {
      const at = now.get(partition);
      return at !== undefined && at.lagRecords > 0 && at.committedOffset < endOffset;
    });
  }
  return true;
}

/** After a wait in vain, the next ones only look, for so long: many incidents must not all wait for a lake that is out. */
const IMPATIENT_MS = 30_000;

/** How long to wait for what is on its way. */
export interface LakePatience {
  readonly timeoutMs: number;
  /** What is stored shows in answers after so long. Default 0. */
  readonly visibleAfterMs?: number | undefined;
}

/** {@link lakeHasStored} with patience for one outage, and until what is stored shows in answers. */
export function createLakeWait(
  log: EventLog,
  { timeoutMs, visibleAfterMs = 0 }: LakePatience,
): (signal: AbortSignal) => Promise<boolean> {
  let impatientUntilMs = -Infinity;
  return async (signal) => {
    const isImpatient = performance.now() < impatientUntilMs;
    const isStored = await lakeHasStored(log, { timeoutMs: isImpatient ? 0 : timeoutMs, signal });
    if (!isStored && !isImpatient) impatientUntilMs = performance.now() + IMPATIENT_MS;
    if (isStored && visibleAfterMs > 0) await wait(visibleAfterMs, undefined, { signal });
    return isStored;
  };
}

/** A text that differs as soon as the lake has stored more; the same text means that no new data can be there. */
export async function lakeMark(log: EventLog): Promise<string> {
  const partitions = await lakePartitions(log);
  return partitions
    .map(({ partition, committedOffset }) => `${partition}:${committedOffset}`)
    .sort()
    .join(' ');
}
