import { setTimeout as pause } from 'node:timers/promises';
import { HeliosError } from '@heliosiq/model';
import type { EventLog } from '@heliosiq/ports';

/** The ends of the partitions of the topic `signals` at a moment: records with smaller offsets were there. */
export type LogMark = ReadonlyMap<number, number>;

const pollMs = 200;

/** A stage that stands still for so long will not get there. */
const standstillMs = 120_000;

/** Where the log ends now. Rejects with `unavailable` when nobody has filled bronze yet. */
export async function takeMark(log: EventLog): Promise<LogMark> {
  const mark = new Map<number, number>();
  for (const { group, topic, partition, endOffset } of await log.lag()) {
    if (group === 'bronze' && topic === 'signals') mark.set(partition, endOffset);
  }
  if (mark.size === 0) {
    throw new HeliosError('unavailable', 'Nothing has filled bronze yet', { cure: 'run the role bronze' });
  }
  return mark;
}

/** How many records of the topic `signals` a group has not committed before a mark. */
export async function recordsBefore(log: EventLog, group: string, mark: LogMark): Promise<number> {
  let behind = 0;
  for (const each of await log.lag()) {
    if (each.group !== group || each.topic !== 'signals') continue;
    behind += Math.max(0, Math.min(each.lagRecords, (mark.get(each.partition) ?? 0) - each.committedOffset));
  }
  return behind;
}

export interface AwaitMarkOptions {
  readonly groups: readonly string[];
  /** Called again and again: what waits for more should not. */
  readonly hurry: () => void;
  readonly signal: AbortSignal;
}

/** Waits until groups have committed everything before a mark. Rejects with `timeout` when one stands still. */
export async function awaitMark(
  log: EventLog,
  mark: LogMark,
  { groups, hurry, signal }: AwaitMarkOptions,
): Promise<void> {
  for (const group of groups) {
    let least = Infinity;
    let movedAt = performance.now();
    for (;;) {
      signal.throwIfAborted();
      const behind = await recordsBefore(log, group, mark);
      if (behind === 0) break;
      if (behind < least) {
        least = behind;
        movedAt = performance.now();
      } else if (performance.now() - movedAt > standstillMs) {
        throw new HeliosError('timeout', `The stage ${group} stands still ${behind} records behind`);
      }
      hurry();
      await pause(pollMs, undefined, { signal });
    }
  }
}
